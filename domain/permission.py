"""Who may do what in the console: one permission for each thing to be done, roles as sets of them.

Nothing may be done without a permission, and none comes by itself: each page names the one that it
asks for, and a person has those of her roles.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Permission(StrEnum):
    """One thing that a person may do, as ``what:how``."""

    MATCH_VIEW = "match:view"
    MATCH_DECIDE = "match:decide"
    MATCH_SETTLE = "match:settle"
    MATCH_PREVIEW = "match:preview"
    CASE_VIEW = "case:view"
    CASE_OPEN = "case:open"
    CASE_EDIT = "case:edit"
    CASE_WITHDRAW = "case:withdraw"
    CASE_ERASE = "case:erase"
    SITE_VIEW = "site:view"
    SITE_EDIT = "site:edit"
    CRAWL_VIEW = "crawl:view"
    CRAWL_START = "crawl:start"
    WARNING_ACKNOWLEDGE = "warning:acknowledge"
    FIGURES_VIEW = "figures:view"
    FIGURES_EXPORT = "figures:export"
    QUERY_RUN = "query:run"
    AUDIT_VIEW = "audit:view"
    AUDIT_EXPORT = "audit:export"
    ACCOUNT_VIEW = "account:view"
    ACCOUNT_EDIT = "account:edit"
    POLICY_EDIT = "policy:edit"
    EXPOSURE_VIEW = "exposure:view"
    OWN_ACCOUNT = "own:account"


class Role(StrEnum):
    """What a person works as; she may have several."""

    OPERATOR = "operator"
    CASEWORKER = "caseworker"
    ANALYST = "analyst"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


_CASEWORK: Final = frozenset(
    {
        Permission.MATCH_VIEW,
        Permission.MATCH_DECIDE,
        Permission.MATCH_PREVIEW,
        Permission.CASE_VIEW,
        Permission.CASE_OPEN,
        Permission.CASE_EDIT,
        Permission.CASE_WITHDRAW,
    }
)

_CRAWLING: Final = frozenset({Permission.SITE_VIEW, Permission.CRAWL_VIEW})

_COUNTING: Final = frozenset({Permission.FIGURES_VIEW, Permission.FIGURES_EXPORT})

_EVERYBODY: Final = frozenset({Permission.OWN_ACCOUNT})

PERMISSIONS: Final = MappingProxyType(
    {
        Role.OPERATOR: _EVERYBODY
        | _CRAWLING
        | {Permission.SITE_EDIT, Permission.CRAWL_START, Permission.WARNING_ACKNOWLEDGE},
        Role.CASEWORKER: _EVERYBODY | _CASEWORK,
        Role.ANALYST: _EVERYBODY | _COUNTING | {Permission.QUERY_RUN},
        Role.SUPERVISOR: _EVERYBODY
        | _CASEWORK
        | _CRAWLING
        | _COUNTING
        | {
            Permission.CASE_ERASE,
            Permission.MATCH_SETTLE,
            Permission.AUDIT_VIEW,
            Permission.ACCOUNT_VIEW,
            Permission.ACCOUNT_EDIT,
            Permission.POLICY_EDIT,
            Permission.EXPOSURE_VIEW,
        },
        Role.AUDITOR: _EVERYBODY
        | {Permission.AUDIT_VIEW, Permission.AUDIT_EXPORT, Permission.ACCOUNT_VIEW},
    }
)
"""What each role may do."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what a person with these roles may do."""
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))
