"""Practice sites whose software makes far more addresses than it has pictures."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

from PIL import Image

from practice.many import image_bytes
from practice.resources import HTML, Resource, etag_of
from practice.sites import PracticeSite

PHOTOS = 18


class MadeSite(PracticeSite):
    """Makes each page when it is asked for, so that there may be no end of them.

    ``make_page`` takes a path with its query and gives the page's links and images, or None for
    404. ``/full/N.jpg`` and ``/thumb/N.jpg`` are photo N, large and small.
    """

    make_page: Callable[[str], str | None] = staticmethod(lambda _: None)

    def _answer(self, method, path, headers):
        answer = super()._answer(method, path, headers)
        if answer.status != HTTPStatus.NOT_FOUND:
            return answer
        kind, _, name = path.lstrip("/").partition("/")
        if kind in {"full", "thumb"} and name.endswith(".jpg"):
            body, content_type = photo(kind, int(name.removesuffix(".jpg"))), "image/jpeg"
        else:
            made = self.make_page(path)
            if made is None:
                return answer
            body, content_type = made.encode(), HTML
        return replace(Resource(lambda: body, content_type), etag=etag_of(body))

    def photos_asked_for(self, number):
        """Count the photos that were asked for at their full size."""
        return sum(self.requested(f"/full/{n}.jpg") > 0 for n in range(number))

    def pages_asked_for(self):
        """Count requests that were for no picture."""
        others = (".jpg", "/robots.txt", "/sitemap.xml")
        return sum(not path.endswith(others) for _, path, _ in self.requests)


@cache
def photo(kind, number):
    """Make photo ``number``; its thumbnail has other bytes."""
    if kind == "full":
        return image_bytes(number)
    with Image.open(BytesIO(image_bytes(number))) as picture:
        out = BytesIO()
        picture.resize((160, 120)).save(out, "JPEG")
    return out.getvalue()


def html(links, images=(), thumbs=()):
    """Write a page: links, images, and thumbnails as pairs of a link and a photo's number."""
    return "\n".join(
        [
            "<!doctype html><title>Album</title>",
            *(f'<a href="{link}">more</a>' for link in links),
            *(f'<a href="{link}"><img src="/thumb/{n}.jpg"></a>' for link, n in thumbs),
            *(f'<img src="{image}">' for image in images),
        ]
    )


def query_of(path):
    """Return a path and its parameters."""
    parts = urlsplit(path)
    return parts.path, dict(parse_qsl(parts.query))


# --- a gallery program that shows each photo in every list that it is part of -----------------

_ALBUMS = {1: range(18), 2: range(9), 3: range(9, 18), 4: range(9, 12)}
_TAGS = {n: [p for p in range(PHOTOS) if p % (n + 1) == 0] for n in range(1, 13)}
_LISTS = ("recent_pics", "most_visited", "best_rated", "recent_cats")
_A_PAGE = 5
_ORDERS = 8


def _sections():
    sections = {f"category/{n}": list(photos) for n, photos in _ALBUMS.items()}
    sections |= {f"tags/{n}-word{n}": photos for n, photos in _TAGS.items()}
    sections |= {name: list(range(PHOTOS)) for name in _LISTS}
    for year in range(2015, 2024):
        sections[f"created-monthly-list-{year}"] = [p for p in range(PHOTOS) if p % 9 == year % 9]
        for month in range(1, 13):
            found = [p for p in range(PHOTOS) if (p % 9, p % 12 + 1) == (year % 9, month)]
            sections[f"created-monthly-list-{year}-{month}"] = found
    return sections


_SECTIONS = _sections()
_MENU = [
    "/", "/index.php?/categories", "/index.php?/random", "/tags.php", "/search.php", "/about.php",
    "/comments.php", "/identification.php", "/register.php", "/notification.php", "/password.php",
    "/index.php?/created-monthly-calendar", "/index.php?/created-monthly-list",
    *(f"/index.php?/{name}" for name in _LISTS), *(f"/index.php?/category/{n}" for n in _ALBUMS),
]  # fmt: skip


