"""The bench's part ``delivery``, each measurement in its own process."""

from typing import Any

from bench.children import last_line
from bench.delivery.costs import dollars

COUNT, QUICK = 200, 50
# What tells a member's CPU.
_KINDS = {"email": "mail", "push": "ios"}


def measure(count: int = COUNT) -> dict[str, Any]:
    """Return units and dollars of `bench.delivery.costs`, and ``peers``.

    Args:
        count: mails and pushes of each peer.
    """
    found, peers = last_line("bench.delivery.costs"), last_line("bench.delivery.peers", str(count))
    for name, kind in _KINDS.items():
        by_service = dollars(found[name], peers[kind]["delivering_ms"])
        found[name] |= {"dollars": by_service.pop("all"), "dollars_by_service": by_service}
    return {**found, "peers": peers}
