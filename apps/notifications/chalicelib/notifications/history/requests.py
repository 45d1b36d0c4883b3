"""The history of a sender's requests: listed and searched, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.notifications.access.callers import shown_id
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import first_id
from chalicelib.notifications.core.content import OUTSIDE, Content
from chalicelib.notifications.core.models import CHILDREN, NOTIFICATIONS, SENT
from chalicelib.notifications.history import notifications

from shared.base.clock import iso, parse_iso
from shared.base.errors import invalid_request
from shared.base.pagination import decode_position, encode_token

# Requests read per page at most, however few of them match.
_ROUNDS = 5
_ROUND = 100
# Sorts above every id.
_LAST = "g"


@dataclass(frozen=True)
class Search:
    """Conditions on requests; ``None`` for any.

    Attributes:
        words: text in the title, the text, or the name or data of a template, in any case.
        channel: one that the request names, or may take where it leaves them open.
        since / until: Unix ms of the request, inclusive and exclusive.
    """

    words: str | None = None
    category: str | None = None
    channel: str | None = None
    recipient: str | None = None
    since: int | None = None
    until: int | None = None

    @classmethod
    def of(cls, query: dict[str, Any]) -> "Search":
        """Return the conditions of a query.

        Raises:
            Problem: 400 for a time that is none.
        """
        return cls(
            query.get("query"),
            query.get("category"),
            query.get("channel"),
            query.get("to"),
            _moment(query, "start_time"),
            _moment(query, "end_time"),
        )

    def matches(self, content: Content) -> bool:
        """True if a request meets the conditions other than its time."""
        template = (content.template or "").rpartition("/")[2]
        told = (content.title, content.text, template, *_texts(content.data))
        words = "\n".join(filter(None, told)).casefold()
        named = (content.audience or {}).get("ids", [content.user_id])
        return (
            (self.words is None or self.words.casefold() in words)
            and (self.category is None or self.category == content.category)
            and (self.channel is None or self.channel in _channels(content))
            and (self.recipient is None or self.recipient in map(shown_id, named))
        )


def page(sender_id: str, search: Search, size: int, token: str | None) -> dict[str, Any]:
    """Return a page of a sender's requests.

    Calls: at most five rounds of a Query and a BatchGetItem of a hundred. A page may have
    fewer entries than asked for, and still a next one.

    Raises:
        Problem: 400 for an invalid token.
    """
    context = f"sent:{sender_id}"
    position = decode_position(context, token, before=str)
    before = position["before"] if position else _bound(search.until)
    data: list[dict[str, Any]] = []
    more = True
    for _ in range(_ROUNDS):
        ids = _ids(sender_id, before, search.since)
        more = len(ids) == _ROUND
        found = notifications.find_many(ids)
        for number, one in enumerate(ids, 1):
            before = one
            if one in found and search.matches(found[one]):
                data.append(summary(found[one]))
            if len(data) == size:
                more = more or number < len(ids)
                break
        if not more or len(data) == size:
            break
    meta: dict[str, Any] = {"result_count": len(data)}
    if more:
        meta["next_token"] = encode_token(context, {"before": before})
    return {"data": data, "meta": meta} if data else {"meta": meta}


def summary(content: Content) -> dict[str, Any]:
    """Return a request as lists show it."""
    audience = content.audience or {}
    shown = {
        "id": content.id,
        "user_id": None if content.audience else shown_id(content.user_id),
        "recipients": len(audience["ids"]) if "ids" in audience else None,
        "topic": audience["topic"].partition("#")[2] if "topic" in audience else None,
        "segment": audience.get("segment", {}).get("name"),
        "category": content.category,
        "channels": list(content.channels) or None,
        "title": content.title,
        "text": content.text,
        "url": content.url,
        **_template(content.template),
        "created_at": iso(content.created_at),
        "schedule_at": iso(content.schedule_at) if content.schedule_at else None,
        "expires_at": iso(content.expires_at) if content.expires_at else None,
        "cancelled_at": iso(content.cancelled_at) if content.cancelled_at else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _texts(value: Any) -> Iterator[str]:
    """Texts in the data of a template, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _channels(content: Content) -> set[str]:
    """Channels that a request names, or that its parts may take."""
    if content.channels:
        return set(content.channels)
    ids = (content.audience or {}).get("ids")
    outside = ids is None or any(one.startswith(OUTSIDE) for one in ids)
    users = ids is None or any(one and not one.startswith(OUTSIDE) for one in ids)
    found = {names.EMAIL, *(names.PUSH_CHANNELS if content.auto else ())}
    return found | ({names.SMS} if outside else set()) | ({names.INBOX} if users else set())


def _template(reference: str | None) -> dict[str, Any]:
    """Name and version of a template, without its owner."""
    if reference is None:
        return {}
    name, _, version = reference.rpartition("/")[2].partition("@")
    return {"template": name, **({"template_version": int(version)} if version else {})}


def children(parent_id: str, size: int, token: str | None) -> tuple[list[Content], str | None]:
    """Return a page of a notification's parts, and the next page's token.

    Calls: 1 Query, 1 BatchGetItem per hundred.

    Raises:
        Problem: 400 for an invalid token.
    """
    context = f"children:{parent_id}"
    position = decode_position(context, token, after=str)
    condition = "#parent_id = :parent" + (" AND #id > :after" if position else "")
    values = {"parent": parent_id, "after": position["after"] if position else None}
    items = NOTIFICATIONS.page(condition, values, index=CHILDREN, limit=size + 1).items
    ids = [item["id"] for item in items[:size]]
    found = notifications.find_many(ids)
    more = len(items) > size
    following = encode_token(context, {"after": ids[-1]}) if more else None
    return [found[one] for one in ids if one in found], following


def _ids(sender_id: str, before: str, since: int | None) -> list[str]:
    low = "" if since is None else first_id(since)
    condition = "#request_by = :sender AND #id BETWEEN :low AND :high"
    values = {"sender": sender_id, "low": low or "0", "high": before}
    found = NOTIFICATIONS.page(condition, values, index=SENT, descending=True, limit=_ROUND + 1)
    return [item["id"] for item in found.items if item["id"] != before][:_ROUND]


def _bound(until: int | None) -> str:
    return _LAST if until is None else first_id(until)


def _moment(query: dict[str, Any], name: str) -> int | None:
    if name not in query:
        return None
    try:
        return parse_iso(query[name])
    except ValueError as error:
        raise invalid_request(
            f"`{name}` must be an RFC 3339 time.", **{name: query[name]}
        ) from error
