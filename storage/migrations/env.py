"""Run by Alembic: the revisions go over the connection that was passed, in its transaction."""

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes["connection"]
if not isinstance(connection, Connection):
    msg = "revisions are run by `vigil db upgrade`, which passes a connection"
    raise TypeError(msg)
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
