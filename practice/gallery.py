"""A thumbnail gallery: an index over several pages, albums, and pages of single photos.

Thumbnails are the full files scaled by the browser, so that each picture is one file.
"""

from collections.abc import Callable, Sequence
from typing import Final

from practice.clutter import LOGO, PLACEHOLDER, add_clutter, clutter_html
from practice.markup import in_parts, next_in_head, page, pager
from practice.picture import ServedPicture
from practice.sites import PracticeSite

_ALBUM_SIZE: Final = 7
_ALBUMS_PER_PAGE: Final = 4


def build_gallery(site: PracticeSite, pictures: Sequence[ServedPicture]) -> str:
    """Fill ``site`` with a gallery of ``pictures`` and give the address of its front page.

    Album by album, each photo stands on the pages in one way only, taking turns: a link around a
    lazily loaded image, ``src``, ``srcset``, ``picture``, ``data-src``, and on a page of its own
    as ``og:image`` or as a background.
    """
    add_clutter(site)
    for served in pictures:
        site.write(served.path, served.picture.body, served.picture.content_type)
    albums = in_parts(pictures, _ALBUM_SIZE)
    for number, album in enumerate(albums, start=1):
        _write_album(site, number, album)
    _write_index(site, len(albums))
    return site.url("/")


def _write_index(site: PracticeSite, albums: int) -> None:
    parts = in_parts(range(1, albums + 1), _ALBUMS_PER_PAGE)
    paths = ["/", *(f"/page/{number}" for number in range(2, len(parts) + 1))]
    for index, part in enumerate(parts):
        links = "".join(
            f'<li><a href="/albums/{number}">'
            f'<img src="{PLACEHOLDER}" alt=""> Album {number}</a></li>\n'
            for number in part
        )
        body = f'<ul class="grid">\n{links}</ul>\n{pager(paths, index)}'
        if index == 0:
            body = f'<img src="{LOGO}" alt="Logo">\n{body}\n<footer>{clutter_html()}</footer>'
        site.write(paths[index], page("Holiday photos", body, head=next_in_head(paths, index)))


def _write_album(site: PracticeSite, number: int, album: Sequence[ServedPicture]) -> None:
    items = []
    for place, served in enumerate(album):
        item = f"/albums/{number}/photo/{place + 1}"
        show, write_item = _WAYS[place % len(_WAYS)]
        items.append(f"<li>{show(served, item)}</li>\n")
        if write_item is not None:
            title = f"Photo {place + 1} of album {number}"
            site.write(item, write_item(site, served, title))
    body = f'<ul class="grid">\n{"".join(items)}</ul>\n<p><a href="/">All albums</a></p>'
    site.write(f"/albums/{number}", page(f"Album {number}", body))


def _linked(served: ServedPicture, _item: str) -> str:
    lazy = f'<img src="{PLACEHOLDER}" data-src="{served.path}" alt="Photo">'
    return f'<a href="{served.path}">{lazy}</a>'


def _plain(served: ServedPicture, _item: str) -> str:
    return f'<img src="{served.path}" alt="Photo" width="220">'


def _srcset(served: ServedPicture, _item: str) -> str:
    return f'<img src="{PLACEHOLDER}" srcset="{served.path} 2x" alt="Photo">'


def _picture(served: ServedPicture, _item: str) -> str:
    kind = served.picture.content_type
    source = f'<source type="{kind}" srcset="{served.path}">'
    return f'<picture>{source}<img src="{PLACEHOLDER}" alt="Photo"></picture>'


def _lazy(served: ServedPicture, _item: str) -> str:
    return f'<img class="lazyload" src="{PLACEHOLDER}" data-src="{served.path}" alt="Photo">'


def _item_link(_served: ServedPicture, item: str) -> str:
    return f'<a href="{item}"><img src="{PLACEHOLDER}" alt="">Show photo</a>'


def _shared_item(site: PracticeSite, served: ServedPicture, title: str) -> bytes:
    head = f'<meta property="og:image" content="{site.url(served.path)}">\n'
    return page(title, "<p>Share this photo with your friends.</p>", head=head)


def _framed_item(_site: PracticeSite, served: ServedPicture, title: str) -> bytes:
    frame = f'<div class="frame" style="background-image: url(\'{served.path}\')"></div>'
    return page(title, f'{frame}\n<p><a href="/">All albums</a></p>')


_Show = Callable[[ServedPicture, str], str]
_WriteItem = Callable[[PracticeSite, ServedPicture, str], bytes]
_WAYS: Final[tuple[tuple[_Show, _WriteItem | None], ...]] = (
    (_linked, None),
    (_plain, None),
    (_srcset, None),
    (_picture, None),
    (_lazy, None),
    (_item_link, _shared_item),
    (_item_link, _framed_item),
)
"""How an album shows a photo, and what the photo's own page is, if it has one."""