def thousand_addresses(path):  # noqa: PLR0911 - one for each script
    """Give a page of a gallery of 18 photos that has over 1,000 addresses."""
    script, _, query = path.partition("?")
    route, _, _ = query.partition("&")
    route = route.strip("/")
    if script == "/picture.php":
        return _picture(route)
    if script == "/tags.php":
        return html([*_MENU, *(f"/index.php?/tags/{n}-word{n}" for n in _TAGS)])
    if script not in {"/", "/index.php"}:
        return html(_MENU) if path in _MENU else None
    if not route or route == "categories":
        return html(_MENU)
    if route == "random":
        return html([f"/index.php?/list/{','.join(map(str, range(k, k + 5)))}" for k in range(9)])
    if route.startswith("created-monthly") and route.count("-") == 2:
        years = [f"/index.php?/{route.replace('calendar', 'list')}-{y}" for y in range(2015, 2024)]
        return html(_MENU + years)
    section, _, start = route.partition("/start-")
    return _list(section, int(start or 0), sections_photos(section))


def sections_photos(section):
    """Return the photos of one list, in its order."""
    if section.startswith("list/"):
        return [int(number) for number in section.removeprefix("list/").split(",")]
    return _SECTIONS.get(section)


def _list(section, start, photos):
    if photos is None:
        return None
    here = f"/index.php?/{section}"
    links = [f"{here}&image_order={n}" for n in range(_ORDERS)]
    links += [f"{here}&display={look}" for look in ("list", "grid")]
    links += [f"{here}/start-{n}" for n in range(0, len(photos), _A_PAGE) if n != start]
    if section.startswith("created-monthly-list") and section.count("-") == 3:
        links += [f"{here}-{month}" for month in range(1, 13)]
    shown = photos[start : start + _A_PAGE]
    thumbs = [(f"/picture.php?/{n}/{section}", n) for n in shown]
    return html([*_MENU, *links], thumbs=thumbs)


def _picture(route):
    number, _, section = route.partition("/")
    photos = sections_photos(section)
    if photos is None or int(number) not in photos:
        return None
    place = photos.index(int(number))
    around = [photos[p] for p in (place - 1, place + 1) if 0 <= p < len(photos)]
    links = [f"/picture.php?/{n}/{section}" for n in around]
    links += [f"/picture.php?/{number}/{section}&slideshow=", f"/index.php?/{section}"]
    links += [
        f"/index.php?/tags/{n}-word{n}" for n, tagged in _TAGS.items() if int(number) in tagged
    ]
    return html([*_MENU, *links], images=[f"/full/{number}.jpg"])


def number_of_addresses():
    """Count what a crawler that follows every link of the thousand would ask for."""
    found, waiting = {"/"}, ["/"]
    while waiting:
        page = thousand_addresses(waiting.pop()) or ""
        for link in (part.split('"')[0] for part in page.split('<a href="')[1:]):
            if link not in found:
                found.add(link)
                waiting.append(link)
    return len(found)


# --- an album beside something that has no end --------------------------------------------------


