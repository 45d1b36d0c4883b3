"""The text that `make run` prints once everything is up."""

from __future__ import annotations

from pathlib import Path

from scripts.base.demo_logins import logins

_CURL = """\
  curl -s {url}/1/sessions -H 'content-type: application/json' \\
       -d '{{"login":"{username}","password":"{password}"}}'
"""
_XDK = """\
  from xdk import Client                      # X's own client; insert your token
  client = Client(base_url="{url}", access_token="<access_token>")
  print(client.users.get_me())
"""


_SEND = """\
  export KEY={key}
  curl -s -X PUT {url}/1/contacts/ada -H "authorization: Bearer $KEY" \\
       -H 'content-type: application/json' -d '{{"email":"ada@example.org"}}'
  curl -s {url}/1/notifications -H "authorization: Bearer $KEY" \\
       -H 'content-type: application/json' \\
       -d '{{"to":"ada","content":{{"title":"Tea","text":"It is ready."}}}}'
"""


def banner(url: str, state: Path, seconds: float, admin_key: str | None = None) -> str:
    """Addresses, demo logins and first commands.

    Args:
        admin_key: API key of the operator, where there are no accounts to log in to.
    """
    if admin_key is not None:
        return _without_accounts(url, state, seconds, admin_key)
    people = logins(state)
    lines = [
        "",
        f"Rookery is running at {url}   (started in {seconds:.1f} s)",
        "",
        f"  web      {url}/",
        f"  API      {url}/docs",
        f"  outbox   {url}/dev/outbox   (mails, texts and pushes that were sent)",
        f"  demo     {url}/demo/   (a site to crawl)",
        f"  health   {url}/healthz",
        "",
    ]
    if people:
        lines.append("Demo logins (username / password):")
        lines += [
            f"  {username} / {password}" + ("" if role == "user" else f"   ({role})")
            for username, password, role in people[:6]
        ]
        lines.append("")
    username, password, _ = people[0] if people else ("<username>", "<password>", "")
    lines.append("Get a token for every route:")
    lines.append(_CURL.format(url=url, username=username, password=password))
    lines.append("Use it in Python:")
    lines.append(_XDK.format(url=url))
    lines.append(f"Data and logs are in {state}; Ctrl-C stops everything.")
    return "\n".join(lines)


def _without_accounts(url: str, state: Path, seconds: float, key: str) -> str:
    """Addresses and first commands of notifications alone."""
    lines = [
        "",
        f"Notifications is running at {url}   (started in {seconds:.1f} s)",
        "",
        f"  API      {url}/docs",
        f"  email    {url}/1/dev/outbox",
        f"  health   {url}/healthz",
        f"  API key  {key}   (admin)",
        "",
        "Save a contact and send a notification:",
        _SEND.format(url=url, key=key),
        f"Data and logs are in {state}; Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def visitor_banner(url: str, state: Path, seconds: float) -> str:
    """Addresses and an access token, where nobody can log in."""
    lines = [
        "",
        f"Rookery is running at {url}   (started in {seconds:.1f} s), without accounts",
        "",
        f"  API      {url}/docs",
        f"  health   {url}/healthz",
        "",
        "An access token of a visitor, for the routes that run here:",
        f"  export TOKEN=$(cat {state / 'token'})",
        f'  curl -s {url}/1/crawls -H "authorization: Bearer $TOKEN"',
        "",
        f"Data and logs are in {state}; Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
