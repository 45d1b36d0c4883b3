"""Requests about uploads, in whichever of X's dialects they come, as calls of `media_uploads`."""

import base64
import binascii
from typing import Any

from chalicelib.tweets.media import uploads

from shared.base.errors import Problem, invalid_request
from shared.http.api import Call

Item = dict[str, Any]

# 4 MB, and what a multipart body or base64 around it may add; Lambda itself takes 6 MB.
MAX_SEGMENT = 4 * 1024 * 1024


def run(call: Call) -> Item | None:
    """One command of X's upload route, without one a one-shot upload; ``None`` after an APPEND.

    Raises:
        Problem: 400 for members that are missing, 413 for a segment that is too large, and
            those of `media_uploads`.
    """
    asked = {**call.query, **call.body}
    match asked.get("command"):
        case "INIT":
            return initialize(call.user_id, _typed(asked))
        case "APPEND":
            append(call, _needed(asked, "media_id"))
            return None
        case "FINALIZE":
            return uploads.finalize(call.user_id, _needed(asked, "media_id"))
        case "STATUS":
            return uploads.status(call.user_id, _needed(asked, "media_id"))
    return uploads.upload_whole(
        call.user_id, content(call), asked.get("media_category"), _owners(asked)
    )


def initialize(user_id: str, body: Item) -> Item:
    """INIT.

    Raises:
        Problem: see `media_uploads.initialize`.
    """
    return uploads.initialize(
        user_id,
        total_bytes=body.get("total_bytes"),
        media_type=body.get("media_type"),
        category=body.get("media_category"),
        additional_owners=_owners(body),
    )


def append(call: Call, media_id: str) -> Item:
    """APPEND.

    Raises:
        Problem: 413 for a segment over 4 MB; see `media_uploads.append`.
    """
    index = int(_needed({**call.query, **call.body}, "segment_index"))
    return uploads.append(call.user_id, media_id, index, content(call))


def _typed(asked: Item) -> Item:
    typed = dict(asked)
    if "total_bytes" in typed:
        typed["total_bytes"] = int(typed["total_bytes"])
    return typed


def _needed(asked: Item, name: str) -> str:
    if name not in asked:
        raise invalid_request(f"{name} is needed.")
    return str(asked[name])


def _owners(body: Item) -> tuple[str, ...]:
    given = body.get("additional_owners", ())
    listed = given.split(",") if isinstance(given, str) else given
    return tuple(one.strip() for one in listed if one.strip())[:100]


def content(call: Call) -> bytes:
    """The bytes: a file of the form, or base64 (`media` in JSON, `media_data` in API 1.1).

    Raises:
        Problem: 400 when there are none, 413 for over 4 MB.
    """
    found = call.files.get("media") or call.files.get("media_data")
    if found is None:
        text = call.body.get("media") or call.body.get("media_data")
        if not text:
            raise invalid_request("media is needed.")
        try:
            found = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid_request("media is not valid base64.") from error
    if len(found) > MAX_SEGMENT:
        raise Problem(
            413,
            "about:blank",
            "Payload Too Large",
            f"One request takes {MAX_SEGMENT} bytes of media; send more in segments.",
        )
    return found
