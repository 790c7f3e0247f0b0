"""Types of what is used of Flask-Babel's lazy strings."""

class LazyString:
    def __html__(self) -> str: ...
