"""Whole pages from their contents."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chalicelib.tweets.pages import markup
from chalicelib.tweets.pages.head import Head
from chalicelib.tweets.pages.tweets import ShownTweet
from markupsafe import Markup

from shared.base.config import settings

# As the web client's own page: it takes over in this document.
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data: https: http:; media-src 'self' blob:; "
        "style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_LAYOUT = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{title}</title>
<link rel="canonical" href="{url}">
{tags}
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f7f5f1" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#101119" media="(prefers-color-scheme: dark)">
{links}<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/pages.css">
<script src="/theme.js"></script>
<script type="module" src="/client.js"></script>
{data}</head>
<body>
<div id="app"{needs}>
<div class="public">
<header class="bar"><a class="brand" href="/">Rookery</a>
<nav><a href="{login}">Log in</a> <a class="primary" href="/register">Sign up</a></nav></header>
<main id="main">
{main}
</main>
<footer><a href="/register">Sign up</a> to write, like and follow.</footer>
</div>
</div>
</body>
</html>
""")
_EMBED = Markup(
    '<blockquote class="rookery-tweet" cite="{url}"><p dir="auto"{language}>{text}</p>'
    '— <bdi>{name}</bdi> (@{username}) <a href="{url}">{day}</a></blockquote>'
)
_USER_COUNTS = (
    ("following_count", "following", "following"),
    ("followers_count", "follower", "followers"),
    ("tweet_count", "tweet", "tweets"),
)
Values = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page before it is rendered.

    Attributes:
        kind: name of one of the functions below.
        location: canonical path to go to instead (301).
    """

    kind: str
    head: Head
    values: Values = field(default_factory=dict)
    status: int = 200
    location: str = ""


def render(page: Page) -> str:
    """Return a page's HTML."""
    head, data = page.head, markup.NOTHING
    if head.data:
        # Only these could end the element.
        text = json.dumps(head.linked_data).replace("<", "\\u003c").replace(">", "\\u003e")
        data = Markup(f'<script type="application/ld+json">{text}</script>\n')  # noqa: S704
    tag = Markup('<meta {}="{}" content="{}">')
    return _LAYOUT.format(
        title=head.document_title,
        url=head.url,
        tags=Markup("\n").join(tag.format(*one) for one in head.tags()),
        links=_embed_link(head) if page.kind == "tweet" else markup.NOTHING,
        data=data,
        login=_login(head) if page.kind != "missing" else "/login",
        needs=Markup(' data-needs="client"') if page.kind == "members" else markup.NOTHING,
        main=_MAIN[page.kind](head, page.values),
    )


def embedded(head: Head, tweet: ShownTweet) -> str:
    """Return a tweet for pages of others (oEmbed)."""
    return _EMBED.format(
        url=head.url,
        language=markup.language(tweet),
        text=tweet.text,
        name=tweet.author["name"],
        username=tweet.author["username"],
        day=tweet.created_at[:10],
    )


def _login(head: Head) -> str:
    """Return the address of a login that leads back to a page."""
    return f"/login?next={quote(head.path, safe='/')}"


def _embed_link(head: Head) -> Markup:
    return Markup(
        '<link rel="alternate" type="application/json+oembed" href="{}/oembed?url={}" title="{}">\n'
    ).format(settings().public_url, quote(head.url, safe=""), head.title)


def _section(*parts: Markup) -> Markup:
    return Markup('<section class="profile">\n{}\n</section>').format(Markup("\n").join(parts))


def _heading(name: str) -> Markup:
    return Markup("<h1><bdi>{}</bdi></h1>").format(name)


def _quiet(text: str) -> Markup:
    return Markup('<p class="quiet">{}</p>').format(text)


def _about(text: Markup | str) -> Markup:
    return Markup('<p class="text" dir="auto">{}</p>').format(text)


def _tweet(head: Head, values: Values) -> Markup:
    parent = values["parent"]
    return markup.joined(
        [
            Markup('<h1 class="hidden">{}</h1>').format(head.document_title),
            markup.article(parent) if parent else markup.NOTHING,
            markup.article(values["tweet"], opened=True),
            Markup("<h2>Replies</h2>"),
            markup.feed(values["replies"], "No replies yet."),
        ]
    )


def _profile(_: Head, values: Values) -> Markup:
    user, banner = values["user"], markup.NOTHING
    if user.get("profile_banner_url"):
        banner = Markup('<img class="banner" src="{}" alt="" loading="lazy">').format(
            user["profile_banner_url"]
        )
    place = user.get("location")
    badge = " · verified" if user.get("verified") else ""
    about = _section(
        markup.avatar(user, 80),
        _heading(user["name"]),
        _quiet(f"@{user['username']}{badge}"),
        _about(markup.rich(values["bio"])) if values["bio"] else markup.NOTHING,
        Markup('<p class="quiet"><bdi>{}</bdi></p>').format(place) if place else markup.NOTHING,
        Markup('<p class="counts">{}</p>').format(
            markup.counts(user["public_metrics"], _USER_COUNTS)
        ),
    )
    return markup.joined([banner, about, markup.feed(values["tweets"], "No tweets yet.")])


def _list(_: Head, values: Values) -> Markup:
    owner = values["owner"]
    about = _section(
        _heading(values["name"]),
        Markup('<p class="quiet">A list by {}</p>').format(markup.by(owner.username, owner.name)),
        _about(values["about"]) if values["about"] else markup.NOTHING,
    )
    return about + markup.feed(values["tweets"], "No tweets yet.")


def _hashtag(_: Head, values: Values) -> Markup:
    why = f"Tweets with {values['tag']} cannot be listed yet."
    start = Markup('<p><a href="/">To the start page</a></p>')
    return _section(_heading(values["tag"]), _quiet(why), start)


def _closed(_: Head, values: Values) -> Markup:
    why = Markup("<p>{}</p>").format(values["why"])
    return _section(_heading(values["name"]), _quiet(f"@{values['username']}"), why)


def _missing(_: Head, values: Values) -> Markup:
    start = Markup('<p><a href="/">To the start page</a></p>')
    return _section(Markup("<h1>{}</h1>").format(values["title"]), start)


def _members(head: Head, _: Values) -> Markup:
    link = Markup('<p><a href="{}">Log in</a> to see this page.</p>')
    return _section(link.format(_login(head)))


_MAIN: dict[str, Callable[[Head, Values], Markup]] = {
    "tweet": _tweet,
    "profile": _profile,
    "list": _list,
    "hashtag": _hashtag,
    "closed": _closed,
    "missing": _missing,
    "members": _members,
}
