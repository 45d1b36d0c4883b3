"""Write the route tables of `docs/api.md` from the declared routes.

python -m scripts.checks.docs_routes
"""

from pathlib import Path

from scripts.base.domain import domains, load_app
from scripts.base.process import ROOT
from shared.contracts.fields import TWEET_QUERY
from shared.http.api import Endpoint

PAGE = ROOT / "docs" / "api.md"
_FIELD_PARAMETERS = frozenset(TWEET_QUERY)


def render(text: str) -> str:
    """The page with both tables made anew, everything else as it was."""
    endpoints = [e for domain in domains() for e in load_app(domain).app.endpoints]
    endpoints.sort(key=lambda e: (e.path, e.method))
    own = [e for e in endpoints if e.path.startswith(("/1/", "/1.1/"))]
    x = [e for e in endpoints if not e.path.startswith("/1/")]
    text = _between(text, "own", [_OWN_HEAD, *map(_own_row, own)])
    return _between(text, "x", [_X_HEAD, *map(_x_row, x)])


_OWN_HEAD = "| route | who, scopes | body or query | answer | limit | |\n|---|---|---|---|---|---|"
_X_HEAD = "| route | who | scopes | limit |\n|---|---|---|---|"


def _between(text: str, name: str, lines: list[str]) -> str:
    start, end = f"<!-- routes {name}: generated -->", f"<!-- end of routes {name} -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    return "\n".join([before + start, "", *lines, "", end + after])


def _own_row(endpoint: Endpoint) -> str:
    who = _who(endpoint)
    if endpoint.access.scopes:
        who += f", `{' '.join(endpoint.access.scopes)}`"
    return (
        f"| `{endpoint.method} {endpoint.path}` | {who} | {_input(endpoint)} "
        f"| {endpoint.status} | {_limit(endpoint)} | {endpoint.summary} |"
    )


def _x_row(endpoint: Endpoint) -> str:
    scopes = f"`{' '.join(endpoint.access.scopes)}`" if endpoint.access.scopes else ""
    route = f"`{endpoint.method} {endpoint.path}`"
    return f"| {route} | {_who(endpoint)} | {scopes} | {_limit(endpoint)} |"


def _limit(endpoint: Endpoint) -> str:
    return f"{endpoint.limit}{f' ({endpoint.app_limit})' if endpoint.app_limit else ''}"


def _who(endpoint: Endpoint) -> str:
    if endpoint.access.public:
        return "anybody"
    return "user or app" if endpoint.access.app else "user"


def _input(endpoint: Endpoint) -> str:
    if endpoint.body is not None:
        required = set(endpoint.body.get("required", ()))
        names = endpoint.body.get("properties", {})
        return ", ".join(f"`{n}`" if n in required else f"`{n}?`" for n in names)
    names = endpoint.query.get("properties", {})
    shown = [f"`{name}`" for name in names if name not in _FIELD_PARAMETERS]
    if _FIELD_PARAMETERS & set(names):
        shown.insert(0, "X's fields and expansions")
    return f"query: {', '.join(shown)}" if shown else ""


def main() -> None:
    """Rewrite the page in place."""
    page: Path = PAGE
    page.write_text(render(page.read_text()))


if __name__ == "__main__":
    main()
