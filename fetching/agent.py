"""How we call ourselves to every site, in crawls and previews alike."""


def user_agent(contact: str | None) -> str:
    """Return the user agent; ``contact`` is where a site's owner can write to."""
    return f"Vigil/0.1 ({contact})" if contact else "Vigil/0.1"
