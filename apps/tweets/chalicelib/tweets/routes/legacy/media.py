"""X API 1.1: media uploads of older clients (tweepy, twitter-api-v2)."""

from typing import Any

from chalicelib.tweets.media import commands, schemas, uploads
from chalicelib.tweets.routes import answers

from shared.auth.scopes import user_access
from shared.base.answers import NO_BODY
from shared.http.api import Api, Call, Reply

api = Api(__name__, "API 1.1")

_WRITE = user_access("media.write")


@api.endpoint(
    "POST",
    "/1.1/media/upload.json",
    access=_WRITE,
    summary="Upload media (API 1.1)",
    answer=answers.UPLOAD_STEP_V1,
    query=schemas.COMMAND_QUERY,
    body=schemas.UPLOAD,
    form=True,
    multipart=True,
    limit=1875,
    legacy=True,
)
def upload_v1(call: Call) -> Any:
    """Upload media in one request, or one step of a chunked upload.

    The steps are INIT, APPEND and FINALIZE, as `command`.
    """
    made = commands.run(call)
    if made is None:
        return Reply(status=204)
    return Reply(uploads.present_v1(made))


@api.endpoint(
    "GET",
    "/1.1/media/upload.json",
    access=_WRITE,
    summary="Get the status of a media upload (API 1.1)",
    answer=answers.UPLOAD_V1,
    query={"command": {"enum": ["STATUS"]}, "media_id": schemas.MEDIA_ID},
    required=("media_id",),
    limit=1000,
    legacy=True,
)
def upload_status_v1(call: Call) -> Any:
    """Return the state of a media upload."""
    return uploads.present_v1(uploads.status(call.user_id, call.query["media_id"]))


@api.endpoint(
    "POST",
    "/1.1/media/metadata/create.json",
    access=_WRITE,
    summary="Set the alt text of media (API 1.1)",
    answer=NO_BODY,
    body=schemas.METADATA_V1,
    limit=500,
    legacy=True,
)
def metadata_v1(call: Call) -> Any:
    """Set the alternative text of media, before it is tweeted."""
    uploads.describe(call.user_id, str(call.body["media_id"]), call.body["alt_text"]["text"])
    return None
