"""X API v2: media uploads and media objects; direct uploads."""

from typing import Any

from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.media import (
    commands,
    lookup,
    object_store,
    posters,
    schemas,
    subtitles,
    uploads,
)
from chalicelib.tweets.routes import answers

from shared.auth.scopes import any_access, user_access
from shared.base.components import data
from shared.base.errors import not_found
from shared.contracts.fields import MEDIA_FIELD_QUERY
from shared.contracts.schemas.responses import ONE_MEDIA, SEVERAL_MEDIA, done
from shared.http import quotas
from shared.http.api import Api, Call

api = Api(__name__, "Media")

_READ = any_access("tweet.read")
_WRITE = user_access("media.write")


@api.endpoint(
    "POST",
    "/2/media/upload",
    access=_WRITE,
    summary="Upload media",
    answer=answers.UPLOAD_STEP,
    query=schemas.COMMAND_QUERY,
    body=schemas.UPLOAD,
    form=True,
    multipart=True,
    limit=500,
    app_limit=50_000,
)
def upload(call: Call) -> Any:
    """Upload media in one request, or one step of a chunked upload.

    The steps are INIT, APPEND and FINALIZE, as `command`.
    """
    made = commands.run(call)
    return None if made is None else {"data": uploads.present(made)}


@api.endpoint(
    "GET",
    "/2/media/upload",
    access=_WRITE,
    summary="Get the status of a media upload",
    answer=answers.MEDIA_UPLOAD,
    query={"command": {"enum": ["STATUS"]}, "media_id": schemas.MEDIA_ID},
    required=("media_id",),
    limit=1000,
    app_limit=100_000,
)
def upload_status(call: Call) -> Any:
    """Return the state of a media upload."""
    found = uploads.status(call.user_id, call.query["media_id"])
    return {"data": uploads.present(found)}


@api.endpoint(
    "POST",
    "/2/media/upload/initialize",
    access=_WRITE,
    summary="Initialize a chunked media upload",
    answer=answers.MEDIA_UPLOAD,
    body=schemas.INITIALIZE,
    limit=1875,
    app_limit=180_000,
)
def initialize(call: Call) -> Any:
    """Announce a chunked upload of media."""
    return {"data": uploads.present(commands.initialize(call.user_id, call.body))}


@api.endpoint(
    "POST",
    "/2/media/upload/{id}/append",
    access=_WRITE,
    summary="Append a segment to a media upload",
    answer=answers.APPENDED,
    body=schemas.APPEND,
    multipart=True,
    limit=1875,
    app_limit=180_000,
)
def append(call: Call) -> Any:
    """Append one segment; order does not matter."""
    made = commands.append(call, call.path_id("id"))
    return {"data": {"expires_at": made["expires_at"]}}


@api.endpoint(
    "POST",
    "/2/media/upload/{id}/finalize",
    access=_WRITE,
    summary="Finalize a media upload",
    answer=answers.MEDIA_UPLOAD,
    limit=1875,
    app_limit=180_000,
)
def finalize(call: Call) -> Any:
    """Put the segments together; videos are then processed."""
    made = uploads.finalize(call.user_id, call.path_id("id"))
    return {"data": uploads.present(made)}


@api.endpoint(
    "POST",
    "/2/media/metadata",
    access=_WRITE,
    summary="Set the alt text of media",
    answer=answers.ALT_TEXT,
    body=schemas.METADATA,
    limit=500,
    app_limit=50_000,
)
def metadata(call: Call) -> Any:
    """Set the alternative text of media, before it is tweeted."""
    media_id, text = call.body["id"], call.body["metadata"]["alt_text"]["text"]
    uploads.describe(call.user_id, media_id, text)
    return {"data": {"id": media_id, "associated_metadata": {"alt_text": {"text": text}}}}


@api.endpoint(
    "POST",
    "/2/media/subtitles",
    access=_WRITE,
    summary="Add subtitles to a video",
    answer=answers.SUBTITLES,
    body=schemas.SUBTITLES,
    limit=500,
)
def add_subtitles(call: Call) -> Any:
    """Attach previously uploaded subtitles to your video."""
    media_id, category = call.body["id"], call.body["media_category"]
    made = subtitles.add(call.user_id, media_id, call.body["subtitles"])
    return {"data": {"id": media_id, "media_category": category, **made}}


@api.endpoint(
    "DELETE",
    "/2/media/subtitles",
    access=_WRITE,
    summary="Delete a video's subtitles",
    answer=done(deleted=True),
    body=schemas.NO_SUBTITLES,
    limit=500,
)
def delete_subtitles(call: Call) -> Any:
    """Delete the subtitles of your video in one language."""
    return {"data": subtitles.remove(call.user_id, call.body["id"], call.body["language_code"])}


@api.endpoint(
    "GET",
    "/2/media",
    access=_READ,
    summary="Get media by keys",
    answer=SEVERAL_MEDIA,
    query={**MEDIA_FIELD_QUERY, "media_keys": schemas.MEDIA_KEYS},
    required=("media_keys",),
)
def get_media(call: Call) -> Any:
    """Return up to 100 media objects; `errors` name the missing ones."""
    return lookup.by_keys(call.viewer_id, call.query["media_keys"], call.query)


@api.endpoint(
    "GET",
    "/2/media/{id}",
    access=_READ,
    summary="Get media by key",
    answer=ONE_MEDIA,
    query=MEDIA_FIELD_QUERY,
)
def get_one(call: Call) -> Any:
    """Return a media object."""
    key = call.path["id"]
    if not schemas.KEY.fullmatch(key):
        raise not_found("media", key, "media_key")
    body = lookup.by_keys(call.viewer_id, [key], call.query)
    if "data" not in body:
        raise not_found("media", key, "media_key")
    return {"data": body["data"][0]}


@api.endpoint(
    "POST",
    "/1/media",
    access=_WRITE,
    summary="Start a direct media upload",
    answer=data(answers.ANNOUNCED),
    status=201,
    body=schemas.ANNOUNCE,
    limit=500,
)
def announce(call: Call) -> Any:
    """Announce an upload that goes straight to the bucket.

    The form takes exactly the announced number of bytes; finalize the upload as any other.
    """
    made, size = commands.initialize(call.user_id, call.body), call.body["total_bytes"]
    # The bytes bypass the API, so they count when they are announced.
    quotas.charge(DOMAIN, call.user_id, "uploads", size)
    form = object_store.presigned_form(made["id"], size, size)
    return {"data": {**uploads.present(made), **form}}


@api.endpoint(
    "POST",
    "/1/media/{id}/poster",
    access=_WRITE,
    summary="Set a video's preview image",
    answer=answers.MEDIA_UPLOAD,
    body=schemas.POSTER,
    multipart=True,
    limit=500,
)
def poster(call: Call) -> Any:
    """Set the image that is shown before your video plays."""
    made = posters.add(call.user_id, call.path_id("id"), commands.received(call))
    return {"data": uploads.present(made)}
