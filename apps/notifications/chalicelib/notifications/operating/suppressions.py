"""Suppressed addresses, shown and lifted by operators."""

from typing import Any

from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import suppressions

from shared.base.clock import iso
from shared.base.errors import Problem, invalid_request
from shared.base.observability import logger
from shared.base.pagination import decode_position, encode_token


def page(channel: str, target: str | None, size: int, token: str | None) -> dict[str, Any]:
    """Return suppressions of a channel by target (1 SQL query).

    Args:
        channel: ``email`` or ``sms``.
        target: digest of the only address to show.

    Raises:
        Problem: 400 for an invalid token.
    """
    if target is not None:
        entry = suppressions.store().entry(channel, target)
        found = [suppressions.Suppression(target, *entry)] if entry else []
        return _answer(channel, found)
    context = f"suppressions:{channel}"
    position = decode_position(context, token, after=str)
    after = position["after"] if position else ""
    found = suppressions.store().page(channel, after, size + 1)
    answer = _answer(channel, found[:size])
    if len(found) > size:
        answer["meta"]["next_token"] = encode_token(context, {"after": found[size - 1].digest})
    return answer


def lift(body: dict[str, Any]) -> dict[str, Any]:
    """Lift the suppression of an address, named by itself or its digest.

    Raises:
        Problem: 400 unless exactly one of them is given; 404 if it is not suppressed.
    """
    if ("address" in body) == ("target" in body):
        raise invalid_request("The body must have either `address` or `target`.")
    channel = body["channel"]
    target = body["target"] if "target" in body else digest(body["address"])
    store = suppressions.store()
    entry = store.entry(channel, target)
    if entry is None:
        detail = "Nothing is suppressed for this address."
        raise Problem(404, "resource-not-found", "Not Found Error", detail)
    store.remove(channel, target)
    logger().info("suppression lifted", channel=channel, target=target, reason=entry[0])
    return _shown(channel, suppressions.Suppression(target, *entry))


def _answer(channel: str, found: list[suppressions.Suppression]) -> dict[str, Any]:
    data = [_shown(channel, one) for one in found]
    return {"data": data, "meta": {"result_count": len(data)}}


def _shown(channel: str, one: suppressions.Suppression) -> dict[str, Any]:
    return {"channel": channel, "target": one.digest, "reason": one.reason, "at": iso(one.at)}
