"""X API 1.1: settings of an account, and languages."""

from typing import Any

from chalicelib.users.accounts import accounts

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.contracts.schemas.legacy import LANGUAGES_V1, SETTINGS_V1
from shared.http.api import Api, Call

api = Api(__name__, "API 1.1")


@api.endpoint(
    "GET",
    "/1.1/account/settings.json",
    access=user_access("users.read"),
    summary="Get account settings (API 1.1)",
    answer=SETTINGS_V1,
    legacy=True,
)
def get_settings_v1(call: Call) -> Any:
    """Return the settings of your account."""
    return _settings(call)


@api.endpoint(
    "POST",
    "/1.1/account/settings.json",
    access=user_access("profile.write", "users.read"),
    summary="Update account settings (API 1.1)",
    answer=SETTINGS_V1,
    limit=50,
    legacy=True,
)
def update_settings_v1(call: Call) -> Any:
    """Return the settings of your account; none can be changed here."""
    return _settings(call)


@api.endpoint(
    "GET",
    "/1.1/help/languages.json",
    access=any_access("users.read"),
    summary="Get supported languages (API 1.1)",
    answer=LANGUAGES_V1,
    legacy=True,
)
def get_languages_v1(call: Call) -> Any:
    """List the languages of the web client."""
    del call
    english = {"code": "en", "name": "English", "local_name": "English"}
    return [{**english, "debug": False, "status": "production"}]


def _settings(call: Call) -> Item:
    user = accounts.get_user(call.user_id)
    return {
        "screen_name": user.username,
        "protected": bool(user.protected),
        "language": "en",
        "geo_enabled": False,
        "always_use_https": True,
        "discoverable_by_email": False,
        "discoverable_by_mobile_phone": False,
    }
