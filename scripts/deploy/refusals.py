"""Refuse what a deployment could not take back later."""

from __future__ import annotations

from scripts.deploy.account import Account, DeployError
from scripts.wiring.regions import NUMBERS


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
