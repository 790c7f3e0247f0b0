"""A number with its noun, as English writes it."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write ``1 match`` or ``2 matches``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
