"""The database and the numbers together: the registry to search, and every image ever sighted."""
