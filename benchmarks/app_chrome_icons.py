"""The icons of the apps of `benchmarks.app_chrome`: strokes on a square of 24 units, drawn here."""

from typing import Final

from domain.errors import InvalidInput

_STROKES: Final = {
    "back": "M15 5l-7 7 7 7",
    "forward": "M9 5l7 7-7 7",
    "arrow": "M20 12H4M10 6l-6 6 6 6",
    "down": "M5 9l7 7 7-7",
    "up": "M12 20V4M6 10l6-6 6 6",
    "close": "M6 6l12 12M18 6L6 18",
    "plus": "M12 5v14M5 12h14",
    "check": "M4 13l5 5L20 7",
    "ticks": "M2 13l4 4 9-9M11 16l1 1 9-9",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "dots": "M12 5v.1M12 12v.1M12 19v.1",
    "more": "M5 12h.1M12 12h.1M19 12h.1",
    "heart": "M12 20S3 14.6 3 8.8C3 6 5 4 7.5 4c1.9 0 3.5 1 4.5 2.7C13 5 14.6 4 16.5 4"
    "C19 4 21 6 21 8.8 21 14.6 12 20 12 20z",
    "bubble": "M4 5h16v11h-9l-5 4v-4H4z",
    "round_bubble": "M12 4a8 8 0 1 1-3.8 15L4 20l1-4.2A8 8 0 0 1 12 4z",
    "plane": "M21 4L3 11l7 3 3 7zM21 4L10 14",
    "bookmark": "M6 4h12v16l-6-4.5L6 20z",
    "share": "M13 6l7 6-7 6v-4c-5 0-8 1.5-9.5 4C4 13 7 10 13 10z",
    "upload": "M12 15V4M8 8l4-4 4 4M5 13v6h14v-6",
    "download": "M12 4v11M8 11l4 4 4-4M5 19h14",
    "repeat": "M5 11V8h12M14 5l3 3-3 3M19 13v3H7M10 19l-3-3 3-3",
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "search": "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L21 21",
    "person": "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
    "people": "M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2 20c0-4 3-5.5 7-5.5s7 1.5 7 5.5"
    "M16 5a3.5 3.5 0 0 1 0 7M18 14.7c2.5.7 4 2.3 4 5.3",
    "bell": "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4",
    "camera": "M4 8h4l1.5-3h5L16 8h4v11H4zM12 10a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
    "video": "M3 7h12v10H3zM15 11l6-3v8l-6-3",
    "phone": "M6 3h4l1 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 1v4c0 2-1 3-3 3"
    "C10 21 3 14 3 6c0-2 1-3 3-3z",
    "mic": "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4",
    "clip": "M8 12l6-6a3.5 3.5 0 0 1 5 5l-8 8a5 5 0 0 1-7-7l7-7",
    "smile": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM9 9.5v.1M15 9.5v.1M8 14c1.5 3 6.5 3 8 0",
    "picture": "M4 4h16v16H4zM4 17l5-5 4 4 3-3 4 4M15 8.5h.1",
    "grid": "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
    "film": "M4 4h16v16H4zM10 8.5l6 3.5-6 3.5z",
    "bag": "M5 8h14l1 12H4zM9 8V6a3 3 0 0 1 6 0v2",
    "tag": "M4 4h8l8 8-8 8-8-8zM8 8h.1",
    "map": "M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11z"
    "M12 7.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
    "star": "M12 3l2.7 6 6.3.6-4.8 4.3 1.5 6.3L12 17l-5.7 3.2 1.5-6.3L3 9.6 9.3 9z",
    "bolt": "M13 3L5 14h6l-1 7 8-11h-6z",
    "undo": "M9 5L4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3",
    "reload": "M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5",
    "reply": "M10 6l-6 6 6 6M4 12h9c4 0 7 2 7 7",
    "pen": "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
    "bin": "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
    "crop": "M7 2v15h15M2 7h15v15",
    "info": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5M12 8v.1",
    "eye": "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
    "flag": "M5 21V4c5-2 8 2 14 0v9c-6 2-9-2-14 0",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "gear": "M12 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM12 3v3M12 18v3M3 12h3M18 12h3"
    "M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1",
    "play": "M7 4l13 8-13 8z",
    "pause": "M8 5v14M16 5v14",
    "sound": "M4 9h4l5-4v14l-5-4H4zM16 9c1.5 2 1.5 4 0 6M18.5 6.5c3 3.5 3 7.5 0 11",
    "full": "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    "note": "M9 18V5l11-2v13M6.5 15.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z"
    "M17.5 13.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
    "thumb": "M7 11l4-8c2 0 3 1 3 3l-1 4h6c1 0 2 1 2 2l-2 7c0 1-1 2-2 2H7zM3 11h4v10H3z",
    "thumb_down": "M17 13l-4 8c-2 0-3-1-3-3l1-4H5c-1 0-2-1-2-2l2-7c0-1 1-2 2-2h10zM21 13h-4V3h4z",
    "inbox": "M4 4h16v16H4zM4 14h4l1.5 3h5l1.5-3h4",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4",
    "folder": "M3 6h7l2 2h9v11H3z",
    "clock": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 7v5l4 2",
    "globe": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18",
    "zoom": "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L21 21M10.5 8v5M8 10.5h5",
}


def icon(name: str) -> str:
    """Draw an icon as SVG, in the colour of the text around it and one letter high.

    Raises:
        InvalidInput: no icon has that name.
    """
    try:
        strokes = _STROKES[name]
    except KeyError:
        msg = f"No icon is called {name}. There are: {', '.join(sorted(_STROKES))}."
        raise InvalidInput(msg) from None
    return f'<svg class="icon" viewBox="0 0 24 24"><path d="{strokes}"/></svg>'
