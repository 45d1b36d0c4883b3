"""Notifications sent over HTTP, from the request to the store."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.notifications.accepting import recipients, reserved, routing
from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.core.caused_ids import fresh_id
from chalicelib.notifications.core.content import MESSAGE, Content
from chalicelib.notifications.core.models import IDEMPOTENCY
from chalicelib.notifications.history import notifications, status
from chalicelib.notifications.templates import use

from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import now_ms, parse_iso
from shared.base.errors import Problem, invalid_request

AUTO = "auto"
MAX_SCHEDULE_MS = 90 * 86_400_000
MAX_TTL_SECONDS = 28 * 86_400


def send(caller: Caller, body: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Accept a notification; it is stored before the answer.

    Delivery follows from the table's stream.

    Args:
        body: the request's, in its present or its former form (``user_id``, ``title``, ``text``).
        headers: of the request, perhaps with an idempotency key.

    Returns:
        id and status; for a repeated idempotency key those of the first request.

    Raises:
        Problem: of `draft`; 409 for an idempotency key used with another body.
    """
    key = IdempotencyKey.from_headers(
        headers, IDEMPOTENCY.name, caller.subject, "POST /1/notifications", body
    )
    try:
        content = draft(caller, body)
    except Problem as problem:
        if key is None:
            raise
        return key.replay_or_raise(problem)
    answer: dict[str, Any] = {"data": {"id": content.id, "status": status.ACCEPTED}}
    if key is not None:
        return notifications.create_once(content, key, answer)
    notifications.create(content)
    return answer


def draft(caller: Caller, body: dict[str, Any]) -> Content:
    """Return the notification that a request asks for.

    Raises:
        Problem: 400 for a body without recipient or content, with a reserved category or an
            impossible time, and as `recipients.address` and `reserved.check`.
    """
    texts, to = _texts(body), _to(body)
    category = body.get("category", MESSAGE)
    now = now_ms()
    schedule_at = _schedule(body.get("schedule_at"), now)
    recipient, audience = recipients.address(caller, to)
    reserved.check(caller, category, recipient, audience)
    begins = schedule_at or now
    channels = body.get("channels", ())
    template = None
    if "template" in body:
        # Before anything is stored: what cannot be rendered is not accepted.
        template = use.prepare(
            caller.id, body["template"], body.get("data", {}), body.get("locale")
        )
    content = Content(
        id=fresh_id(now),
        user_id=recipient or caller.id,
        type="message",
        category=category,
        channels=() if channels == AUTO else tuple(channels),
        created_at=now,
        # Every entry of an inbox has an actor.
        actor_id=recipient if caller.is_key else caller.id,
        sender_id=caller.id,
        audience=audience,
        url=texts.get("url"),
        title=texts.get("title"),
        text=texts.get("text"),
        template=template,
        data=body.get("data"),
        priority=body.get("priority"),
        expires_at=begins + body["ttl"] * 1000 if "ttl" in body else None,
        collapse_key=body.get("collapse_key"),
        schedule_at=schedule_at,
        auto=True if channels == AUTO else None,
        fallback_minutes=_fallback(body, auto=channels == AUTO),
        locale=body.get("locale"),
    )
    return content if audience is not None else routed(content)


def routed(content: Content) -> Content:
    """Return a notification to one recipient with its channels filled in."""
    if content.auto:
        return replace(content, channels=routing.auto_channels(content))
    if not content.channels:
        return replace(content, channels=routing.default_channels(content.user_id))
    return content


def _to(body: dict[str, Any]) -> Any:
    if ("to" in body) == ("user_id" in body):
        raise invalid_request("The body must name the recipients in `to`.")
    return body["to"] if "to" in body else body["user_id"]


def _texts(body: dict[str, Any]) -> dict[str, Any]:
    """Title, text and URL; the former form has them in the body itself."""
    former = "title" in body or "text" in body
    if former + ("content" in body) + ("template" in body) != 1:
        raise invalid_request("The body must have either `content` or `template`.")
    if "data" in body and "template" not in body:
        raise invalid_request("`data` are the values of a template's variables.")
    if former:
        missing = [name for name in ("title", "text") if name not in body]
        if missing:
            raise invalid_request(f"The body must have `{missing[0]}`.")
        return body
    found: dict[str, Any] = body.get("content", {})
    return found


def _fallback(body: dict[str, Any], *, auto: bool) -> int | None:
    minutes: int | None = body.get("fallback_minutes")
    if minutes is not None and not auto:
        raise invalid_request("`fallback_minutes` belongs to the channels `auto`.")
    return minutes


def _schedule(at: str | None, now: int) -> int | None:
    if at is None:
        return None
    try:
        moment = parse_iso(at)
    except ValueError as error:
        raise invalid_request("`schedule_at` must be an RFC 3339 time.", schedule_at=at) from error
    if not now < moment <= now + MAX_SCHEDULE_MS:
        raise invalid_request("`schedule_at` must be within the next 90 days.", schedule_at=at)
    return moment