def album(start="/album?page=1"):
    """Give a page of six pages with three photos each; each photo has a page of its own."""

    def make(path):
        where, query = query_of(path)
        if where == "/album":
            page = int(query.get("page", "1"))
            photos = range((page - 1) * 3, min(page * 3, PHOTOS))
            links = [start] + ([f"/album?page={page + 1}"] if page < PHOTOS // 3 else [])
            return html(links, thumbs=[(f"/photo/{n}", n) for n in photos])
        if where.startswith("/photo/"):
            number = int(where.rsplit("/", 1)[1])
            return html(["/album?page=1"], images=[f"/full/{number}.jpg"])
        return None

    return make


def endless_calendar(path):
    """Give an album beside a calendar that leads from month to month for ever."""
    where, _ = query_of(path)
    if where == "/":
        return html(["/calendar/2026/11", "/album?page=1"])
    if where.startswith("/calendar/"):
        year, month, *day = map(int, where.removeprefix("/calendar/").split("/"))
        later = (year + month // 12, month % 12 + 1)
        before = (year - (month == 1), (month - 2) % 12 + 1)
        links = ["/calendar/{}/{}".format(*later), "/calendar/{}/{}".format(*before), "/"]
        return html(links + [f"/calendar/{year}/{month}/{d}" for d in range(1, 29) if not day])
    return album()(path)


def filters(path):
    """Give an album that any number of filters can be put on, in any order."""
    where, query = query_of(path)
    names = {"color": 4, "size": 4, "place": 5, "year": 3, "camera": 4}
    if where == "/":
        return html(["/all"])
    if where.startswith("/photo/"):
        return album("/all")(path)
    if where != "/all":
        return None
    page = int(query.pop("page", "1"))
    seed = sum(map(ord, "".join(query.values())))
    photos = [n for n in range(PHOTOS) if not query or (n + seed) % (len(query) + 1) == 0]
    written = "&".join(f"{name}={value}" for name, value in query.items())
    joined = f"/all?{written}&" if written else "/all?"
    links = [f"{joined}page={page + 1}"] if page * 6 < len(photos) else []
    links += [
        f"{joined}{name}={n}"
        for name, most in names.items()
        if name not in query
        for n in range(most)
    ]
    return html(links, thumbs=[(f"/photo/{n}", n) for n in photos[(page - 1) * 6 : page * 6]])


def endless_pages(path):
    """Give an album whose pages go on after the last photo."""
    where, query = query_of(path)
    if where == "/":
        return html(["/album?page=1"])
    if where == "/album":
        page = int(query.get("page", "1"))
        photos = range((page - 1) * 3, min(page * 3, PHOTOS)) if page * 3 <= PHOTOS else ()
        links = ["/", "/album?page=1", f"/album?page={page + 1}", f"/album?page={page + 10}"]
        return html(links, thumbs=[(f"/photo/{n}", n) for n in photos])
    return album()(path)


def counters(path):
    """Give an album beside endless news, each with a counter's picture at an address of its own."""
    where, _ = query_of(path)
    if where == "/":
        return html(["/news/1", "/album?page=1"])
    if where.startswith("/news/"):
        number = int(where.rsplit("/", 1)[1])
        return html(["/", f"/news/{number + 1}"], images=[f"/counter.png?visit={number}"])
    return album()(path)


def spiral(path):
    """Give an album with links that are relative to wherever one is."""
    where, _ = query_of(path)
    if where.startswith(("/album", "/photo/")):
        return album()(path)
    links = ["/album?page=1", "news/", "press/", "help/"]
    return html(links)


class Sessions:
    """An album that writes a new session id into every link of every page."""

    def __init__(self):
        self.made = 0

    def __call__(self, path):
        made = album()(path) if path != "/" else html(["/album?page=1"])
        if made is None:
            return None
        self.made += 1
        session = f"PHPSESSID={self.made:032x}"
        for start in ("/album?page=", "/photo/"):
            pieces = made.split(f'href="{start}')
            joint = "&" if "?" in start else "?"
            made = f'href="{start}'.join(
                [pieces[0], *(p.replace('"', f'{joint}{session}"', 1) for p in pieces[1:])]
            )
        return made


def orders(path):
    """Give an album in seven orders and three looks."""
    where, query = query_of(path)
    if where == "/":
        return html(["/album?page=1"])
    made = album()(path)
    if where != "/album" or made is None:
        return made
    more = [f"/album?page={query['page']}&sort={order}&dir={way}&view={look}"
            for order in ("name", "date", "size", "views", "rating", "id", "random")
            for way in ("asc", "desc") for look in ("list", "grid", "cards")]  # fmt: skip
    return made + html(more)


def deep_gallery(photos):
    """Give a gallery of lists of ten pages each, every page with one photo."""

    def make(path):
        where, _ = query_of(path)
        lists = -(-photos // 10)
        if where == "/":
            return html(["/list/1"])
        kind, _, number = where.strip("/").partition("/")
        if kind == "list" and number.isdigit() and 1 <= int(number) <= lists:
            first = (int(number) - 1) * 10
            links = [f"/photo/{n}" for n in range(first, min(first + 10, photos))]
            return html(links + ([f"/list/{int(number) + 1}"] if int(number) < lists else []))
        if kind == "photo" and number.isdigit() and int(number) < photos:
            return html(["/"], images=[f"/full/{number}.jpg"])
        return None

    return make


def forum(threads):
    """Give a forum with a photo in one thread of ten, and how many photos that makes."""
    shown = {n for n in range(threads) if (n * 7 + 3) % 10 == 0}

    def make(path):
        where, query = query_of(path)
        menu = ["/", "/rules", "/members", "/forum?page=1"]
        if where in {"/", "/rules", "/members"}:
            return html(menu)
        if where == "/forum":
            first = (int(query["page"]) - 1) * 20
            links = [f"/thread/{n}" for n in range(first, min(first + 20, threads))]
            more = [f"/forum?page={int(query['page']) + 1}"] if first + 20 < threads else []
            return html(menu + links + more)
        number = int(where.removeprefix("/thread/"))
        return html(menu, images=[f"/full/{number}.jpg"] if number in shown else [])

    return make, len(shown)
