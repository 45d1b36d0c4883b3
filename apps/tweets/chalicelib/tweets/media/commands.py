"""Upload requests in X's dialects, translated into calls of `uploads`."""

import base64
import binascii

from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.media import uploads

from shared.aws.dynamo import Item
from shared.base.errors import Problem, invalid_request
from shared.http import quotas
from shared.http.api import Call

# A multipart body or base64 makes 4 MB larger; Lambda accepts 6 MB.
MAX_SEGMENT = 4 * 1024 * 1024


def run(call: Call) -> Item | None:
    """Run one command of X's upload route.

    Without a command, the request is a whole upload.

    Returns:
        the media item; ``None`` after an APPEND.

    Raises:
        Problem: 400 for missing members, 413 for a segment that is too large; see `uploads`.
    """
    asked = {**call.query, **call.body}
    match asked.get("command"):
        case "INIT":
            return initialize(call.user_id, _parse_size(asked))
        case "APPEND":
            append(call, _require(asked, "media_id"))
            return None
        case "FINALIZE":
            return uploads.finalize(call.user_id, _require(asked, "media_id"))
        case "STATUS":
            return uploads.status(call.user_id, _require(asked, "media_id"))
    return uploads.upload_whole(
        call.user_id, received(call), asked.get("media_category"), _parse_owners(asked)
    )


def initialize(user_id: str, body: Item) -> Item:
    """Announce an upload (INIT).

    Raises:
        Problem: see `uploads.initialize`.
    """
    return uploads.initialize(
        user_id,
        total_bytes=body.get("total_bytes"),
        media_type=body.get("media_type"),
        category=body.get("media_category"),
        additional_owners=_parse_owners(body),
    )


def append(call: Call, media_id: str) -> Item:
    """Store a segment of an upload (APPEND).

    Raises:
        Problem: 413 for a segment over 4 MB, 429 beyond the day's quota; see `uploads.append`.
    """
    index = int(_require({**call.query, **call.body}, "segment_index"))
    return uploads.append(call.user_id, media_id, index, received(call))


def received(call: Call) -> bytes:
    """Return the bytes of a request, counted against the user's quota.

    Raises:
        Problem: 429 beyond the quota; see `content`.
    """
    found = content(call)
    quotas.charge(DOMAIN, call.user_id, "uploads", len(found))
    return found


def content(call: Call) -> bytes:
    """Return the bytes of a request.

    They are a file of the form, or base64 (``media``; in API 1.1 ``media_data``).

    Raises:
        Problem: 400 when there are none, 413 for more than 4 MB.
    """
    found = call.files.get("media") or call.files.get("media_data")
    if found is None:
        text = call.body.get("media") or call.body.get("media_data")
        if not text:
            raise invalid_request("media is required.")
        try:
            found = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid_request("media is not valid base64.") from error
    if len(found) > MAX_SEGMENT:
        raise Problem(
            413,
            "about:blank",
            "Payload Too Large",
            f"A request can carry {MAX_SEGMENT} bytes of media; send larger files in segments.",
        )
    return found


def _parse_size(asked: Item) -> Item:
    """Make ``total_bytes`` a number; forms have it as text."""
    return {**asked, "total_bytes": int(asked["total_bytes"])} if "total_bytes" in asked else asked


def _require(asked: Item, name: str) -> str:
    if name not in asked:
        raise invalid_request(f"{name} is required.")
    return str(asked[name])


def _parse_owners(body: Item) -> tuple[str, ...]:
    given = body.get("additional_owners", ())
    listed = given.split(",") if isinstance(given, str) else given
    return tuple(one.strip() for one in listed if one.strip())[:100]
