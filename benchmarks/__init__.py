"""Benchmarks: each a command, `python -m benchmarks.NAME [--json]`; none is part of the tests."""
