"""What browsers are told about every answer: only our own scripts, keep nothing, no frames."""

from typing import Final

from flask import Flask, Response, request

_RULES: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)

POLICY: Final = "; ".join(_RULES)
"""The content security policy: no inline script, no inline style, no other host."""

_A_YEAR: Final = 365 * 24 * 3600


def apply(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer of an application."""

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # An address here holds the number of a match or a case: no other host is to be told.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        headers["Server"] = "vigil"
        if request.endpoint == "static":
            headers["Cache-Control"] = "no-cache"  # kept, and asked for anew each time
        else:
            headers["Cache-Control"] = "no-store"
        if https:
            headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}"
        return response
