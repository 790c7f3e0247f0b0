"""A site as plain values: as it stands in its row, and as it is handed to another process."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.site import Render, Site
from domain.site_entry import login_from


def site_record(site: Site) -> dict[str, Any]:
    """Return a site's policy as text, numbers, lists and mappings; its name is not part of it."""
    return {
        "start_urls": list(site.start_urls),
        "hosts": list(site.hosts),
        "interval_seconds": int(site.every.total_seconds()),
        "rate": site.rate,
        "max_pages": site.max_pages,
        "max_depth": site.max_depth,
        "obey_robots": site.obey_robots,
        "robots_reason": site.robots_reason,
        "headers": dict(site.headers),
        "cookies": dict(site.cookies),
        "follow": list(site.follow) or None,
        "leave": list(site.leave) or None,
        "quiet_hours": list(site.quiet_hours) or None,
        "certificates_reason": site.certificates_reason,
        "proxy": site.proxy,
        "render": site.render.value,
        "age_gate": site.age_gate,
        "login": None if site.login is None else site.login.as_words(),
        "listing": list(site.listing) or None,
        "item": list(site.item) or None,
        "image": list(site.image) or None,
    }


def site_from(name: str, record: Mapping[str, Any]) -> Site:
    """Return the site of which `site_record` made ``record``.

    Raises:
        InvalidInput: it was made by other rules, and cannot be used any more.
    """
    return Site(
        name=name,
        start_urls=tuple(record["start_urls"]),
        hosts=tuple(record["hosts"]),
        every=timedelta(seconds=record["interval_seconds"]),
        rate=record["rate"],
        max_pages=record["max_pages"],
        max_depth=record["max_depth"],
        obey_robots=record["obey_robots"],
        robots_reason=record["robots_reason"],
        headers=record["headers"],
        cookies=record["cookies"],
        follow=tuple(record["follow"] or ()),
        leave=tuple(record["leave"] or ()),
        quiet_hours=tuple(record["quiet_hours"] or ()),
        certificates_reason=record["certificates_reason"],
        proxy=record["proxy"],
        render=Render(record["render"]),
        age_gate=record["age_gate"],
        login=None if record["login"] is None else login_from(record["login"]),
        listing=tuple(record["listing"] or ()),
        item=tuple(record["item"] or ()),
        image=tuple(record["image"] or ()),
    )
