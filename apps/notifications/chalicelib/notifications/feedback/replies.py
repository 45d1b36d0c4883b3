"""Replies by SMS that end text messages, or ask for them again."""

from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import consents, directory, phones, suppressions
from chalicelib.notifications.contacts.consents import Consent
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import OUTSIDE

# Sources of consents.
STOPPED, STARTED = "sms_stop", "sms_start"
_REASON = "opted_out"
# Times of replies may be of whole seconds.
_TOLERANCE_MS = 1_000


def apply(number: str, source: str, at: int | None) -> None:
    """Suppress a number or lift that, and record it as consents.

    May be repeated: a reply that is older than the last one changes nothing. It is compared with
    replies only, whose times are of one clock. Calls: 1 or 2 SQL statements, and 3 per recipient
    with the number, a hundred recipients at most.

    Args:
        source: ``sms_stop`` or ``sms_start``.
        at: Unix ms of the reply, if known.
    """
    own = [one for one in directory.store().holders(number) if _number_of(one) == number]
    history = consents.store()
    last = [history.newest(one, names.SMS) for one in own]
    if at is not None and any(_replied_after(one, at) for one in last):
        return
    # First the suppression: it matters more than history.
    if source == STOPPED:
        suppressions.add(names.SMS, digest(number), _REASON)
    else:
        suppressions.store().remove(names.SMS, digest(number))
    for one, before in zip(own, last, strict=True):
        # Behind what it ends, whatever the clocks say.
        moment = at if before is None or at is None else max(at, before.at + 1)
        history.add(one, names.SMS, source, granted=source == STARTED, at=moment)


def _replied_after(last: Consent | None, at: int) -> bool:
    if last is None or last.source not in (STOPPED, STARTED):
        return False
    return last.at > at + _TOLERANCE_MS


def _number_of(recipient_id: str) -> str | None:
    if recipient_id.startswith(OUTSIDE):
        contact = directory.store().find(recipient_id)
        return contact.phone if contact else None
    found = phones.store().find(recipient_id)
    return found.number if found else None
