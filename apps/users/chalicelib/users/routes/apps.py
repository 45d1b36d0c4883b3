"""Developer apps (in X's developer portal, not in its API)."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.developer import apps, tokens
from chalicelib.users.oauth import clients
from chalicelib.users.routes import answers_oauth as answers

from shared.auth.scopes import user_access
from shared.aws.models import as_dict
from shared.base.components import array, data
from shared.base.errors import unauthorized
from shared.contracts.schemas.responses import done
from shared.http.api import Api, Call

api = Api(__name__, "Developer apps")


@api.endpoint(
    "POST",
    "/1/apps",
    access=user_access("apps.write"),
    summary="Create an app",
    answer=data(answers.NEW_APP),
    status=201,
    body=schemas.CREATE_APP,
    limit=100,
)
def create_app(call: Call) -> Any:
    """Create a developer app; its secrets are shown only once."""
    return {"data": clients.create_app(call.user_id, call.body)}


@api.endpoint(
    "POST",
    "/1/apps/{id}/tokens",
    access=user_access("apps.write"),
    summary="Create your own tokens for an app",
    answer=data(answers.APP_TOKENS),
    status=201,
    body=schemas.CREATE_APP_TOKENS,
    limit=100,
)
def create_app_tokens(call: Call) -> Any:
    """Create OAuth 1.0a and OAuth 2.0 tokens that act for you."""
    if call.principal is None:
        raise unauthorized()
    app = clients.owned_app(call.user_id, call.path["id"])
    scopes = call.body.get("scopes")
    if scopes is None and "scope" in call.body:
        scopes = call.body["scope"].split()
    return {"data": tokens.create(app, call.user_id, scopes, call.principal.issued_ms)}


@api.endpoint(
    "GET",
    "/1/apps",
    access=user_access("apps.write"),
    summary="Get your apps",
    answer=data(array(answers.APP)),
    limit=300,
)
def list_apps(call: Call) -> Any:
    """List your developer apps, newest first, without secrets."""
    return {"data": apps.list_apps(call.user_id)}


@api.endpoint(
    "GET",
    "/1/apps/{id}",
    access=user_access("apps.write"),
    summary="Get an app by ID",
    answer=data(answers.APP),
    limit=300,
)
def get_app(call: Call) -> Any:
    """Return one of your developer apps, without secrets."""
    app = clients.owned_app(call.user_id, call.path["id"])
    return {"data": apps.present(as_dict(app))}


@api.endpoint(
    "PATCH",
    "/1/apps/{id}",
    access=user_access("apps.write"),
    summary="Update an app",
    answer=data(answers.APP),
    body=schemas.UPDATE_APP,
    limit=100,
)
def update_app(call: Call) -> Any:
    """Change the name or the redirect addresses of an app."""
    return {"data": apps.change(call.user_id, call.path["id"], call.body)}


@api.endpoint(
    "POST",
    "/1/apps/{id}/secret",
    access=user_access("apps.write"),
    summary="Regenerate an app's secret",
    answer=data(answers.APP_SECRET),
    status=201,
    body=schemas.ROTATE_SECRET,
    limit=100,
)
def rotate_app_secret(call: Call) -> Any:
    """Replace a secret of an app; the new one is shown only once.

    The `kind` is `client_secret`, `consumer_secret` or `bearer_token`.
    """
    kind = call.body.get("kind", "client_secret")
    return {"data": apps.rotate(call.user_id, call.path["id"], kind)}


@api.endpoint(
    "DELETE",
    "/1/apps/{id}",
    access=user_access("apps.write"),
    summary="Delete an app",
    answer=done(deleted=True),
    limit=100,
)
def delete_app(call: Call) -> Any:
    """Delete an app; all of its tokens are refused."""
    apps.delete(call.user_id, call.path["id"])
    return {"data": {"deleted": True}}
