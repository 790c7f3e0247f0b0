"""What operators do to the watch: each step with its entry in the audit chain."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from domain.errors import OutsideDown, Refused
from domain.sentence import sentence
from domain.site import Site
from storage import (
    audit,
    crawl_listing,
    crawls,
    former_policies,
    leases,
    recipe_checks,
    site_warnings,
    sites,
    wanted_crawls,
)
from storage.audit import JsonValue
from storage.crawls import CrawlSummary
from storage.sites import StoredSite
from watching.policy_words import audited_facts, changed_words


def add_site(session: Session, site: Site, *, actor: str, now: datetime) -> StoredSite:
    """Watch a site from now on.

    Raises:
        Refused: a site of that name is watched already.
    """
    stored = sites.add(session, site, now=now)
    reason = "; ".join(filter(None, (site.robots_reason, site.certificates_reason))) or None
    _note(session, "site added", site.name, reason, audited_facts(site), actor=actor, now=now)
    return stored


def change_site(
    session: Session, site: Site, *, actor: str, now: datetime, reason: str | None = None
) -> list[str]:
    """Give a site another policy; return which parts changed. The former one can be put back.

    Raises:
        NotFound: there is none of that name.
    """
    stored = sites.get(session, site.name)
    changed = changed_words(stored.site, site)
    if changed:
        after = sites.replace(session, site, now=now)
        former_policies.keep(session, after.site_id, stored.site, actor=actor, now=now)
        details = {"changed": changed, **audited_facts(site)}
        _note(session, "site changed", site.name, reason, details, actor=actor, now=now)
    return changed


def put_back(session: Session, name: str, *, actor: str, now: datetime) -> list[str]:
    """Give a site the policy that it had before the actor changed it; return what changed.

    Raises:
        NotFound: there is no site of that name.
        Refused: it was changed since, by somebody else, or too long ago.
    """
    stored = sites.get(session, name)
    former = former_policies.get(session, stored.site_id, name)
    if (
        former is None
        or former.changed_by != actor
        or former.changed_at != stored.changed_at
        or now - former.changed_at > former_policies.KEPT_FOR
    ):
        msg = sentence(
            "The former policy of %(name)s cannot be put back: it was changed again since, or too "
            "long ago. Nothing was changed; edit it instead.",
            name=name,
        )
        raise Refused(msg)
    changed = changed_words(stored.site, former.site)
    sites.replace(session, former.site, now=now)
    former_policies.forget(session, stored.site_id)
    details = {"changed": changed, **audited_facts(former.site)}
    reason = "the former policy was put back"
    _note(session, "site changed", name, reason, details, actor=actor, now=now)
    return changed


def pause_site(
    session: Session, name: str, *, actor: str, now: datetime, reason: str | None = None
) -> StoredSite:
    """Plan no visits to a site until it is resumed; one that was asked for is not wanted any more.

    Raises:
        NotFound: there is none of that name.
    """
    stored = sites.pause(session, name, now=now)
    wanted_crawls.end(session, stored.site_id, now=now)
    _note(session, "site paused", name, reason, actor=actor, now=now)
    return stored


def resume_site(session: Session, name: str, *, actor: str, now: datetime) -> StoredSite:
    """Plan visits to a paused site again.

    Raises:
        NotFound: there is none of that name.
    """
    stored = sites.resume(session, name, now=now)
    _note(session, "site resumed", name, actor=actor, now=now)
    return stored


def remove_site(session: Session, name: str, *, actor: str, now: datetime) -> None:
    """Stop watching a site; what was found on it stays on record.

    Raises:
        NotFound: there is none of that name.
    """
    site_id = sites.get(session, name).site_id
    sites.remove(session, name, now=now)
    wanted_crawls.end(session, site_id, now=now)
    site_warnings.end_all(session, site_id, now=now)
    former_policies.forget(session, site_id)
    recipe_checks.forget(session, site_id)
    _note(session, "site removed", name, actor=actor, now=now)


def crawl_now(session: Session, name: str, *, actor: str, now: datetime) -> None:
    """Have a site visited as soon as the leading scheduler has room, in quiet hours too.

    Raises:
        NotFound: there is none of that name.
        Refused: it is paused, is being crawled, or a visit is asked for already.
        OutsideDown: no scheduler is running that would take it up.
    """
    stored = sites.get(session, name)
    if stored.paused_at is not None:
        msg = sentence("%(name)s is paused, so it is not visited. Resume it first.", name=name)
        raise Refused(msg)
    newest = crawl_listing.newest_of_site(session, stored.site_id)
    if newest is not None and crawls.is_alive(newest, now):
        msg = sentence(
            "%(name)s is being crawled already: crawl %(crawl_id)s is under way.",
            name=name,
            crawl_id=newest.crawl_id,
        )
        raise Refused(msg)
    if leases.holder(session, leases.SCHEDULER, now) is None:
        msg = sentence(
            "No scheduler is running, so nothing would take this up. Start one: python "
            "scheduler.py.",
        ).with_command(f" To visit the site without one: vigil crawl {name}")
        raise NoScheduler(msg)
    wanted_crawls.ask(session, stored.site_id, actor=actor, now=now)
    _note(session, "crawl wanted", name, actor=actor, now=now)


class NoScheduler(OutsideDown):
    """No scheduler is running that would do what was asked."""


def crawl_not_now(session: Session, name: str, *, actor: str, now: datetime) -> None:
    """Take a wish for a visit back.

    Raises:
        NotFound: there is no site of that name.
        Refused: the visit has begun, or none was asked for.
    """
    stored = sites.get(session, name)
    if not wanted_crawls.take_back(session, stored.site_id):
        msg = sentence("The visit to %(name)s has begun already. It can be stopped.", name=name)
        raise Refused(msg)
    _note(session, "crawl no longer wanted", name, actor=actor, now=now)


def stop_crawl(session: Session, crawl_id: int, *, actor: str, now: datetime) -> CrawlSummary:
    """Have a crawl stop within seconds; what it saw is kept.

    Raises:
        NotFound: there is none of that number.
        Refused: it is over.
    """
    crawl = crawls.ask_to_stop(session, crawl_id, actor=actor, now=now)
    details = {"crawl": crawl_id}
    _note(session, "crawl told to stop", crawl.site, None, details, actor=actor, now=now)
    return crawl


def acknowledge_warning(
    session: Session,
    site_warning_id: int,
    *,
    until: datetime | None,
    actor: str,
    now: datetime,
) -> str:
    """Have a warning stand back until a moment, or until it is over; return its site.

    Raises:
        NotFound: there is none of that number.
        Refused: it is over.
    """
    standing = site_warnings.get(session, site_warning_id)
    if standing.ended_at is not None:
        msg = sentence(
            "This warning of %(site)s is over already: nothing calls for attention.",
            site=standing.site,
        )
        raise Refused(msg)
    site_warnings.acknowledge(session, site_warning_id, by=actor, now=now, until=until)
    details = {
        "kind": standing.warning.kind.value,
        "until": None if until is None else until.isoformat(timespec="seconds"),
    }
    site = standing.site
    _note(session, "warning acknowledged", site, None, details, actor=actor, now=now)
    return site


def let_warning_call_again(
    session: Session, site_warning_id: int, *, actor: str, now: datetime
) -> str:
    """Take back that a warning was acknowledged; return its site.

    Raises:
        NotFound: there is none of that number.
    """
    standing = site_warnings.get(session, site_warning_id)
    site_warnings.call_again(session, site_warning_id)
    details = {"kind": standing.warning.kind.value}
    site = standing.site
    _note(session, "acknowledgement taken back", site, None, details, actor=actor, now=now)
    return site


def _note(
    session: Session,
    action: str,
    name: str,
    reason: str | None = None,
    details: Mapping[str, JsonValue] | None = None,
    *,
    actor: str,
    now: datetime,
) -> None:
    audit.append(
        session,
        now=now,
        actor=actor,
        action=action,
        subject=f"site {name}",
        reason=reason,
        details=details,
    )
