"""The `vigil` command, one file for each group: parse, one call, say what came of it."""
