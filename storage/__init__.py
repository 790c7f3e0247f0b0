"""The database: tables, one query module per concept, migrations and the audit chain."""
