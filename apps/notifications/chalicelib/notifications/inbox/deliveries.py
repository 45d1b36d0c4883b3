"""Arrival of entries in inboxes, with their part of the unread counts.

An entry's id follows from its cause, so its conditional put lets it arrive once. The counter
remembers which entries were counted (`shared.aws.seen_ring`): all entries of one recipient
in a batch are one write of the counter. Such an entry carries ``ringed``. If its message
comes again (its worker died, or another recipient failed), the ring tells whether it was
counted.

A counter whose ring is full is written in one transaction with its entries, which do not
carry ``ringed``: where such an entry is, it is counted. An entry with ``ringed`` that finds
the ring full loses it in the transaction that counts it.
"""

from collections.abc import Mapping, Sequence

from chalicelib.notifications.core import cache
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.models import COUNTERS, INBOX
from chalicelib.notifications.inbox import entries

from shared.aws import dynamo, expressions
from shared.aws.counting import ATTEMPTS, Contended
from shared.aws.dynamo import Item
from shared.aws.seen_ring import MESSAGE_SECONDS, Ring, digest
from shared.aws.table import Action, Outcome
from shared.base.backoff import pause
from shared.base.clock import now_ms, now_seconds


def add(contents: Sequence[Content]) -> Mapping[int, Exception]:
    """Put notifications into their recipients' inboxes and count them.

    Calls: 1 consistent BatchGetItem; 1 put per notification; 1 update per recipient.

    Returns:
        failures by the index of their notification.
    """
    by_user: dict[str, dict[int, Content]] = {}
    for index, content in enumerate(contents):
        by_user.setdefault(content.user_id, {})[index] = content
    found = COUNTERS.get_many([{"user_id": user_id} for user_id in by_user], consistent=True)
    counters = {item["user_id"]: item for item in found}
    failures: dict[int, Exception] = {}
    for user_id, own in by_user.items():
        unique = {content.id: content for content in own.values()}
        try:
            _add(user_id, list(unique.values()), counters.get(user_id, {}))
        except Exception as failure:
            failures |= dict.fromkeys(own, failure)
    # Also of failures: some of their entries may be there.
    cache.inboxes().changed(by_user)
    return failures


def _add(user_id: str, contents: list[Content], counter: Item) -> None:
    """Put the notifications of one recipient.

    Raises:
        Contended: others kept changing the recipient's counter.
        TransactionCanceled: the same, with a full ring.
    """
    room = Ring.of(counter).with_digests((digest(one.id) for one in contents), MESSAGE_SECONDS)
    if room is None:
        contents = _put_counted(user_id, contents, counter)
    generation = counter.get("generation", 0)
    there = [_put(content, generation) for content in contents]
    uncounted = {digest(entry["id"]): entry for entry in there if _may_be_uncounted(entry)}
    for attempt in range(ATTEMPTS):
        fresh = _fresh(uncounted, counter)
        if not fresh:
            return
        outcome = _count(user_id, fresh, counter)
        if outcome:
            return
        counter = outcome.item or {}
        pause(attempt)
    raise Contended(user_id)


def _put(content: Content, generation: int) -> Item:
    """Put an entry unless it is there; return what is there."""
    entry = {**_item(content, generation), "ringed": True}
    outcome = INBOX.insert(entry)
    return entry if outcome else outcome.item or {}


def _may_be_uncounted(entry: Item) -> bool:
    """True if the ring must tell whether an entry was counted."""
    return "ringed" in entry and now_ms() < entry["delivered_at"] + MESSAGE_SECONDS * 1000


def _fresh(uncounted: Mapping[bytes, Item], counter: Item) -> dict[bytes, Item]:
    """Entries that are to be counted: those of former generations are read."""
    ring, generation = Ring.of(counter), counter.get("generation", 0)
    fresh = {
        one: entry
        for one, entry in uncounted.items()
        if one not in ring and entry["generation"] == generation
    }
    if fresh and ring.marked:
        keys = [entries.key(entry["user_id"], entry["id"]) for entry in fresh.values()]
        still = {item["id"] for item in INBOX.get_many(keys, consistent=True) if "ringed" in item}
        fresh = {one: entry for one, entry in fresh.items() if entry["id"] in still}
    return fresh


def _count(user_id: str, fresh: Mapping[bytes, Item], counter: Item) -> Outcome:
    """Count entries unless the counter changed; a refusal returns the counter."""
    ring, key = Ring.of(counter), {"user_id": user_id}
    seen = ring.with_digests(fresh, MESSAGE_SECONDS)
    if seen is not None:
        return COUNTERS.update(key, *_addition(counter, len(fresh), {"seen": seen}))
    actions = [
        INBOX.update_action(
            entries.key(user_id, entry["id"]), "REMOVE #ringed", {}, "attribute_exists(#ringed)"
        )
        for entry in fresh.values()
    ]
    more = {"marked_at": now_seconds()}
    counted = COUNTERS.update_action(key, *_addition(counter, len(fresh), more, marks=1))
    try:
        dynamo.transact([*actions, counted], conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if canceled.conflict:
            raise
        return Outcome(False, next(iter(COUNTERS.get_many([key], consistent=True)), None))
    return Outcome(True)


def _put_counted(user_id: str, contents: list[Content], counter: Item) -> list[Content]:
    """Put and count entries in one transaction; return those already there."""
    left, there = list(contents), list[Content]()
    for attempt in range(ATTEMPTS):
        if not left:
            return there
        generation = counter.get("generation", 0)
        actions = [INBOX.insert_action(_item(content, generation)) for content in left]
        try:
            dynamo.transact(
                [*actions, _counted_with(user_id, len(left), generation)],
                conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
            )
            return there
        except dynamo.TransactionCanceled as canceled:
            if canceled.conflict:
                raise
            if canceled.failed(len(left)):
                counter = canceled.items[len(left)]
            there += [one for index, one in enumerate(left) if canceled.failed(index)]
            left = [one for one in left if one not in there]
        pause(attempt)
    raise Contended(user_id)


def _addition(counter: Item, amount: int, sets: Item, **more: int) -> tuple[str, Item, str]:
    """Update that counts entries, its values and its condition."""
    generation = counter.get("generation", 0)
    unchanged, read = Ring.of(counter).unchanged()
    current, values = entries.in_generation(generation)
    expression, changed = expressions.change(
        {**sets, "generation": generation}, {"unread": amount, **more}
    )
    return expression, {**read, **values, **changed}, f"{unchanged} AND {current}"


def _counted_with(user_id: str, amount: int, generation: int) -> Action:
    """Action that counts the entries of the same transaction."""
    current, values = entries.in_generation(generation)
    expression, changed = expressions.change({"generation": generation}, {"unread": amount})
    return COUNTERS.update_action({"user_id": user_id}, expression, {**values, **changed}, current)


def _item(content: Content, generation: int) -> Item:
    return {
        **entries.key(content.user_id, content.id),
        "type": content.type,
        "actor_id": content.actor_id,
        "tweet_id": content.tweet_id,
        "crawl_id": content.crawl_id,
        "title": content.title,
        "text": content.text,
        "url": content.url,
        "generation": generation,
        "created_at": content.created_at,
        "delivered_at": now_ms(),
    }
