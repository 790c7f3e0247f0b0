"""An image board: threads over several index pages, each with posts that carry a file."""

from collections.abc import Callable, Sequence
from typing import Final

from practice.clutter import (
    AVATAR,
    LOGO,
    PLACEHOLDER,
    add_clutter,
    clutter_html,
    data_uri,
    smiley_data_uri,
)
from practice.markup import in_parts, next_in_head, page, pager
from practice.picture import Picture, ServedPicture
from practice.sites import PracticeSite

_THREAD_SIZE: Final = 7
_THREADS_PER_PAGE: Final = 5


def build_board(
    site: PracticeSite, pictures: Sequence[ServedPicture], *, inline: Picture | None = None
) -> str:
    """Fill ``site`` with a board of ``pictures`` and give the address of its front page.

    The first file of a thread is shown on the index too, so it is met twice. The others stand in
    one place each, by turns in ``src``, ``srcset``, ``data-original``, a link to the file, a
    background in the post's own style and one in the thread's style sheet. ``inline`` is written
    into the first thread as a ``data:`` address and has no path.
    """
    add_clutter(site)
    for served in pictures:
        site.write(served.path, served.picture.body, served.picture.content_type)
    threads = in_parts(pictures, _THREAD_SIZE)
    for number, thread in enumerate(threads, start=1):
        _write_thread(site, number, thread, inline if number == 1 else None)
    _write_index(site, threads)
    return site.url("/b/")


def _write_index(site: PracticeSite, threads: Sequence[Sequence[ServedPicture]]) -> None:
    parts = in_parts(list(enumerate(threads, start=1)), _THREADS_PER_PAGE)
    paths = ["/b/", *(f"/b/{number}" for number in range(2, len(parts) + 1))]
    for index, part in enumerate(parts):
        posts = "".join(
            f'<li><a href="/b/thread/{number}">Thread {number}</a> ({len(thread)} files)<br>'
            f'<img src="{thread[0].path}" alt="First file"></li>\n'
            for number, thread in part
        )
        body = f"<ol>\n{posts}</ol>\n{pager(paths, index)}"
        if index == 0:
            body = f'<img src="{LOGO}" alt="Logo">\n{body}\n<footer>{clutter_html()}</footer>'
        head = next_in_head(paths, index)
        site.write(paths[index], page("/b/ - Pictures", body, head=head))


def _write_thread(
    site: PracticeSite, number: int, thread: Sequence[ServedPicture], inline: Picture | None
) -> None:
    rules = []
    posts = []
    for place, served in enumerate(thread):
        post = f"p{number}-{place + 1}"
        show = _WAYS[place % len(_WAYS)]
        if show is _by_style_sheet:
            rules.append(f'#{post} .frame {{ background-image: url("{served.path}"); }}\n')
        posts.append(_post(post, show(served)))
    if inline is not None:
        posts.append(_post(f"p{number}-inline", f'<img src="{data_uri(inline)}" alt="Pasted">'))
    head = f"<style>\n{''.join(rules)}</style>\n" if rules else ""
    body = f'<ol>\n{"".join(posts)}</ol>\n<p><a href="/b/">Back to the board</a></p>'
    site.write(f"/b/thread/{number}", page(f"Thread {number}", body, head=head))


def _post(post: str, shown: str) -> str:
    by = f'<img src="{AVATAR}" alt=""> Anonymous <img src="{smiley_data_uri()}" alt=":)">'
    return f'<li id="{post}"><p>{by}</p>{shown}</li>\n'


def _first_file(served: ServedPicture) -> str:
    thumbnail = f'<img src="{served.path}" alt="File" width="160">'
    return f'<a href="{served.path}">{thumbnail}</a>'


def _plain(served: ServedPicture) -> str:
    return f'<img src="{served.path}" alt="File" width="160">'


def _srcset(served: ServedPicture) -> str:
    return f'<img src="{PLACEHOLDER}" srcset="{served.path} 1024w" sizes="160px" alt="File">'


def _lazy(served: ServedPicture) -> str:
    return f'<img src="{PLACEHOLDER}" data-original="{served.path}" alt="File">'


def _file_link(served: ServedPicture) -> str:
    return f'File: <a href="{served.path}">{served.path.rpartition("/")[2]}</a>'


def _background(served: ServedPicture) -> str:
    return f'<div class="frame" style="background: url({served.path}) center"></div>'


def _by_style_sheet(_served: ServedPicture) -> str:
    return '<div class="frame"></div>'


_WAYS: Final[tuple[Callable[[ServedPicture], str], ...]] = (
    _first_file,
    _plain,
    _srcset,
    _lazy,
    _file_link,
    _background,
    _by_style_sheet,
)
"""How a post shows its file; the style sheet's rules are written by the thread."""
