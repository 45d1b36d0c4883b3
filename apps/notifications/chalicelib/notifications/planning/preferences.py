"""Stored preferences of recipients, behind a cache of some seconds.

Recipients who set nothing have no item, which is cached as well: planning reads each recipient
at most once per ten seconds and process. With ``CACHE_URL`` processes share what they read.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.notifications.contacts import consents, directory
from chalicelib.notifications.core import cache
from chalicelib.notifications.core.content import OUTSIDE
from chalicelib.notifications.core.planning_models import PREFERENCES
from chalicelib.notifications.planning import categories, settings
from chalicelib.notifications.planning.settings import Preferences, Stored

from shared.aws.dynamo import Item
from shared.base.backoff import pause
from shared.base.clock import now_ms
from shared.base.config import settings as process_settings
from shared.base.errors import conflict, invalid_request
from shared.base.process import Cache, process

_ATTEMPTS = 6
_cache: Cache[str, Stored] = process.cache(20_000, seconds=10)


def of(recipient_id: str) -> Preferences:
    """Return a recipient's preferences (1 GetItem if they are not cached)."""
    cached = _cache.get(recipient_id)
    if cached is not None:
        return _preferences(recipient_id, cached)
    shared = cache.preferences()
    stored = shared.get(recipient_id)
    if stored is None:
        # Consistent where it is shared: a change before this read must be in what is kept.
        consistent = bool(process_settings().cache_url)
        stored = PREFERENCES.get(_key(recipient_id), consistent=consistent) or {}
        shared.fill(recipient_id, stored)
    return _preferences(recipient_id, _cache.put(recipient_id, stored))


def of_many(recipient_ids: Iterable[str]) -> dict[str, Preferences]:
    """Return the preferences of recipients.

    1 BatchGetItem per hundred that are not cached, here or by other processes.
    """
    wanted = list(dict.fromkeys(recipient_ids))
    found = _cache.get_many(wanted)
    missing = [one for one in wanted if one not in found]
    if missing:
        shared = cache.preferences()
        known: dict[str, Stored] = shared.get_many(missing)
        stored: dict[str, Stored] = {one: {} for one in missing if one not in known}
        # Consistent where it is shared, as in `of`.
        consistent = bool(process_settings().cache_url)
        items = PREFERENCES.get_many(map(_key, stored), consistent=consistent) if stored else []
        stored |= {item["recipient_id"]: item for item in items}
        shared.fill_many(stored)
        _cache.put_many(stored | known)
        found |= stored | known
    return {one: _preferences(one, item) for one, item in found.items()}


def show(recipient_id: str) -> dict[str, Any]:
    """Return a recipient's preferences for the API (1 consistent GetItem)."""
    return settings.shown(_stored(recipient_id) or {}, _home(recipient_id))


def change(recipient_id: str, told: Stored) -> dict[str, Any]:
    """Merge a change into a recipient's preferences; return all of them.

    Raises:
        Problem: 400: it makes no sense (see `settings.merged`), or names a category that
            nobody can turn off; 409: others kept changing them.
    """
    if essential := categories.ESSENTIAL & set(told.get("categories", ())):
        raise invalid_request(
            "These notifications cannot be turned off.", categories=sorted(essential)
        )
    home = _home(recipient_id)
    if _is_erased(recipient_id):
        return settings.shown(settings.merged({}, told, home), home)
    before: set[str] = set()

    def make(stored: Stored) -> Item:
        before.clear()
        before.update(stored.get("unsubscribed") or ())
        return settings.merged(stored, told, home)

    changed = _change(recipient_id, make)
    for one in sorted(before - set(changed.get("unsubscribed") or ())):
        category, _, channel = one.partition("/")
        if told["categories"][category][channel]:
            consents.store().add(recipient_id, channel, f"subscribed_{category}")
    return settings.shown(changed, home)


def unsubscribe(recipient_id: str, category: str, channel: str) -> None:
    """Turn a category off for a channel, for good; may be repeated.

    It is a consent withdrawn, whose source names the category, until `change` takes it back.

    Raises:
        Problem: 409: others kept changing the preferences.
    """
    if _is_erased(recipient_id):
        return
    _change(recipient_id, lambda stored: settings.without(stored, category, channel))
    consents.store().add(recipient_id, channel, f"unsubscribed_{category}", granted=False)


def remove(recipient_id: str, until: int) -> None:
    """Delete preferences that were set up to a moment (Unix ms): for erasures."""
    PREFERENCES.delete(_key(recipient_id), "#updated_at <= :until", {"until": until})
    _changed(recipient_id)


def _is_erased(recipient_id: str) -> bool:
    """True for the erased, whose old mails have links (1 SQL statement)."""
    return bool(directory.store().erased_among([recipient_id]))


def _change(recipient_id: str, make: Callable[[Stored], Item]) -> Item:
    """Replace the item unless others changed it meanwhile, then again."""
    for attempt in range(_ATTEMPTS):
        stored = _stored(recipient_id)
        version = (stored or {}).get("version", 0)
        made = make(stored or {})
        item = {
            **made,
            **_key(recipient_id),
            "version": version + 1,
            "updated_at": now_ms(),
        }
        condition = "#version = :version" if stored else "attribute_not_exists(#recipient_id)"
        written = PREFERENCES.put(item, condition, {"version": version})
        _changed(recipient_id)
        if written:
            return item
        pause(attempt)
    raise conflict("The preferences were changed by other requests; try again.")


def _preferences(recipient_id: str, stored: Stored) -> Preferences:
    """Preferences in an item.

    The contact, which may change by itself, is read only if they go by its time zone.
    """
    home = _home(recipient_id) if settings.needs_home(stored) else None
    return Preferences.of(stored, home)


def _home(recipient_id: str) -> str | None:
    """Time zone of an outside contact (cached).

    Users name theirs in their preferences.
    """
    if not recipient_id.startswith(OUTSIDE):
        return None
    contact = directory.store().find(recipient_id)
    return contact.time_zone if contact else None


def _changed(recipient_id: str) -> None:
    _cache.pop(recipient_id)
    cache.preferences().changed([recipient_id])


def _stored(recipient_id: str) -> Item | None:
    return PREFERENCES.get(_key(recipient_id), consistent=True)


def _key(recipient_id: str) -> Item:
    return {"recipient_id": recipient_id}
