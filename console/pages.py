"""All pages of the console, each a blueprint of its own module."""

from typing import Final

from flask import Blueprint

from console import home, sign_in

PAGES: Final[tuple[Blueprint, ...]] = (
    home.page,
    sign_in.page,
)
