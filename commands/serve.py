"""`vigil serve`: the console, for caseworkers, operators and analysts in their browsers."""

import click

from commands.app import App, pass_app
from commands.contents import examples
from commands.serve_options import ServeOptions, serve_options


@click.command("serve", epilog=examples("vigil serve", "vigil serve --port 9000"))
@serve_options
# For `vigil run`: end when that process ends.
@click.option("--parent", type=int, hidden=True)
@pass_app
def command(
    app: App,
    *,
    host: str | None,
    port: int | None,
    threads: int,
    plain_http: str | None,
    parent: int | None,
) -> None:
    """Serve the console until stopped with Ctrl-C or SIGTERM.

    It answers on this machine alone. For people on other machines, put a web server that speaks
    https before it and name the address that they open in VIGIL_CONSOLE_URL: README.md shows how.

    Crawls are begun by the scheduler: `vigil run` runs both.
    """
    # Here, so that help does not wait for the web framework to load.
    from commands.serving import serve  # noqa: PLC0415
    from crawler.parent_process import bound_to  # noqa: PLC0415

    if parent is not None and not bound_to(parent):
        return
    serve(app, ServeOptions(host, port, threads, plain_http))
