"""A watched site as `vigil site show` and `vigil site list` tell of it."""

from typing import Any, Final

from commands.output import when
from domain.counted import counted
from domain.site import Render, written_interval, written_rate
from storage.crawls import CrawlSummary
from storage.site_counts import SiteCounts
from storage.sites import StoredSite
from watching.policy_words import policy_facts

_RENDERED: Final = {
    Render.ON: "all pages",
    Render.OFF: "no page",
    Render.AUTO: "pages on which little is found without",
}


def site_facts(
    stored: StoredSite, crawl: CrawlSummary | None, counts: SiteCounts, *, secrets: bool
) -> list[tuple[str, object]]:
    """Describe a site for people: its policy, its last crawl, what is known of it."""
    site = stored.site
    facts: list[tuple[str, object]] = [("Site", site.name)]
    facts += [("Starts at" if not place else "", url) for place, url in enumerate(site.start_urls)]
    facts += [
        ("Hosts", ", ".join(site.hosts)),
        ("Visited", f"every {written_interval(site.every)}, {written_rate(site.rate)}"),
        ("At most", f"{site.max_pages:,} pages a crawl, {site.max_depth} links deep"),
        ("robots.txt", "obeyed" if site.obey_robots else f"ignored: {site.robots_reason}"),
    ]
    for title, patterns in (
        ("Follows", site.follow),
        ("Leaves", site.leave),
        ("Items", site.item),
        ("Listings", site.listing),
        ("Images", site.image),
    ):
        facts += [(title if not place else "", each) for place, each in enumerate(patterns)]
    if site.quiet_hours:
        facts.append(("Quiet hours", ", ".join(site.quiet_hours)))
    if site.certificates_reason is not None:
        facts.append(("Certificates", f"accepted unverified: {site.certificates_reason}"))
    if site.proxy is not None:
        facts.append(("Proxy", site.proxy))
    facts.append(("Rendered", _RENDERED[site.render]))
    if site.age_gate is not None:
        facts.append(("Age gate", site.age_gate))
    if site.login is not None:
        login = site.login
        facts.append(("Log-in", f"{login.page}, with {login.user} and {login.password}"))
    policy = policy_facts(site, secrets=secrets)
    for title, kind in (("Headers", "headers"), ("Cookies", "cookies")):
        for place, (key, value) in enumerate(policy[kind].items()):
            facts.append((title if not place else "", f"{key}: {value}"))
    facts += [
        ("Added", when(stored.added_at)),
        ("Paused", when(stored.paused_at, never="no")),
        (
            "Last crawl",
            f"{crawl.crawl_id}, {crawl.state}, {when(crawl.started_at)}" if crawl else "never",
        ),
        (
            "Known",
            (
                f"{counted(counts.pages, 'page')}, {counted(counts.images, 'image')} "
                f"at {counted(counts.sightings, 'place')}, {counts.sightings_gone:,} gone"
            ),
        ),
        (
            "Matches",
            (
                f"{counts.flagged:,} flagged, {counts.confirmed:,} confirmed, "
                f"{counts.rejected:,} rejected"
            ),
        ),
    ]
    return facts


def site_json(
    stored: StoredSite, crawl: CrawlSummary | None, *, secrets: bool = False
) -> dict[str, Any]:
    """Describe a site under stable names."""
    return {
        "name": stored.site.name,
        **policy_facts(stored.site, secrets=secrets),
        "added_at": stored.added_at,
        "changed_at": stored.changed_at,
        "paused_at": stored.paused_at,
        "last_crawl": crawl,
    }
