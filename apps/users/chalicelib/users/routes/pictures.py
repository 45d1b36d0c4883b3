"""Profile pictures and banners: uploads to S3, and X API 1.1."""

from typing import Any

from chalicelib.users.accounts import accounts
from chalicelib.users.core import schemas
from chalicelib.users.profiles import pictures
from chalicelib.users.routes import answers

from shared.auth.scopes import user_access
from shared.aws.models import as_dict
from shared.base.answers import NO_BODY
from shared.base.components import data
from shared.base.errors import invalid_request
from shared.contracts import user_object
from shared.contracts.schemas.legacy import USER_V1
from shared.http.api import Api, Call, Reply

api = Api(__name__, "Profile pictures")

_WRITE = user_access("profile.write", "users.read")
_FIELDS = frozenset({"profile_image_url", "profile_banner_url"})


def _shown(call: Call) -> dict[str, Any]:
    user = accounts.get_user(call.user_id)
    return {"data": user_object.present(as_dict(user), _FIELDS, own=True)}


@api.endpoint(
    "POST",
    "/1/accounts/me/picture_uploads",
    access=_WRITE,
    summary="Start a picture upload",
    answer=data(answers.PICTURE_UPLOAD),
    status=201,
    body=schemas.NOTHING,
    limit=50,
)
def begin_picture_upload(call: Call) -> Any:
    """Start to upload a profile picture or banner.

    Post `fields` as a form to `url`, with the picture as `file` at its end.
    """
    return {"data": pictures.begin(call.user_id)}


@api.endpoint(
    "PUT",
    "/1/accounts/me/profile_image",
    access=_WRITE,
    summary="Set your profile picture",
    answer=answers.PROFILE,
    body=schemas.USE_UPLOAD,
    limit=50,
)
def set_profile_image(call: Call) -> Any:
    """Set your profile picture to an uploaded picture."""
    pictures.confirm(call.user_id, pictures.IMAGE, call.body["upload_id"])
    return _shown(call)


@api.endpoint(
    "PUT",
    "/1/accounts/me/profile_banner",
    access=_WRITE,
    summary="Set your banner",
    answer=answers.PROFILE,
    body=schemas.USE_UPLOAD,
    limit=50,
)
def set_profile_banner(call: Call) -> Any:
    """Set your banner to an uploaded picture."""
    pictures.confirm(call.user_id, pictures.BANNER, call.body["upload_id"])
    return _shown(call)


@api.endpoint(
    "DELETE",
    "/1/accounts/me/profile_image",
    access=_WRITE,
    summary="Remove your profile picture",
    answer=answers.PROFILE,
    limit=50,
)
def remove_profile_image(call: Call) -> Any:
    """Remove your profile picture; without one nothing changes."""
    pictures.remove(call.user_id, pictures.IMAGE)
    return _shown(call)


@api.endpoint(
    "DELETE",
    "/1/accounts/me/profile_banner",
    access=_WRITE,
    summary="Remove your banner",
    answer=answers.PROFILE,
    limit=50,
)
def remove_profile_banner(call: Call) -> Any:
    """Remove your banner; without one nothing changes."""
    pictures.remove(call.user_id, pictures.BANNER)
    return _shown(call)


def _sent(call: Call, name: str) -> bytes:
    """The picture in a request of API 1.1: a file, or base64 text."""
    if name in call.files:
        return call.files[name]
    if name in call.body:
        return pictures.decode(call.body[name])
    raise invalid_request(f"{name}: required", **{name: ""})


@api.endpoint(
    "POST",
    "/1.1/account/update_profile_image.json",
    access=_WRITE,
    summary="Update the profile picture (API 1.1)",
    answer=USER_V1,
    body=schemas.PICTURE_FORM,
    form=True,
    multipart=True,
    limit=50,
    legacy=True,
)
def update_profile_image(call: Call) -> Any:
    """Update the profile picture with a file or base64 text."""
    url = pictures.store(call.user_id, pictures.IMAGE, _sent(call, "image"))
    user = accounts.get_user(call.user_id)
    shown = {"id": int(user.id), "id_str": user.id, "name": user.name}
    return {**shown, "screen_name": user.username, "profile_image_url_https": url}


@api.endpoint(
    "POST",
    "/1.1/account/update_profile_banner.json",
    access=_WRITE,
    summary="Update the banner (API 1.1)",
    answer=NO_BODY,
    status=201,
    body=schemas.PICTURE_FORM,
    form=True,
    multipart=True,
    limit=50,
    legacy=True,
)
def update_profile_banner(call: Call) -> Any:
    """Update the banner; parameters for cropping are ignored."""
    pictures.store(call.user_id, pictures.BANNER, _sent(call, "banner"))
    return Reply(None, 201)


@api.endpoint(
    "POST",
    "/1.1/account/remove_profile_banner.json",
    access=_WRITE,
    summary="Remove the banner (API 1.1)",
    answer=NO_BODY,
    limit=50,
    legacy=True,
)
def remove_banner_shim(call: Call) -> Any:
    """Remove the banner; the answer has no body."""
    pictures.remove(call.user_id, pictures.BANNER)
    return Reply(None, 200)
