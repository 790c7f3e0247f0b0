"""The tables of the straight line from a site to a decision, as one map.

    site ──< page ──< sighting >── image ──< frame  image: unique by SHA-256; signals, never bytes
      │                  │                          sighting: (page, image address, image)
      │              image_url                      frame: one of an image that moves
      └──< crawl ──< crawl_error
    case_file ──< registration ──< signal           signal: (registration, type, view, moment)
        └──< match >── image                        match: unique (case, image); the unit of review
               ├──< evidence >── registration
               └──< review_decision
    image ──< wanted_look >── registration          to be fetched anew and looked at in full
    image ──< seen_places >── registration          what of it an image shows
    case_file ──< look_alike                        what its registrations are not to be taken for
    forgotten_image: ids of erased images
    registry, audit_head: one row each              audit_entry: chained by digest
    lease: who leads                                apscheduler_jobs: the scheduler's own

Page addresses often hold a person's name: they are personal data and stay out of logs, and
numbers shown to people are random, never row numbers. The tables of the people who work here stand
in `account_tables`, what reviewing keeps besides in `review_tables`; `schema` knows every table.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import Column as SchemaColumn
from sqlalchemy.orm import Mapped, mapped_column

from domain.crawl import CrawlState
from domain.laid import Laid
from domain.review import MatchState, RejectionKind, Verdict
from domain.signal import SignalType, View
from domain.wanted_look import LookOutcome
from storage.columns import Hex, LaidDown
from storage.row import Row, RowId, one_of


class SiteRow(Row):
    """A watched site and its policy. A removed one keeps its row, so its sightings keep theirs."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint("obey_robots OR robots_reason IS NOT NULL", name="robots_reason"),
        CheckConstraint("interval_seconds > 0 AND rate > 0", name="positive"),
    )

    site_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    start_urls: Mapped[list[str]]
    hosts: Mapped[list[str]]
    interval_seconds: Mapped[int]
    rate: Mapped[float] = mapped_column(Float)
    max_pages: Mapped[int]
    max_depth: Mapped[int]
    obey_robots: Mapped[bool]
    robots_reason: Mapped[str | None] = mapped_column(Text)
    headers: Mapped[dict[str, str]]
    cookies: Mapped[dict[str, str]]
    follow: Mapped[list[str] | None]
    leave: Mapped[list[str] | None]
    quiet_hours: Mapped[list[str] | None]
    certificates_reason: Mapped[str | None] = mapped_column(Text)
    proxy: Mapped[str | None] = mapped_column(Text)
    render: Mapped[str] = mapped_column(String(4), default="auto", server_default="auto")
    age_gate: Mapped[str | None] = mapped_column(Text)
    login: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    listing: Mapped[list[str] | None]
    item: Mapped[list[str] | None]
    image: Mapped[list[str] | None]
    added_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class PageRow(Row):
    """One HTML document of a site, known by its address and its links; never its text.

    ``etag`` and ``last_modified`` are set only once every image reference of the page has ended
    well, so that a page answered with "not modified" never hides unfinished work. ``links`` and
    ``image_references`` are what the page pointed to then, to go on from when it has not changed.
    """

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("site_id", "url_digest"),)

    page_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.site_id"))
    url: Mapped[str] = mapped_column(Text)
    url_digest: Mapped[str] = mapped_column(Hex)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    links: Mapped[list[str]]
    image_references: Mapped[list[list[str]]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class ImageRow(Row):
    """Distinct image bytes, known only by their signals; what moves has a length and frames.

    ``constellation`` is NULL where there are too few places, and of what was hashed before it was
    kept; ``embedding`` is where no model for embeddings was in use, or nothing came of it. The id
    of a forgotten image is never given again: a crawl under way may still hold it.
    """

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("pdq_quality BETWEEN 0 AND 100", name="quality"),
        # Once all were looked at, crawls find that out without going through them.
        Index(
            "ix_image_not_looked_at",
            "image_id",
            sqlite_where=text("constellation IS NULL"),
            postgresql_where=text("constellation IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    image_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    sha256: Mapped[str] = mapped_column(Hex)
    md5: Mapped[str] = mapped_column(Hex, index=True)
    pdq: Mapped[str] = mapped_column(Hex)
    pdq_quality: Mapped[int]
    phash: Mapped[str] = mapped_column(Hex)
    format: Mapped[str] = mapped_column(String(16))
    width: Mapped[int]
    height: Mapped[int]
    byte_size: Mapped[int]
    first_seen: Mapped[datetime]
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    constellation: Mapped[str | None] = mapped_column(Hex)
    embedding: Mapped[str | None] = mapped_column(Hex)


class FrameRow(Row):
    """One distinct frame of an image that moves; ``place`` counts them in order of time, from 0.

    Two frames may lie at the same moment: an animation may say that a frame lasts no time. Most
    frames have no ``constellation``.
    """

    __tablename__ = "frame"
    __table_args__ = (
        CheckConstraint("pdq_quality BETWEEN 0 AND 100", name="quality"),
        {"sqlite_with_rowid": False},
    )

    image_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("image.image_id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    pdq: Mapped[str] = mapped_column(Hex)
    pdq_quality: Mapped[int]
    phash: Mapped[str] = mapped_column(Hex)
    constellation: Mapped[str | None] = mapped_column(Hex)


class ForgottenImageRow(Row):
    """The id of an image that was erased, for machines that keep a snapshot of its signals.

    Written under the registry's lock, so ``sequence`` has the order in which it becomes visible.
    """

    __tablename__ = "forgotten_image"
    __table_args__ = ({"sqlite_autoincrement": True},)

    sequence: Mapped[int] = mapped_column(RowId, primary_key=True)
    image_id: Mapped[int] = mapped_column(BigInteger)


class ImageUrlRow(Row):
    """An address that images were fetched from, and how to ask for it again cheaply."""

    __tablename__ = "image_url"
    __table_args__ = (UniqueConstraint("url_digest"),)

    image_url_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    url_digest: Mapped[str] = mapped_column(Hex)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    image_id: Mapped[int | None] = mapped_column(
        ForeignKey("image.image_id", ondelete="SET NULL"), index=True
    )
    checked_at: Mapped[datetime]


class SightingRow(Row):
    """One image at one image address on one page; ``links_to`` is what a click on it opens."""

    __tablename__ = "sighting"
    __table_args__ = (
        UniqueConstraint("page_id", "image_url_id", "image_id"),
        CheckConstraint("first_seen <= last_seen", name="order"),
        # An image may be sighted at tens of thousands of places: what people are shown of them is
        # counted and chosen without reading the rows.
        Index("ix_sighting_of_image", "image_id", "first_seen", "gone_at"),
    )

    sighting_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.page_id"))
    image_url_id: Mapped[int] = mapped_column(ForeignKey("image_url.image_url_id"), index=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.image_id", ondelete="CASCADE"))
    found_in: Mapped[str] = mapped_column(String(64))
    links_to: Mapped[str | None] = mapped_column(Text)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class CaseRow(Row):
    """One person's matter: a number, the hash of a PIN, and no name.

    ``closed_for`` is one of `domain.case_state.CloseReason`, while it is closed. ``changed_at`` is
    when it was last closed, reopened or given a new PIN.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_opened_at_case_id", "opened_at", "case_id"),)

    case_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    pin_hash: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_for: Mapped[str | None] = mapped_column(String(16))
    changed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class RegistryRow(Row):
    """One row: counts up as something is registered or withdrawn, suspended or resumed.

    Whoever matches holds this row shared while it records; whoever registers or withdraws holds
    it alone. So an image and a registration that arrive together always meet.
    """

    __tablename__ = "registry"
    __table_args__ = (CheckConstraint("registry_id = 1", name="single"),)

    registry_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


class RegistrationRow(Row):
    """One registered picture. A withdrawn one keeps its row without any signal.

    ``picture`` is a digest of its signals that are compared by bits, so that no case holds a
    picture twice; it is erased with them, as are ``format`` and ``duration_ms``, which only what
    moves has.

    While one is suspended, nothing of it flags. ``suspension_version`` is the registry's at which
    that last began or ended; NULL also for a moment after it began (`storage.suspensions`). Once it
    is unmuted, none of its places is muted any more (`storage.muted_places`).
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("case_id", "picture"),
        CheckConstraint("withdrawn_at IS NULL OR picture IS NULL", name="erased"),
        # Few are: whoever registers asks for them, and must not go through all.
        Index(
            "ix_registration_suspended_at",
            "suspended_at",
            sqlite_where=text("suspended_at IS NOT NULL"),
            postgresql_where=text("suspended_at IS NOT NULL"),
        ),
    )

    registration_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.case_id"), index=True)
    picture: Mapped[str | None] = mapped_column(Hex)
    source: Mapped[str] = mapped_column(String(16))
    registered_at: Mapped[datetime]
    format: Mapped[str | None] = mapped_column(String(16))
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    added_version: Mapped[int] = mapped_column(BigInteger, index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_version: Mapped[int | None] = mapped_column(BigInteger, index=True)
    suspended_at: Mapped[datetime | None]
    suspended_for: Mapped[str | None] = mapped_column(Text)
    suspension_version: Mapped[int | None] = mapped_column(BigInteger, index=True)
    unmuted_at: Mapped[datetime | None]


class SignalRow(Row):
    """One signal of a registered picture, or of one frame of a registered video, in one view.

    A constellation has up to a thousand bytes, an embedding eight and one for each of its numbers,
    every other type its own fixed length.
    ``at_ms`` is where the frame lies in the video. No two NULLs are equal in a unique constraint,
    so those without a moment have an index of their own.
    """

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("registration_id", "type", "view", "at_ms"),
        Index(
            "uq_signal_still",
            "registration_id",
            "type",
            "view",
            unique=True,
            sqlite_where=text("at_ms IS NULL"),
            postgresql_where=text("at_ms IS NULL"),
        ),
        CheckConstraint(one_of("type", SignalType), name="type"),
        CheckConstraint(one_of("view", View), name="view"),
    )

    signal_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.registration_id"))
    type: Mapped[str] = mapped_column(String(16))
    view: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(Hex)
    quality: Mapped[int | None]
    at_ms: Mapped[int | None] = mapped_column(BigInteger)


class MatchRow(Row):
    """An image near a case's registrations: the unit of review, however often it is sighted.

    ``strength`` is that of its evidence, ``places`` are the sightings of its image so far, and
    ``urgency`` orders the queue: see `domain.urgency`. ``unsure`` counts those who could not tell.
    """

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("case_id", "image_id"),
        CheckConstraint(one_of("state", MatchState), name="state"),
        # With what the queue is filtered by, so that a filter reads no row that it leaves out.
        Index("ix_match_queue", "state", "urgency", "match_id", "strength", "unsure"),
        Index("ix_match_waiting", "state", "flagged_at", "match_id"),
        # Few are: and whoever goes through the queue must not go along this one.
        Index(
            "ix_match_unsure",
            "state",
            "unsure",
            sqlite_where=text("unsure > 0"),
            postgresql_where=text("unsure > 0"),
        ),
        Index("ix_match_case_queue", "case_id", "state", "urgency", "match_id"),
        Index("ix_match_case_flagged", "case_id", "flagged_at", "match_id"),
    )

    match_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.case_id"))
    image_id: Mapped[int] = mapped_column(ForeignKey("image.image_id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    flagged_at: Mapped[datetime]
    strength: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    places: Mapped[int] = mapped_column(default=0, server_default="0")
    urgency: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    unsure: Mapped[int] = mapped_column(default=0, server_default="0")


class EvidenceRow(Row):
    """One signal type of one registration that agreed with a matched image, in its nearest view.

    Of an image that moves, ``at_ms`` is where it was nearest and ``moments`` are all the places in
    it where it was near, in milliseconds from its beginning. Of a constellation, ``laid`` says how
    the registered picture lies in the image, and ``strength`` how strongly what was seen speaks for
    that, as a logarithm of odds to base 10.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("match_id", "registration_id", "type"),
        CheckConstraint(one_of("type", SignalType), name="type"),
        CheckConstraint(one_of("view", View), name="view"),
        CheckConstraint("distance >= 0", name="distance"),
    )

    evidence_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.match_id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.registration_id"), index=True
    )
    type: Mapped[str] = mapped_column(String(16))
    view: Mapped[str] = mapped_column(String(16))
    distance: Mapped[int]
    at_ms: Mapped[int | None] = mapped_column(BigInteger)
    moments: Mapped[list[int] | None]
    strength: Mapped[float | None] = mapped_column(Float)
    laid: Mapped[Laid | None] = mapped_column(LaidDown)


class WantedLookRow(Row):
    """An image whose stored signals propose a registration: to be fetched anew and looked at.

    Asked once for each image and registration; ``outcome`` says what came of it. ``tries`` are the
    crawls that asked for the image since, and did not get it.
    """

    __tablename__ = "wanted_look"
    __table_args__ = (
        UniqueConstraint("image_id", "registration_id"),
        CheckConstraint(one_of("outcome", LookOutcome), name="outcome"),
        CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="done"),
    )

    wanted_look_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.image_id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.registration_id", ondelete="CASCADE"), index=True
    )
    asked_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))


class SeenPlacesRow(Row):
    """Which places of a registered picture a look at an image saw, as a set (`domain.muting`).

    ``at_ms`` is where the picture lies in a registered video; NULL for a still one. ``flagged``:
    the image was flagged for it; a few places seen in one spot otherwise.
    """

    __tablename__ = "seen_places"
    __table_args__ = (
        UniqueConstraint("registration_id", "image_id", "at_ms"),
        Index(
            "uq_seen_places_still",
            "registration_id",
            "image_id",
            unique=True,
            sqlite_where=text("at_ms IS NULL"),
            postgresql_where=text("at_ms IS NULL"),
        ),
    )

    seen_places_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.registration_id", ondelete="CASCADE")
    )
    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.image_id", ondelete="CASCADE"), index=True
    )
    at_ms: Mapped[int | None] = mapped_column(BigInteger)
    places: Mapped[int] = mapped_column(BigInteger)
    of_places: Mapped[int]
    flagged: Mapped[bool]
    seen_at: Mapped[datetime]


class LookAlikeRow(Row):
    """What a case's registrations are not to be taken for: the signals of an image, copied.

    ``pdq`` is NULL where it is too plain to be compared, and of what moves. ``spared`` counts how
    often something was not flagged because of it.
    """

    __tablename__ = "look_alike"
    __table_args__ = (UniqueConstraint("case_id", "sha256"),)

    look_alike_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.case_id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(Hex)
    pdq: Mapped[str | None] = mapped_column(Hex)
    constellation: Mapped[str | None] = mapped_column(Hex)
    image_id: Mapped[int | None] = mapped_column(
        ForeignKey("image.image_id", ondelete="SET NULL"), index=True
    )
    note: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]
    spared: Mapped[int] = mapped_column(default=0, server_default="0")


class ReviewDecisionRow(Row):
    """What a person decided about a match, and whether it was taken back.

    ``kind`` says of a rejection what was wrong. ``batch`` is the same in all that were decided at
    once, and taken back at once; ``look_alike`` is the number of that which the decision added.
    """

    __tablename__ = "review_decision"
    __table_args__ = (
        CheckConstraint(one_of("verdict", Verdict), name="verdict"),
        CheckConstraint(one_of("kind", RejectionKind), name="kind"),
        Index("ix_review_decision_of_actor", "actor", "decision_id"),
        Index("ix_review_decision_decided_at", "decided_at"),
        Index("ix_review_decision_actor_decided_at", "actor", "decided_at"),
    )

    decision_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    match_id: Mapped[int] = mapped_column(
        ForeignKey("match.match_id", ondelete="CASCADE"), index=True
    )
    verdict: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(Text)
    batch: Mapped[str | None] = mapped_column(String(16), index=True)
    look_alike: Mapped[str | None] = mapped_column(String(16))


_OUTCOMES: Final = "hashed + duplicate + unchanged + too_small + undecodable + refused + failed"


class CrawlRow(Row):
    """One crawl with its counts. A site has at most one under way; a finished one adds up.

    ``stop_asked_by`` is who asked it to stop; it reads that with its next heartbeat.
    """

    __tablename__ = "crawl"
    __table_args__ = (
        CheckConstraint(one_of("state", CrawlState), name="state"),
        CheckConstraint(
            f"state NOT IN ('finished', 'stopped', 'failed') OR image_references = {_OUTCOMES}",
            name="adds_up",
        ),
        Index(
            "uq_crawl_running",
            "site_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_crawl_site_id_started_at", "site_id", "started_at"),
        Index("ix_crawl_site_id_crawl_id", "site_id", "crawl_id"),
        Index("ix_crawl_state_crawl_id", "state", "crawl_id"),
    )

    crawl_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.site_id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    stop_asked_at: Mapped[datetime | None]
    stop_asked_by: Mapped[str | None] = mapped_column(Text)
    pages_fetched: Mapped[int] = mapped_column(default=0)
    pages_unchanged: Mapped[int] = mapped_column(default=0)
    pages_failed: Mapped[int] = mapped_column(default=0)
    pages_refused: Mapped[int] = mapped_column(default=0)
    pages_left: Mapped[int] = mapped_column(default=0, server_default="0")
    image_references: Mapped[int] = mapped_column(default=0)
    hashed: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    too_small: Mapped[int] = mapped_column(default=0)
    undecodable: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    flagged: Mapped[int] = mapped_column(default=0)


class CrawlErrorRow(Row):
    """One page or image of a crawl that did not end well, and why."""

    __tablename__ = "crawl_error"

    crawl_error_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    crawl_id: Mapped[int] = mapped_column(ForeignKey("crawl.crawl_id"), index=True)
    what: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime]


class AuditEntryRow(Row):
    """Who did what to which record and why; holds the digest of the entry before it.

    The indexes are what the chain is asked by: each with the order in which entries are shown.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_happened_at", "happened_at", "sequence"),
        Index("ix_audit_entry_subject", "subject", "happened_at", "sequence"),
        Index("ix_audit_entry_actor", "actor", "happened_at", "sequence"),
        Index("ix_audit_entry_action", "action", "happened_at", "sequence"),
        Index("ix_audit_entry_actor_action", "actor", "action", "happened_at", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    happened_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(Hex)
    digest: Mapped[str] = mapped_column(Hex)


class AuditHeadRow(Row):
    """One row: where the chain ends, so that entries cut off its end are missed."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("audit_head_id = 1", name="single"),)

    audit_head_id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(Hex)


class LeaseRow(Row):
    """A role that one process at a time may hold, until ``expires_at`` unless renewed."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


# APScheduler reads and writes this one; it stands here so that one migration makes all tables.
SCHEDULER_JOBS: Final = Table(
    "apscheduler_jobs",
    Row.metadata,
    SchemaColumn("id", String(191), primary_key=True),
    SchemaColumn("next_run_time", Float(25), index=True),
    SchemaColumn("job_state", LargeBinary, nullable=False),
)
