"""States of a delivery, and which of them may follow which."""

ACCEPTED = "accepted"
DEFERRED = "deferred"
DIGESTED = "digested"
QUEUED = "queued"
CLAIMED = "claimed"
SENT = "sent"
FAILED = "failed"
SUPPRESSED = "suppressed"
EXPIRED = "expired"
CANCELLED = "cancelled"
DELIVERED = "delivered"
OPENED = "opened"
CLICKED = "clicked"

# A state follows states of a lower rank only. A bounce comes after the provider's acceptance, so
# failures rank above `SENT`; receipts of an arrival rank above all.
RANK = {
    ACCEPTED: 0,
    DEFERRED: 1,
    DIGESTED: 1,
    QUEUED: 2,
    CLAIMED: 3,
    SENT: 4,
    FAILED: 5,
    SUPPRESSED: 5,
    EXPIRED: 5,
    CANCELLED: 5,
    DELIVERED: 6,
    OPENED: 7,
    CLICKED: 8,
}
STATES = tuple(RANK)
WAITING = frozenset({ACCEPTED, DEFERRED, DIGESTED, QUEUED, CLAIMED})
# The provider took it.
ARRIVED = frozenset({SENT, DELIVERED, OPENED, CLICKED})


def below(state: str) -> list[str]:
    """Return the states that a state may follow."""
    return [one for one, rank in RANK.items() if rank < RANK[state]]
