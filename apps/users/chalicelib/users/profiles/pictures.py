"""Profile images and banners, rendered in the sizes of X's URLs.

Objects lie in the media bucket under ``media/u/<user id>/``, with a new name per
picture, so that responses may be cached for good. An upload waits under
``uploads/u/`` for its confirmation and expires after two days.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.users.core.models import USERS
from chalicelib.users.core.names import DOMAIN
from chalicelib.users.core.updates import versioned

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.errors import Problem, invalid_request, not_found
from shared.contracts import profiles
from shared.contracts.media_bucket import PICTURE_UPLOADS, PICTURES, bucket
from shared.http import quotas
from shared.media import images
from shared.media.images import EXTENSIONS, Rendered, Variant

MAX_BYTES = 5_000_000
UPLOAD_SECONDS = 3600
_CACHE = "public, max-age=31536000, s-maxage=86400, immutable"
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Kind:
    """Kind of picture on a profile.

    Attributes:
        name: the user object's member without ``_url``.
        variants: sizes by the names that X's clients put into URLs.
        key: key of the object for a stem, a variant and an extension.
        shown: variant at the address in the user object.
    """

    name: str
    variants: tuple[Variant, ...]
    key: Callable[[str, str, str], str]
    shown: str


# X: "User profile images and banners". The address is that of `normal`, which clients replace
# by another name.
IMAGE = Kind(
    "profile_image",
    tuple(
        Variant(name, size, size, crop=True)
        for name, size in (
            ("400x400", 400), ("200x200", 200), ("bigger", 73), ("normal", 48), ("mini", 24),
        )
    ),
    lambda stem, name, extension: f"{stem}_{name}.{extension}",
    "normal",
)  # fmt: skip
# Clients append ``/1500x500`` and the like; the bare address shows the largest.
BANNER = Kind(
    "profile_banner",
    tuple(
        Variant(name, width, width // 3, crop=True)
        for name, width in (("", 1500), ("1500x500", 1500), ("600x200", 600), ("300x100", 300))
    ),
    lambda stem, name, _: f"{stem}/{name}" if name else stem,
    "",
)
KINDS = {kind.name: kind for kind in (IMAGE, BANNER)}


def begin(user_id: str) -> dict[str, Any]:
    """Return a form for the upload of a picture.

    S3 accepts it for an hour, up to 5 MB.
    """
    upload_id = secrets.token_urlsafe(16)
    form = sdk.client("s3").generate_presigned_post(
        bucket(),
        _upload_key(user_id, upload_id),
        Conditions=[["content-length-range", 1, MAX_BYTES]],
        ExpiresIn=UPLOAD_SECONDS,
    )
    return {"id": upload_id, "url": form["url"], "fields": form["fields"]}


def confirm(user_id: str, kind: Kind, upload_id: str) -> str:
    """Show an uploaded picture on the profile; may be repeated.

    Returns:
        the picture's address.

    Raises:
        Problem: 404 for an unknown upload, 400 for a file that is no picture or too large.
    """
    if not _ID.fullmatch(upload_id):
        raise not_found("upload", upload_id)
    client, key = sdk.client("s3"), _upload_key(user_id, upload_id)
    try:
        answer = client.get_object(Bucket=bucket(), Key=key)
    except client.exceptions.NoSuchKey as error:
        raise not_found("upload", upload_id) from error
    if answer["ContentLength"] > MAX_BYTES:
        raise _too_large()
    url = store(user_id, kind, answer["Body"].read())
    client.delete_object(Bucket=bucket(), Key=key)
    return url


def store(user_id: str, kind: Kind, content: bytes) -> str:
    """Render a picture, show it on the profile, delete the previous one.

    Returns:
        the picture's address.

    Raises:
        Problem: 400 for a file that is no picture, damaged or too large, 429 beyond the
            day's quota of uploads.
    """
    if len(content) > MAX_BYTES:
        raise _too_large()
    quotas.charge(DOMAIN, user_id, "uploads", len(content))
    try:
        made = images.render(content, kind.variants)
    except images.ImageError as error:
        raise invalid_request(f"image: {error}", image="…") from error
    stem = f"{_own(user_id)}{secrets.token_urlsafe(16)}"
    keys = {name: _put(kind, stem, name, one) for name, one in made.items()}
    url = f"{settings().public_url}/{keys[kind.shown]}"
    _show(user_id, kind, url)
    return url


def remove(user_id: str, kind: Kind) -> None:
    """Remove the picture from the profile and delete it. Idempotent."""
    _show(user_id, kind, None)


def remove_all(user_id: str) -> None:
    """Delete all pictures of a user, also those that a crash left behind."""
    for prefix in (_own(user_id), _uploads(user_id)):
        _delete(prefix)


def decode(text: str) -> bytes:
    """Return the bytes in a base64 form field, as API 1.1 takes pictures.

    Raises:
        Problem: 400 for a field that is not base64.
    """
    try:
        # A form turns "+" into a space when the client forgot to escape it.
        return base64.b64decode(text.replace(" ", "+"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid_request("image: not base64", image="…") from error


def _own(user_id: str) -> str:
    return f"{PICTURES}{user_id}/"


def _uploads(user_id: str) -> str:
    return f"{PICTURE_UPLOADS}{user_id}/"


def _upload_key(user_id: str, upload_id: str) -> str:
    return f"{_uploads(user_id)}{upload_id}"


def _put(kind: Kind, stem: str, name: str, picture: Rendered) -> str:
    key = kind.key(stem, name, EXTENSIONS[picture.content_type])
    sdk.client("s3").put_object(
        Bucket=bucket(),
        Key=key,
        Body=picture.content,
        ContentType=picture.content_type,
        CacheControl=_CACHE,
    )
    return key


def _show(user_id: str, kind: Kind, url: str | None) -> None:
    """Change the profile in one write, then delete the previous picture."""
    member, there = f"{kind.name}_url", "attribute_exists(#id)"
    expression, values = versioned({member: url}, at=now_ms())
    outcome = USERS.update({"id": user_id}, expression, values, there, returning="ALL_OLD")
    if not outcome or outcome.item is None:
        raise not_found("user", user_id)
    profiles.forget(user_id)
    if stem := _stem(user_id, outcome.item.get(member)):
        _delete(stem)


def _stem(user_id: str, url: str | None) -> str | None:
    """Beginning of a picture's keys: 22 characters that no other picture has."""
    found = re.search(rf"/({re.escape(_own(user_id))}[A-Za-z0-9_-]{{22}})", url or "")
    return found[1] if found else None


def _delete(prefix: str) -> None:
    """Delete all objects with a prefix; a profile has a handful."""
    client = sdk.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket(), Prefix=prefix):
        keys = [{"Key": one["Key"]} for one in page.get("Contents", ())]
        if keys:
            client.delete_objects(Bucket=bucket(), Delete={"Objects": keys, "Quiet": True})


def _too_large() -> Problem:
    return invalid_request("image: larger than 5 MB", image="…")
