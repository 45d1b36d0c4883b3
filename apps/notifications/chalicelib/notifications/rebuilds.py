"""Rebuilds of the notifications domain's derived tables."""

from chalicelib.notifications.inbox import recount

from shared.aws.rebuilds import Rebuild, Way

REBUILDS: dict[str, Way] = {
    "counters": (Rebuild("users", "users", recount.recount),),
    "ledger": (
        "It keeps deliveries from being repeated for as long as their messages may return, "
        "four days. Without it an email that is under way may arrive twice."
    ),
    "digests": (
        "It collects what the next digests will tell, at most a day of it. Without it these "
        "notifications are in the inbox only."
    ),
    "throttles": (
        "It counts what a recipient got in the last hour and week. Without it the counts begin "
        "anew."
    ),
    "timers": (
        "They wait for moments of days at most. What is deferred meanwhile stays in the ledger, "
        "and an operator may send it again."
    ),
    "breakers": "They say how providers do; each process finds out again within seconds.",
}
