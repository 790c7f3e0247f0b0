"""All pages of the console, each a blueprint of its own module."""

from typing import Final

from flask import Blueprint

from console import (
    audit,
    cases,
    confirming,
    crawls,
    decisions,
    evidence,
    exposure,
    figures,
    home,
    matches,
    own,
    own_factors,
    people,
    policy,
    previews,
    query,
    queue,
    sign_in,
    sign_in_first,
    sign_in_passkey,
    sign_in_provider,
    sites_edit,
    warnings,
)

PAGES: Final[tuple[Blueprint, ...]] = (
    audit.page,
    decisions.page,
    matches.page,
    query.page,
    queue.page,
    cases.page,
    crawls.page,
    evidence.page,
    exposure.page,
    figures.page,
    home.page,
    policy.page,
    previews.page,
    sign_in.page,
    sites_edit.page,
    warnings.page,
    sign_in_first.page,
    sign_in_passkey.page,
    sign_in_provider.page,
    confirming.page,
    own.page,
    own_factors.page,
    people.page,
)
