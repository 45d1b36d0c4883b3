"""The decision per channel: now, later, in a digest, or not at all.

`plan` is pure. `plan_all` reads what it needs and changes nothing, so that a dry run shows what
would happen. `commit` then counts; it may be repeated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.notifications.core.content import Content
from chalicelib.notifications.planning import categories, preferences, throttles
from chalicelib.notifications.planning.settings import DIGEST_CHANNEL, Preferences
from chalicelib.notifications.planning.throttles import Usage

SEND, DEFER, DIGEST, SUPPRESS = "send", "defer", "digest", "suppress"


@dataclass(frozen=True)
class Decision:
    """Fate of a notification in one channel.

    Attributes:
        action: ``send``, ``defer``, ``digest`` or ``suppress``.
        at: moment (Unix ms) of what happens later.
        reason: the ledger's word for what is not sent now.
    """

    action: str
    at: int | None = None
    reason: str | None = None


_NOW = Decision(SEND)


def plan(
    content: Content,
    channel: str,
    now: int,
    own: Preferences | None = None,
    used: Usage | None = None,
) -> Decision:
    """Decide about one channel.

    Args:
        now: Unix ms.
        own: the recipient's preferences; without them, they are loaded.
        used: what the channel had lately, where a limit applies.
    """
    category = categories.category_of(content)
    if category in categories.ESSENTIAL:
        return _NOW
    own = preferences.of(content.user_id) if own is None else own
    if not own.allows(category, channel):
        return Decision(SUPPRESS, reason=own.refusal(category, channel))
    if channel in categories.SILENT:
        return _NOW
    decided = _NOW
    if channel == DIGEST_CHANNEL and category != categories.DIGEST:
        due = own.digest_at(now)
        decided = decided if due is None else Decision(DIGEST, due)
    if decided is _NOW:
        quiet = own.quiet.until(now) if own.quiet else None
        decided = decided if quiet is None else Decision(DEFER, quiet, "quiet_hours")
    if decided.at is not None and content.is_expired(decided.at):
        return Decision(SUPPRESS, reason="expired")
    limit = throttles.limits(own, category, channel)
    if decided is _NOW and limit is not None and (used or Usage()).exceeds(limit, now):
        return Decision(SUPPRESS, reason="throttled")
    return decided


def prepare(contents: Iterable[Content]) -> None:
    """Read the preferences that plans for notifications will need.

    Calls: 1 BatchGetItem per hundred recipients that are not cached.
    """
    planned = (one for one in contents if one.audience is None)
    preferences.of_many(
        one.user_id for one in planned if categories.category_of(one) not in categories.ESSENTIAL
    )


def plan_all(content: Content, now: int) -> dict[str, Decision]:
    """Decide about every channel of a notification; nothing is written.

    Calls: 1 GetItem per recipient in ten seconds; 1 per channel with a limit.
    """
    if categories.category_of(content) in categories.ESSENTIAL:
        return dict.fromkeys(content.channels, _NOW)
    own = preferences.of(content.user_id)
    return {
        channel: plan(content, channel, now, own, _usage(content, channel, own))
        for channel in content.channels
    }


def commit(content: Content, decided: Mapping[str, Decision], now: int) -> dict[str, Decision]:
    """Count what is sent where a limit applies; return the final decisions.

    May be repeated. Calls: per channel with a limit 1 GetItem and 1 PutItem.

    Args:
        decided: the channels to be sent to now; others are not counted.
    """
    final = dict(decided)
    category = categories.category_of(content)
    for channel, one in decided.items():
        if one.action == SEND and channel not in categories.SILENT:
            limit = throttles.limits(preferences.of(content.user_id), category, channel)
            if limit is not None and not throttles.take(
                content.user_id, channel, content.id, limit, now
            ):
                final[channel] = Decision(SUPPRESS, reason="throttled")
    return final


def _usage(content: Content, channel: str, own: Preferences) -> Usage | None:
    limit = throttles.limits(own, categories.category_of(content), channel)
    return None if limit is None else throttles.usage(content.user_id, channel, content.id)
