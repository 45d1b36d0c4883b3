"""Login and consent pages: plain HTML, no script."""

from html import escape
from string import Template

from shared.auth.scopes import ALL_SCOPES

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · Rookery</title>
<style>
:root { color-scheme: light dark; --ink: #1c1a26; --paper: #fffefb; --line: #cbc5b8;
  --ground: #f5f3ee; --accent: #4b3bc4; --error: #bb2a2a; }
@media (prefers-color-scheme: dark) { :root { --ink: #eeedf6; --paper: #151722;
  --line: #3d4157; --ground: #0f1018; --accent: #a99dff; --error: #ff8279; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 27rem; padding: 2rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: 1rem; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
input { width: 100%; padding: .65rem; margin-bottom: 1rem; border: 1px solid var(--line);
  border-radius: .5rem; background: transparent; color: inherit; font: inherit; }
button { padding: .65rem 1.3rem; border: 1px solid var(--accent); border-radius: 2rem;
  font: inherit; font-weight: 600; cursor: pointer; background: var(--accent);
  color: var(--paper); }
button.quiet { background: transparent; color: inherit; border-color: var(--line); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
ul { padding-left: 1.2rem; } .error { color: var(--error); font-weight: 600; }
.row { display: flex; gap: .75rem; margin-top: 1.5rem; }
</style></head><body><main>$body</main></body></html>""")

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def headers(redirect_origin: str = "") -> dict[str, str]:
    """Response headers of a page whose form may redirect to an origin.

    ``form-action`` also covers the redirect that answers a form (CSP level 3),
    so the client's address has to be named.
    """
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
        f"base-uri 'none'; form-action 'self' {redirect_origin}"
    ).strip()
    return {**HEADERS, "content-security-policy": policy}


def login_page(
    parameters: dict[str, str],
    error: str = "",
    *,
    csrf: str,
    login: str = "",
    wants_code: bool = False,
) -> str:
    """Login form.

    Args:
        parameters: the authorization request, passed on to the next page.
        csrf: token that binds the form to the browser.
        login: login of the last attempt, so that only the password has to be typed again.
        wants_code: ask for a code of the second factor as well.
    """
    alert = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    code = (
        '<label for="totp">Authenticator or recovery code</label>'
        '<input id="totp" name="totp" autocomplete="one-time-code" maxlength="30" required>'
    )
    body = (
        f"<h1>Log in to Rookery</h1>{alert}"
        f'<form method="post" action="/i/oauth2/login">{_hidden({**parameters, "csrf": csrf})}'
        '<label for="login">Username or email</label>'
        f'<input id="login" name="login" value="{escape(login)}" autocomplete="username" required'
        f"{'' if login else ' autofocus'}>"
        '<label for="password">Password</label>'
        f'<input id="password" name="password" type="password"{" autofocus" if login else ""} '
        f'autocomplete="current-password" required>{code if wants_code else ""}'
        '<button type="submit">Log in</button></form>'
    )
    return _PAGE.substitute(title="Log in", body=body)


def consent_page(
    app_name: str, username: str, scopes: list[str], parameters: dict[str, str], csrf: str
) -> str:
    """Consent form of an app, with each scope in words."""
    items = "".join(f"<li>{escape(ALL_SCOPES[scope])}</li>" for scope in scopes)
    body = (
        f"<h1>{escape(app_name)} wants to access your account</h1>"
        f"<p>You are logged in as <strong>@{escape(username)}</strong>. "
        f"{escape(app_name)} will be able to:</p><ul>{items}</ul>"
        f'<form method="post" action="/i/oauth2/authorize">{_hidden(parameters)}'
        f'<input type="hidden" name="csrf" value="{escape(csrf)}"><div class="row">'
        '<button type="submit" name="decision" value="allow">Authorize app</button>'
        '<button type="submit" name="decision" value="deny" class="quiet">Cancel</button>'
        "</div></form>"
    )
    return _PAGE.substitute(title="Authorize", body=body)


def error_page(detail: str) -> str:
    """Error page, for requests whose redirect address is not safe."""
    body = f'<h1>This request cannot be answered</h1><p class="error">{escape(detail)}</p>'
    return _PAGE.substitute(title="Error", body=body)


def _hidden(parameters: dict[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in parameters.items()
    )
