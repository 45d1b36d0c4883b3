"""Login, consent and PIN pages of OAuth 1.0a: plain HTML, no script."""

from html import escape

from chalicelib.users.login import pages

from shared.auth.scopes import ALL_SCOPES

LOGIN_PATH = "/oauth/login"
AUTHORIZE_PATH = "/oauth/authorize"


def login_page(
    parameters: dict[str, str], error: str = "", *, login: str = "", wants_code: bool = False
) -> str:
    """Login form.

    Args:
        parameters: hidden fields: the request token, and what binds the form to the browser.
        login: the name to fill in.
        wants_code: ask for a code of the second factor as well.
    """
    alert = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    code = (
        '<label for="totp">Authenticator or recovery code</label>'
        '<input id="totp" name="totp" autocomplete="one-time-code" maxlength="30" required>'
    )
    return pages.render(
        "Log in",
        f"<h1>Log in to Rookery</h1>{alert}"
        f'<form method="post" action="{LOGIN_PATH}">{pages.hidden_fields(parameters)}'
        '<label for="login">Username or email</label>'
        f'<input id="login" name="login" value="{escape(login)}" autocomplete="username" required>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" '
        f'autocomplete="current-password" required>{code if wants_code else ""}'
        '<button type="submit">Log in</button></form>',
    )


def consent_page(
    app_name: str, username: str, scopes: list[str], parameters: dict[str, str]
) -> str:
    """Consent form of an app, with each scope in words."""
    items = "".join(f"<li>{escape(ALL_SCOPES[scope])}</li>" for scope in scopes)
    return pages.render(
        "Authorize",
        f"<h1>{escape(app_name)} wants to access your account</h1>"
        f"<p>You are logged in as <strong>@{escape(username)}</strong>. "
        f"{escape(app_name)} will be able to:</p><ul>{items}</ul>"
        f'<form method="post" action="{AUTHORIZE_PATH}">{pages.hidden_fields(parameters)}'
        '<div class="row"><button type="submit" name="decision" value="allow">Authorize app'
        '</button><button type="submit" name="decision" value="deny" class="quiet">Cancel'
        "</button></div></form>",
    )


def pin_page(app_name: str, pin: str) -> str:
    """Page with the PIN that the user types into the app."""
    return pages.render(
        "PIN",
        f"<h1>You have authorized {escape(app_name)}</h1>"
        "<p>Enter this PIN in the app to complete the authorization:</p>"
        f'<p id="oauth_pin"><kbd><code>{escape(pin)}</code></kbd></p>',
    )


def denied_page(app_name: str) -> str:
    """Page after a refusal, for an app without an address to return to."""
    return pages.render("Cancelled", f"<h1>{escape(app_name)} has no access to your account</h1>")
