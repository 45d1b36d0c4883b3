"""Refuse what a deployment could not take back later."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scripts.deploy import stacks
from scripts.deploy.account import Account, DeployError
from scripts.wiring.declaration import load
from scripts.wiring.regions import NUMBERS
from scripts.wiring.standard import PARAMETERS


def refuse_unnumbered_region(account: Account) -> None:
    """Refuse a region whose ids could be those of another region.

    Raises:
        DeployError: the table of regions has no number for it.
    """
    if account.region not in NUMBERS:
        raise DeployError(
            f"The region {account.region} has no number for its ids; there are "
            f"{', '.join(NUMBERS)}. Give it one in scripts/wiring/regions.py."
        )


def _leads_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return not host
    return address.is_loopback or address.is_unspecified


def _setting(name: str, standing: Mapping[str, Any] | None) -> str:
    """Return a setting of a stack as `templates.parameters` chooses it."""
    if given := os.environ.get(name):
        return given
    parameter, shape = PARAMETERS[name]
    for one in (standing or {}).get("Parameters", []):
        if one["ParameterKey"] == parameter:
            return str(one["ParameterValue"])
    return str(shape["Default"])


def refuse_loopback(account: Account, names: list[str]) -> None:
    """Refuse an address on AWS that leads people to their own machine.

    Tokens, mails and media links would carry it.

    Args:
        names: the stacks that the address is for; those that stand keep theirs if none is given.

    Raises:
        DeployError: PUBLIC_URL is a loopback, or is missing at the first deployment.
    """
    if account.emulated:
        return
    for name in names:
        url = _setting("PUBLIC_URL", stacks.describe(account, name))
        if _leads_here(url):
            raise DeployError(
                f"{name} would tell everybody that the platform is at {url}. Set PUBLIC_URL to "
                "the address where people reach it, such as https://rookery.example."
            )


def refuse_missing_contacts(account: Account, domains: Mapping[str, str]) -> None:
    """Refuse a stage whose mails and numbers would have no place.

    A function would otherwise fail at its first event, and the event would end in a
    dead-letter queue.

    Args:
        domains: the stack of each domain that is to be deployed.

    Raises:
        DeployError: CONTACTS_URL is missing, or is a file, which no two functions share.
    """
    for domain, name in domains.items():
        wiring = load(domain)
        if not any("CONTACTS_URL" in one.settings for one in wiring.functions):
            continue
        standing = stacks.describe(account, name)
        url = _setting("CONTACTS_URL", standing)
        if not url:
            raise DeployError(
                f"{name} has no database for addresses of people. Set CONTACTS_URL to a "
                "PostgreSQL database: postgresql://contacts@<id>.dsql.<region>.on.aws/postgres "
                "(Aurora DSQL, signed in by IAM), or a secret's reference (docs/deploy.md)."
            )
        if not account.emulated and url.startswith("sqlite:"):
            raise DeployError(
                f"{name} would keep addresses of people in a file of one function, which "
                "disappears with it. Set CONTACTS_URL to postgresql://… (docs/deploy.md)."
            )
