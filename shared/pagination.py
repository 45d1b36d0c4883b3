"""Opaque page tokens.

A token carries the position of the next page and a digest of what it belongs
to (the list and its owner), so a token taken to another list is refused
instead of answering with a surprising page. It holds nothing secret and
grants nothing: the list itself is always chosen by path and principal.
"""

import base64
import binascii
import hashlib
import json
from typing import Any

from shared.errors import Problem, invalid_request
from shared.ids import MAX_ID

_MAX_LENGTH = 512


def encode_token(context: str, position: dict[str, Any]) -> str:
    """The token of a position within the list named by ``context``."""
    payload = json.dumps([_digest(context), position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(payload).rstrip(b"=").decode()


def decode_token(context: str, token: str | None) -> dict[str, Any] | None:
    """The position in a token, ``None`` for no token.

    Raises:
        Problem: 400 when the token is malformed or belongs to another list.
    """
    if not token:
        return None
    try:
        if len(token) > _MAX_LENGTH:
            raise ValueError("too long")
        digest, position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if digest != _digest(context) or not isinstance(position, dict):
            raise ValueError("another list")
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise invalid_token(token) from error
    return position


def decode_position(context: str, token: str | None, **members: type) -> dict[str, Any] | None:
    """Like `decode_token`, and every named member must be there with its type.

    A position that was made up has to be one that a table takes: numbers are
    no larger than an id, texts are neither empty nor unprintable.
    """
    position = decode_token(context, token)
    if position is not None and token is not None:
        for name, kind in members.items():
            if type(position.get(name)) is not kind or not _takes(position[name]):
                raise invalid_token(token)
    return position


def invalid_token(token: str) -> Problem:
    """400 for a page token that does not fit."""
    return invalid_request(
        "The `pagination_token` query parameter value is not valid", pagination_token=token
    )


def _takes(value: Any) -> bool:
    if isinstance(value, int):
        return 0 <= value <= MAX_ID
    return bool(value) and str(value).isprintable()


def _digest(context: str) -> str:
    return hashlib.sha256(context.encode()).hexdigest()[:12]
