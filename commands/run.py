"""`vigil run`: everything on one machine, kept running."""

import os
import sys

import click

from commands.app import App, pass_app
from commands.contents import examples
from commands.serve_options import ServeOptions, serve_options


@click.command("run", epilog=examples("vigil run", "vigil run --port 9000"))
@serve_options
@pass_app
@click.pass_context
def command(
    ctx: click.Context,
    app: App,
    *,
    host: str | None,
    port: int | None,
    threads: int,
    plain_http: str | None,
) -> None:
    """Run the scheduler and the console, and start again whichever of them dies.

    SIGTERM or Ctrl-C stops both within 25 seconds: crawls under way are asked to stop, and what
    they saw is kept. On several machines with one PostgreSQL, run it on one of them, and
    `vigil serve` or `python scheduler.py` on the others.
    """
    # Here, so that help does not wait for the web framework to load.
    from commands.log_lines import log_to_stderr  # noqa: PLC0415
    from commands.serving import check_reach, with_options  # noqa: PLC0415
    from commands.supervisor import Supervisor, own_environment  # noqa: PLC0415
    from console.secret import read_secret, secret_file  # noqa: PLC0415
    from crawler.visit import PROJECT  # noqa: PLC0415

    # What can be refused is refused now, in one sentence, and not by one of them again and again.
    options = ServeOptions(host, port, threads, plain_http)
    config = with_options(app, options)
    check_reach(config, plain_http)
    read_secret(secret_file(config))
    _ = app.database
    log_to_stderr()
    parent = ("--parent", str(os.getpid()))
    supervisor = Supervisor(
        {
            "scheduler": (sys.executable, str(PROJECT / "scheduler.py"), *parent),
            "console": (sys.executable, "-m", "cli", "serve", *options.written(), *parent),
        },
        own_environment(
            app.environment,
            PYTHONPATH=os.pathsep.join([str(PROJECT), *_python_path()]),
            # The same whatever folder they work in.
            VIGIL_DATA=str(config.data),
            VIGIL_DATABASE_URL=config.database_url,
        ),
    )
    ctx.exit(supervisor.run())


def _python_path() -> list[str]:
    path = os.environ.get("PYTHONPATH")
    return [path] if path else []
