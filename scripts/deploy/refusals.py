"""Refuse what a deployment could not take back later."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scripts.deploy import stacks
from scripts.deploy.account import Account, DeployError
from scripts.wiring.regions import NUMBERS
from scripts.wiring.standard import PARAMETERS

_PARAMETER, _SHAPE = PARAMETERS["PUBLIC_URL"]


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


def _public_url(standing: Mapping[str, Any] | None) -> str:
    """Return a stack's address as `templates.parameters` chooses it."""
    if given := os.environ.get("PUBLIC_URL"):
        return given
    for one in (standing or {}).get("Parameters", []):
        if one["ParameterKey"] == _PARAMETER:
            return str(one["ParameterValue"])
    return str(_SHAPE["Default"])


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
        url = _public_url(stacks.describe(account, name))
        if _leads_here(url):
            raise DeployError(
                f"{name} would tell everybody that the platform is at {url}. Set PUBLIC_URL to "
                "the address where people reach it, such as https://rookery.example."
            )
