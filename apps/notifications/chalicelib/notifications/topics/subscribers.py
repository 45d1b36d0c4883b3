"""Subscribers of a topic, one item each."""

from chalicelib.notifications.core.operation_models import BY_RECIPIENT, SUBSCRIPTIONS

from shared.base.clock import now_ms

NAME_PATTERN = "^[a-z0-9][a-z0-9_.-]{0,63}$"

# Of one recipient, in an export.
MAX_TOPICS = 1_000


def topic_key(owner: str, name: str) -> str:
    """Return the hash key of a topic; each owner has names of its own."""
    return f"{owner}#{name}"


def add(topic: str, recipient_ids: list[str]) -> None:
    """Subscribe recipients (1 WRU each); those who are subscribed stay so."""
    now = now_ms()
    SUBSCRIPTIONS.batch_write(
        {"topic": topic, "recipient_id": one, "created_at": now} for one in recipient_ids
    )


def remove(topic: str, recipient_ids: list[str]) -> None:
    """Unsubscribe recipients (1 WRU each)."""
    SUBSCRIPTIONS.batch_write(
        deletes=[{"topic": topic, "recipient_id": one} for one in recipient_ids]
    )


def end(recipient_id: str, after: str | None, limit: int, until: int) -> list[str]:
    """End a recipient's subscriptions that began up to a moment (Unix ms).

    Calls: 1 Query; 1 conditional deletion for each.

    Returns:
        the keys of the topics that were looked at, after ``after``.
    """
    condition = "#recipient_id = :one" + (" AND #topic > :after" if after else "")
    values = {"one": recipient_id, "after": after}
    found = SUBSCRIPTIONS.page(condition, values, index=BY_RECIPIENT, limit=limit).items
    for item in found:
        key = {"topic": item["topic"], "recipient_id": recipient_id}
        SUBSCRIPTIONS.delete(key, "#created_at <= :until", {"until": until})
    return [item["topic"] for item in found]


def page(topic: str, after: str | None, limit: int) -> list[str]:
    """Return subscribers after a recipient, in order (one Query)."""
    condition = "#topic = :topic" + (" AND #recipient_id > :after" if after else "")
    found = SUBSCRIPTIONS.page(condition, {"topic": topic, "after": after}, limit=limit)
    return [item["recipient_id"] for item in found.items]


def topics_of(recipient_id: str) -> list[str]:
    """Return the names of a recipient's topics, 1,000 at most (1 Query)."""
    found = SUBSCRIPTIONS.page(
        "#recipient_id = :one", {"one": recipient_id}, index=BY_RECIPIENT, limit=MAX_TOPICS
    )
    return [item["topic"].partition("#")[2] for item in found.items]
