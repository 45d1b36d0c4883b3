"""Names of the domain's tables, queues and channels, in one place."""

from shared.base.config import settings

DOMAIN = "notifications"

INBOX = "inbox"
EMAIL = "email"


def table(thing: str) -> str:
    """``rookery-<stage>-notifications-<thing>``."""
    return settings().name(DOMAIN, thing)
