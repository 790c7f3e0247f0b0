"""Bits in which two signals differ, counted one by one."""


def bits_between(one: str, other: str) -> int:
    """Compare two signals written in hexadecimal."""
    return f"{int(one, 16) ^ int(other, 16):b}".count("1")
