"""What software a page seems to be made by: what it says itself, or what it cannot hide."""

import re
from typing import Final

from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of

_LOOKED_AT: Final = 300_000
_LONGEST: Final = 60
_HEADERS: Final = ("Link", "X-Generator")
_HEADERS_LOOKED_AT: Final = 2_000
_META: Final = re.compile(r"<meta\b[^<>]{0,400}>", re.IGNORECASE)
_NAME: Final = re.compile(r"name\s*=\s*[\"']?generator\b", re.IGNORECASE)
_CONTENT: Final = re.compile(r"content\s*=\s*(?:\"([^\"]{1,200})\"|'([^']{1,200})')", re.IGNORECASE)
_MARKS: Final = tuple(
    (name, re.compile(mark, re.IGNORECASE))
    for name, mark in (
        ("Piwigo", r"\bpiwigo\b|\bpwg_"),
        ("Coppermine", r"coppermine|displayimage\.php|thumbnails\.php\?album="),
        ("Zenphoto", r"zenphoto|/zp-core/"),
        ("Lychee", r"\blychee\b"),
        ("Chevereto", r"chevereto"),
        ("4images", r"powered by.{0,60}4images"),
        ("fgallery", r"\bfgallery\b"),
        ("sigal", r"\bsigal\b"),
        ("lazygal", r"\blazygal\b"),
        ("thumbsup", r"\bthumbsup\b"),
        ("Gallery 3", r"gallery3|/var/(?:thumbs|resizes)/"),
        ("NextGEN", r"nextgen-gallery|ngg-gallery"),
        ("WordPress", r"/wp-(?:content|includes|json)/|\bapi\.w\.org\b"),
        ("MediaWiki", r"\bmediawiki\b|wgPageName"),
        ("DokuWiki", r"dokuwiki|/lib/exe/fetch\.php"),
        ("Discourse", r"discourse-(?:cdn|assets|base)|data-discourse"),
        ("XenForo", r"\bxenforo\b|data-xf-init"),
        ("phpBB", r"\bphpbb\b|viewtopic\.php\?"),
        ("vBulletin", r"\bvbulletin\b|showthread\.php\?"),
        ("MyBB", r"\bmybb\b"),
        ("SMF", r"simple machines|smf_(?:theme|images)_url"),
        ("Invision Community", r"ips-?board|invision community|data-ips"),
        ("vichan", r"\bvichan\b|tinyboard"),
        ("Danbooru", r"danbooru"),
        ("Gelbooru", r"gelbooru|index\.php\?page=post&(?:amp;)?s=view"),
        ("Shimmie", r"shimmie"),
        ("Mastodon", r"\bmastodon\b"),
        ("Pixelfed", r"pixelfed"),
        ("Lemmy", r"\blemmy\b"),
        ("Drupal", r"drupal-settings-json|/sites/default/files/"),
        ("Joomla", r"/media/jui/|com_content"),
        ("Blogger", r"blogger\.com/static|blogspot"),
        ("Tumblr", r"assets\.tumblr\.com"),
        ("Wix", r"static\.wixstatic\.com"),
        ("Squarespace", r"static1?\.squarespace\.com"),
        (
            "nginx's list of a folder",
            r"<title>index of /[^<]*</title>.{0,200}<hr><pre><a href=\"\.\./",
        ),
        ("a web server's list of a folder", r"<title>(?:index of|directory listing for) /"),
    )
)


def software_of(response: Response) -> str | None:
    """Name the software; None if nothing shows it. What it says of itself is cut to one line."""
    if kind_of(response) is not Kind.HTML:
        return None
    text = text_of(response)[:_LOOKED_AT]
    for meta in _META.finditer(text):
        if _NAME.search(meta[0]):
            said = _CONTENT.search(meta[0])
            words = " ".join((said[1] or said[2]).split()) if said else ""
            if words and words.isprintable():
                return words[:_LONGEST]
    headers = b"\n".join(each for name in _HEADERS for each in response.headers.getlist(name))
    text = f"{headers[:_HEADERS_LOOKED_AT].decode('latin-1')}\n{text}"
    return next((name for name, mark in _MARKS if mark.search(text)), None)
