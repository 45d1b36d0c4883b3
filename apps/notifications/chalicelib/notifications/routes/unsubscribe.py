"""Signed links of mails: they need no login, no cookie and no script.

A GET changes nothing, since mail scanners follow links; a POST does (RFC 8058).
"""

from collections.abc import Callable
from typing import Any

from chalicelib.notifications.planning import preferences
from chalicelib.notifications.unsubscribing import links, pages

from shared.auth.scopes import PUBLIC
from shared.base.answers import HTML, PAGE, Answer
from shared.base.errors import Problem
from shared.base.validation import Schema
from shared.http.api import Api, Call, Reply

api = Api(__name__, "Notification preferences")

_TOKEN: dict[str, Schema] = {
    "token": {"type": "string", "minLength": 1, "maxLength": links.MAX_LENGTH}
}
_INVALID = Answer(status=400, media_type=HTML, description="A page for a link that is not valid")
# Large mail providers unsubscribe their users from a few addresses.
_LIMIT = 30_000


@api.endpoint(
    "GET",
    "/1/notifications/unsubscribe",
    access=PUBLIC,
    summary="Show the page that unsubscribes",
    answer=(PAGE, _INVALID),
    query=_TOKEN,
    required=("token",),
    limit=_LIMIT,
)
def show_unsubscribe(call: Call) -> Any:
    """Show the page behind the link of a mail; it changes nothing by itself."""
    return _answer(call, lambda token: pages.ask(links.read(token), token))


@api.endpoint(
    "POST",
    "/1/notifications/unsubscribe",
    access=PUBLIC,
    summary="Unsubscribe with one click",
    answer=(PAGE, _INVALID),
    query=_TOKEN,
    required=("token",),
    body={
        "type": "object",
        "properties": {"List-Unsubscribe": {"type": "string", "maxLength": 100}},
        "additionalProperties": False,
    },
    form=True,
    multipart=True,
    limit=_LIMIT,
)
def unsubscribe(call: Call) -> Any:
    """End the emails of one category, as mail programs do it (RFC 8058).

    The link is enough; it may be used again.
    """

    def end(token: str) -> str:
        ended = links.read(token)
        preferences.unsubscribe(ended.recipient_id, ended.category, ended.channel)
        return pages.done(ended, token)

    return _answer(call, end)


@api.endpoint(
    "GET",
    "/1/notifications/preferences/page",
    access=PUBLIC,
    summary="Show the page of preferences",
    answer=(PAGE, _INVALID),
    query=_TOKEN,
    required=("token",),
    limit=_LIMIT,
)
def show_preferences(call: Call) -> Any:
    """Show the preferences of the recipient of a mail, by its link."""

    def page(token: str) -> str:
        mailed = links.read(token)
        matrix = preferences.show(mailed.recipient_id)["categories"]
        return pages.preferences(pages.concerning(mailed, matrix), token, saved=False)

    return _answer(call, page)


@api.endpoint(
    "POST",
    "/1/notifications/preferences/page",
    access=PUBLIC,
    summary="Save the page of preferences",
    answer=(PAGE, _INVALID),
    query=_TOKEN,
    required=("token",),
    body={
        "type": "object",
        "maxProperties": 400,
        "additionalProperties": {"type": "string", "maxLength": 10},
    },
    form=True,
)
def save_preferences(call: Call) -> Any:
    """Save the boxes of the page; those that are not checked are turned off."""

    def save(token: str) -> str:
        mailed = links.read(token)
        matrix = preferences.show(mailed.recipient_id)["categories"]
        news = pages.chosen(pages.concerning(mailed, matrix), call.body)
        if news:
            matrix = preferences.change(mailed.recipient_id, {"categories": news})["categories"]
        return pages.preferences(pages.concerning(mailed, matrix), token, saved=True)

    return _answer(call, save)


def _answer(call: Call, make: Callable[[str], str]) -> Reply:
    try:
        return Reply(make(call.query["token"]), headers=pages.HEADERS)
    except Problem as problem:
        if problem.status != 400:
            raise
        told = problem.errors[0]["message"] if problem.errors else problem.detail
        return Reply(pages.invalid(told), 400, pages.HEADERS)
