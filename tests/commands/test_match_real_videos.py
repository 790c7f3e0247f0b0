"""A real video is registered, and its copies on a real site are flagged, and nothing else is."""

import pytest

from tests.signals.moving_pictures import clip, photographs


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("first", ["registration", "crawl"])
def test_copies_of_a_video_are_flagged_with_their_moments(
    run, practice_site, add_site, crawl, photos, tmp_path, first
):
    shots = photographs(photos[:20])
    film, own = tmp_path / "film.mp4", tmp_path / "photo.jpg"
    film.write_bytes(clip(shots[:8]))
    own.write_bytes(photos[12].read_bytes())
    small = [shot.resize((320, 240)) for shot in shots]
    cropped = [shot.crop((4, 4, 476, 356)).resize((320, 240)) for shot in shots[:8]]
    practice_site.write("/again.webm", clip(cropped, "webm", rate=10))
    practice_site.write("/excerpt.mp4", clip(small[3:6], rate=25, seconds=0.6))
    practice_site.write("/mixed.mp4", clip([*small[8:18], *small[1:4]], seconds=0.5))
    practice_site.write("/same.mp4", film.read_bytes())
    practice_site.write("/title.mp4", clip([small[0], *small[13:20]], seconds=0.5))
    practice_site.write("/other.mp4", clip(small[13:20], seconds=0.5))
    names = ("again.webm", "excerpt.mp4", "mixed.mp4", "same.mp4", "title.mp4", "other.mp4")
    practice_site.write("/", "".join(f"<video src={name}></video>" for name in names).encode())
    add_site("album", practice_site.url("/"))
    case, other = (run("case", "open", "--json").json["number"] for _ in range(2))

    def register():
        done = run("register", case, film)
        assert "a video of 8 frames" in done.out, done.err
        assert run("register", other, own).code == 0

    if first == "registration":
        register()
    assert crawl("album").hashed == 6
    if first == "crawl":
        register()

    found = {
        match["image_url"].rsplit("/", 1)[1]: match
        for match in run("match", "list", "--case", case, "--json").json
    }
    assert set(found) == {"again.webm", "excerpt.mp4", "mixed.mp4", "same.mp4"}
    assert found["same.mp4"]["signals"][0]["signal"] == "sha256"
    seconds = {
        name: [moment // 1000 for moment in match["signals"][0]["moments"]]
        for name, match in found.items()
    }
    assert len(set(seconds["again.webm"])) >= 6, "cropped, encoded anew, at another frame rate"
    assert seconds["mixed.mp4"] == [5, 5, 6]
    (mixed,) = run("match", "list", "--case", other, "--json").json
    said = run("match", "show", mixed["number"]).out
    assert "0:06, 13 frames compared" in said
    assert "at 0:02; in 1 of 13 frames: 0:02" in said
