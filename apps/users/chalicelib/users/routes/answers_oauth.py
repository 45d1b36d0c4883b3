"""Answer schemas of sessions, developer apps and the OAuth endpoints."""

from shared.base.answers import HTML, PAGE, REDIRECT, Answer
from shared.base.components import (
    COUNT,
    FLAG,
    MOMENT,
    TEXT,
    URL,
    array,
    choice,
    component,
    constant,
    data,
    record,
)
from shared.base.validation import Schema

_SCOPE: Schema = {"type": "string", "description": "Scopes, separated by spaces."}
_TOKENS: dict[str, Schema] = {
    "token_type": constant("bearer"),
    "expires_in": {**COUNT, "description": "Seconds."},
    "access_token": TEXT,
    "scope": _SCOPE,
}
TOKENS = component(
    "Tokens", "The tokens of a session (RFC 6749).", _TOKENS, {"refresh_token": TEXT}
)
SESSION = component(
    "Session",
    "A live session of the user, or of an app that acts for the user.",
    {
        "id": TEXT,
        "client": record({"id": TEXT, "name": TEXT}),
        "scopes": array(TEXT),
        "created_at": MOMENT,
        "refreshed_at": MOMENT,
        "expires_at": MOMENT,
        "current": FLAG,
    },
    {"device": {**TEXT, "examples": ["Firefox on Linux"]}},
)
SESSIONS_ENDED = data(record({"revoked": COUNT}))
CONNECTED_APP = component(
    "ConnectedApp",
    "An app of another party that acts for the user.",
    {
        "id": TEXT,
        "name": TEXT,
        "scopes": array(TEXT),
        "connected_at": MOMENT,
        "used_at": MOMENT,
        "tokens": COUNT,
    },
)

_APP: dict[str, Schema] = {
    "id": TEXT,
    "client_id": TEXT,
    "consumer_key": TEXT,
    "name": TEXT,
    "type": choice("public", "confidential"),
    "redirect_uris": array(URL),
    "created_at": MOMENT,
}
APP = component("App", "A developer app.", _APP)
NEW_APP = component(
    "NewApp",
    "A new developer app with its secrets, which are not shown again.",
    {**_APP, "client_secret": TEXT, "consumer_secret": TEXT, "bearer_token": TEXT},
)
APP_SECRET = component(
    "AppSecret",
    "The new secret of a developer app, under the name of its kind.",
    {"id": TEXT},
    {"client_secret": TEXT, "consumer_secret": TEXT, "bearer_token": TEXT},
)
APP_TOKENS = component(
    "AppTokens",
    "OAuth 1.0a and OAuth 2.0 tokens that act for the owner of a developer app.",
    {
        "access_token": TEXT,
        "access_token_secret": TEXT,
        "oauth2": TOKENS,
        "oauth2_access_token": TEXT,
        "oauth2_refresh_token": {"type": ["string", "null"]},
        "scope": _SCOPE,
    },
)

_UNSAFE = Answer(status=400, media_type=HTML, description="The request is refused, on an HTML page")
AUTHORIZATION = (PAGE, REDIRECT, _UNSAFE)
_LOGIN_AGAIN = "The login page again: "
LOGIN = (
    REDIRECT,
    _UNSAFE,
    Answer(status=401, media_type=HTML, description=f"{_LOGIN_AGAIN}the login failed"),
    Answer(
        status=403,
        media_type=HTML,
        description=f"{_LOGIN_AGAIN}another browser's form, or a suspended account",
    ),
    Answer(status=429, media_type=HTML, description=f"{_LOGIN_AGAIN}too many logins failed"),
)
_ERROR = component(
    "OAuthError",
    "A refused request to an OAuth endpoint (RFC 6749 section 5.2).",
    {"error": TEXT},
    {"error_description": TEXT, "error_uri": URL},
)
_REFUSED = (
    Answer(_ERROR, 400, description="Refused"),
    Answer(_ERROR, 401, description="The client could not be authenticated"),
)
TOKEN = (Answer(TOKENS, description="Tokens"), *_REFUSED)
APP_TOKEN = (
    Answer(
        component(
            "TokenResponse",
            "An app-only bearer token, or the tokens of a session.",
            {"token_type": constant("bearer"), "access_token": TEXT},
            {"expires_in": COUNT, "scope": _SCOPE, "refresh_token": TEXT},
        ),
        description="The token",
    ),
    *_REFUSED,
)
REVOKED = record({"revoked": constant(True)})
INVALIDATED = record({"access_token": TEXT})
INTROSPECTION = component(
    "TokenIntrospection",
    "The state of a token (RFC 7662). An inactive one has `active` alone.",
    {"active": FLAG},
    {
        "iss": URL,
        "token_type": choice("bearer", "refresh_token"),
        "client_id": TEXT,
        "sub": TEXT,
        "scope": _SCOPE,
        "aud": TEXT,
        "iat": COUNT,
        "exp": COUNT,
        "jti": TEXT,
    },
)
JWKS = component(
    "JwkSet",
    "Public keys of access tokens (RFC 7517).",
    {
        "keys": array(
            {
                "type": "object",
                "required": ["kty", "kid"],
                "properties": {"kty": TEXT, "kid": TEXT, "alg": TEXT, "use": TEXT},
                "additionalProperties": True,
            },
            minItems=1,
        )
    },
)
_WORDS = array(TEXT, minItems=1)
METADATA = component(
    "AuthorizationServerMetadata",
    "Addresses and abilities of the authorization server (RFC 8414).",
    {
        "issuer": URL,
        "authorization_endpoint": URL,
        "token_endpoint": URL,
        "revocation_endpoint": URL,
        "introspection_endpoint": URL,
        "introspection_endpoint_auth_methods_supported": _WORDS,
        "jwks_uri": URL,
        "scopes_supported": _WORDS,
        "response_types_supported": _WORDS,
        "grant_types_supported": _WORDS,
        "code_challenge_methods_supported": _WORDS,
        "token_endpoint_auth_methods_supported": _WORDS,
        "authorization_response_iss_parameter_supported": FLAG,
    },
)
