"""Pages behind the links of mails.

MarkupSafe escapes whatever is put into them.

They need no script, no cookie and nothing from elsewhere: they work where the web client is not.
"""

import base64
import hashlib
from collections.abc import Mapping

from chalicelib.notifications.core.content import OUTSIDE
from chalicelib.notifications.planning import categories
from chalicelib.notifications.planning.settings import Matrix
from chalicelib.notifications.unsubscribing import links
from chalicelib.notifications.unsubscribing.links import Subscription
from markupsafe import Markup

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:44rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{padding:.5rem .4rem;text-align:center;border-bottom:1px solid #8886}
th:first-child,td:first-child{text-align:start;font-weight:400}
th::first-letter{text-transform:uppercase}
input{width:1.25rem;height:1.25rem}
button{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:2rem;background:#1d6fa5;color:#fff}
.scroll{overflow-x:auto}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # The address holds the token: no other site may see it.
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}
_LAYOUT = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{main}
</main>
</body>
</html>
""")
_SHOWN = ("inbox", "email", "webpush", "ios", "android", "sms")
# Outside contacts have neither an inbox nor devices.
_OUTSIDE_SHOWN = ("email", "sms")
# A form of ours has 100 fields at most; more rows are in the API only.
_FIELDS = 100
_NAMES = {"webpush": "browser", "ios": "iPhone", "android": "Android", "sms": "SMS"}


def ask(subscription: Subscription, token: str) -> str:
    """Return the page with a button that unsubscribes."""
    main = Markup(
        "<p>You get emails about {category}.</p>\n"
        '<form method="post" action="{action}"><button>Unsubscribe</button></form>\n{more}'
    ).format(
        category=categories.words(subscription.category),
        action=links.unsubscribe_url(token),
        more=_more(token),
    )
    return _page("Unsubscribe", main)


def done(subscription: Subscription, token: str) -> str:
    """Return the page after an unsubscription."""
    main = Markup("<p>You will get no more emails about {category}.</p>\n{more}").format(
        category=categories.words(subscription.category), more=_more(token)
    )
    return _page("You are unsubscribed", main)


def concerning(subscription: Subscription, matrix: Matrix) -> dict[str, dict[str, bool]]:
    """Return the categories and channels that a recipient has a use for.

    The category of the mail comes first. Outside contacts get what their caller sends only.

    Args:
        matrix: from `settings.shown`.
    """
    outside = subscription.recipient_id.startswith(OUTSIDE)
    channels = _OUTSIDE_SHOWN if outside else _SHOWN
    others = (*categories.SOCIAL_CATEGORIES, categories.CRAWL) if outside else ()
    names = [one for one in matrix if one not in others]
    found = {}
    for name in dict.fromkeys((subscription.category, *names)):
        row = matrix.get(name, {})
        usual = categories.is_on_by_default
        found[name] = {one: row.get(one, usual(name, one)) for one in channels}
    return dict(list(found.items())[: _FIELDS // len(channels)])


def preferences(matrix: Matrix, token: str, *, saved: bool) -> str:
    """Return the page of preferences: a box per category and channel.

    Args:
        matrix: from `concerning`.
        saved: the page answers a change.
    """
    channels = next(iter(matrix.values()))
    heads = Markup("").join(Markup("<th>{}</th>").format(_name(one)) for one in channels)
    rows = Markup("\n").join(_row(category, row) for category, row in matrix.items())
    main = Markup(
        '{told}<form method="post" action="{action}">\n<div class="scroll"><table>\n'
        "<thead><tr><th>Notifications</th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n"
        "</table></div>\n<p><button>Save</button></p>\n</form>\n"
        "<p>Messages about the security of your account always reach you.</p>"
    ).format(
        told=Markup('<p role="status">Your preferences are saved.</p>\n') if saved else "",
        action=links.preferences_url(token),
        heads=heads,
        rows=rows,
    )
    return _page("Notification preferences", main)


def invalid(detail: str) -> str:
    """Return the page for a link that is not valid."""
    return _page("This link does not work", Markup("<p>{}</p>").format(detail))


def chosen(matrix: Matrix, form: Mapping[str, str]) -> dict[str, dict[str, bool]]:
    """Return what a submitted form changes: a box that is not in it is off."""
    changed: dict[str, dict[str, bool]] = {}
    for category, row in matrix.items():
        told = {channel: f"{category}/{channel}" in form for channel in row}
        news = {channel: on for channel, on in told.items() if on != row[channel]}
        if news:
            changed[category] = news
    return changed


def _row(category: str, row: Mapping[str, bool]) -> Markup:
    words = categories.words(category)
    cells = Markup("").join(
        Markup(
            '<td><input type="checkbox" name="{name}" aria-label="{label}"{checked}></td>'
        ).format(
            name=f"{category}/{channel}",
            label=f"{words}: {_name(channel)}",
            checked=Markup(" checked") if on else "",
        )
        for channel, on in row.items()
    )
    return Markup("<tr><th scope=row>{}</th>{}</tr>").format(words, cells)


def _more(token: str) -> Markup:
    return Markup('<p><a href="{}">All notification preferences</a></p>').format(
        links.preferences_url(token)
    )


def _name(channel: str) -> str:
    return _NAMES.get(channel, channel)


def _page(title: str, main: Markup) -> str:
    return _LAYOUT.format(title=title, style=Markup(_STYLE), main=main)  # noqa: S704
