"""Opaque page tokens.

A token carries the position of the next page and a digest of its list and the
list's owner, so another list refuses the token instead of answering with a wrong
page. It holds nothing secret and grants nothing: path and principal alone choose
the list.

It also carries the way, the positions of the pages before, because lists are
read in one direction: going back reads an earlier page again.
"""

import base64
import binascii
import hashlib
import json
from typing import Any

from shared.base.errors import Problem, invalid_request
from shared.base.ids import MAX_ID

MAX_LENGTH = 2048
# Pages that a token leads back at most; fewer where positions are long.
WAY = 12

# Start of a page; ``None`` is the beginning of the list.
Position = dict[str, Any] | None


def encode_token(context: str, position: dict[str, Any], first: Position = None) -> str:
    """Return the token of a position within the list named by ``context``.

    Args:
        first: start of the list's first page, if that was this page and the list may grow
            at its beginning.
    """
    return _encoded(_digest(context), position, [first] if first else [])


def decode_token(context: str, token: str | None) -> dict[str, Any] | None:
    """Return the position in a token, ``None`` for no token.

    Raises:
        Problem: 400 when the token is malformed or belongs to another list.
    """
    if not token:
        return None
    try:
        digest, position, _ = _decoded(token)
        if digest != _digest(context):
            raise ValueError("another list")
    except ValueError as error:
        raise invalid_token(token) from error
    return position


def link(meta: dict[str, Any], token: str | None) -> None:
    """Let the next page's token lead back, and add ``previous_token``.

    Args:
        meta: ``meta`` of the answer, with its ``next_token``.
        token: token of the request for this page.

    Raises:
        Problem: 400 when the token is malformed.
    """
    way: list[Position] = []
    if token:
        try:
            digest, position, before = _decoded(token)
        except ValueError as error:
            raise invalid_token(token) from error
        if before:
            meta["previous_token"] = _encoded(digest, before[-1], before[:-1])
        way = [*before, position][-WAY:]
    if "next_token" in meta:
        digest, position, first = _decoded(meta["next_token"])
        meta["next_token"] = _encoded(digest, position, way or first or [None])


def decode_position(context: str, token: str | None, **members: type) -> dict[str, Any] | None:
    """Return the position of a token whose members have the given types.

    A forged position must be valid for a table: numbers are no larger than an id,
    texts are neither empty nor unprintable.
    """
    position = decode_token(context, token)
    if position is not None and token is not None:
        for name, kind in members.items():
            if type(position.get(name)) is not kind or not _takes(position[name]):
                raise invalid_token(token)
    return position


def _encoded(digest: str, position: Position, way: list[Position]) -> str:
    """Return a token, without the oldest positions of a way that is too long."""
    parts = [digest, position, way] if way else [digest, position]
    payload = json.dumps(parts, separators=(",", ":")).encode()
    token = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    return token if len(token) <= MAX_LENGTH or not way else _encoded(digest, position, way[1:])


def _decoded(token: str) -> tuple[str, Position, list[Position]]:
    """Return digest, position and way of a token.

    Raises:
        ValueError: it is malformed.
    """
    try:
        if len(token) > MAX_LENGTH:
            raise ValueError("too long")
        parts = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        digest, position, way = parts if len(parts) == 3 else (*parts, [])
        if not isinstance(way, list) or len(way) > WAY:
            raise ValueError("no way")
        if not all(one is None or isinstance(one, dict) for one in [position, *way]):
            raise ValueError("no position")
    except (TypeError, binascii.Error, RecursionError) as error:
        raise ValueError("no token") from error
    return digest, position, way


def invalid_token(token: str) -> Problem:
    """400 for an invalid page token."""
    return invalid_request(
        "The `pagination_token` query parameter value is not valid", pagination_token=token
    )


def _takes(value: Any) -> bool:
    if isinstance(value, int):
        return 0 <= value <= MAX_ID
    return bool(value) and str(value).isprintable()


def _digest(context: str) -> str:
    return hashlib.sha256(context.encode()).hexdigest()[:12]
