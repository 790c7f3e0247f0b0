"""What programs that run for long say of themselves: a line each on standard error, in UTC."""

import logging
import time


def log_to_stderr() -> None:
    """Write what is logged from now on, with its moment."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    form.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
