"""Parts of pages in HTML; MarkupSafe escapes whatever is put into them."""

from collections.abc import Iterable

from chalicelib.tweets.pages.text import Segment
from chalicelib.tweets.pages.tweets import ShownTweet
from markupsafe import Markup

from shared.aws.dynamo import Item

NOTHING = Markup("")
_AVATAR = Markup('<img class="avatar" src="{}" alt="" width="{}" height="{}" loading="lazy">')
_BY = Markup(
    '<a class="by" href="/@{username}"><bdi>{name}</bdi> <span class="quiet">@{username}</span></a>'
)
_TEXT = Markup('<div class="text" dir="auto"{language}>{text}</div>')
_ARTICLE = Markup(
    '<article class="tweet{opened}">{above}<p class="head">{picture}{by}\n'
    '<a class="quiet" href="{path}"><time datetime="{at}">{day} {time}</time></a></p>\n'
    "{text}{media}{poll}{quoted}\n"
    '<p class="counts quiet">{counts}</p></article>\n'
)
_COUNTED = (
    ("reply_count", "reply", "replies"),
    ("retweet_count", "repost", "reposts"),
    ("quote_count", "quote", "quotes"),
    ("like_count", "like", "likes"),
)


def joined(parts: Iterable[Markup]) -> Markup:
    """Return parts one after another."""
    return NOTHING.join(parts)


def rich(parts: Iterable[Segment]) -> Markup:
    """Return a text with its links."""
    return joined(_segment(one) for one in parts)


def by(username: str, name: str) -> Markup:
    """Return a person's names, which lead to the person's page."""
    return _BY.format(username=username, name=name)


def avatar(user: Item, size: int) -> Markup:
    """Return a person's picture, if there is one."""
    url = user.get("profile_image_url")
    return _AVATAR.format(url, size, size) if url else NOTHING


def counts(metrics: Item, names: Iterable[tuple[str, str, str]] = _COUNTED) -> Markup:
    """Return counts in words.

    Args:
        names: of each count its member, and the words for one and for more.
    """
    found = ((metrics.get(member) or 0, one, many) for member, one, many in names)
    return Markup("\n").join(
        Markup("<span><b>{}</b> {}</span>").format(f"{number:,}", one if number == 1 else many)
        for number, one, many in found
    )


def feed(tweets: list[ShownTweet], empty: str) -> Markup:
    """Return tweets, or a sentence where there are none."""
    if not tweets:
        return Markup('<p class="quiet">{}</p>').format(empty)
    return joined(map(article, tweets))


def article(tweet: ShownTweet, *, opened: bool = False) -> Markup:
    """Return a tweet with all that belongs to it.

    Args:
        opened: the page is about this tweet.
    """
    above = poll = quoted = NOTHING
    if tweet.retweeted_by:
        name = tweet.retweeted_by["name"]
        above = Markup('<p class="quiet">Reposted by <bdi>{}</bdi></p>').format(name)
    if tweet.poll:
        option = Markup('<li><span dir="auto">{label}</span> <b>{votes}</b></li>')
        options = joined(option.format(**one) for one in tweet.poll["options"])
        poll = Markup('<ul class="poll">{}</ul>').format(options)
    if tweet.quoted:
        whose = by(tweet.quoted.author["username"], tweet.quoted.author["name"])
        quoted = Markup("<blockquote>{}{}</blockquote>").format(whose, _text(tweet.quoted))
    return _ARTICLE.format(
        opened=" opened" if opened else "",
        above=above,
        picture=avatar(tweet.author, 40),
        by=by(tweet.author["username"], tweet.author["name"]),
        path=tweet.path,
        at=tweet.created_at,
        day=tweet.created_at[:10],
        time=tweet.created_at[11:16],
        text=_text(tweet),
        media=joined(map(_medium, tweet.media)),
        poll=poll,
        quoted=quoted,
        counts=counts(tweet.metrics),
    )


def language(tweet: ShownTweet) -> Markup:
    """Return the attribute of a text's language, if it is known."""
    known = tweet.lang and tweet.lang != "und"
    return Markup(' lang="{}"').format(tweet.lang) if known else NOTHING


def _segment(one: Segment) -> Markup:
    if not one.href:
        return Markup("{}").format(one.text)
    foreign = NOTHING if one.own else Markup(' rel="nofollow noopener ugc"')
    return Markup('<a href="{}"{}>{}</a>').format(one.href, foreign, one.text)


def _text(tweet: ShownTweet) -> Markup:
    return _TEXT.format(language=language(tweet), text=rich(tweet.parts))


def _medium(one: Item) -> Markup:
    if one["type"] == "photo":
        size = NOTHING
        if one.get("width"):
            size = Markup(' width="{}" height="{}"').format(one["width"], one["height"])
        return Markup('<img class="media" src="{}" alt="{}"{} loading="lazy">').format(
            one["url"], one.get("alt_text", ""), size
        )
    if not one.get("variants"):
        return NOTHING
    url, poster = one["variants"][0]["url"], NOTHING
    if one.get("preview_image_url"):
        poster = Markup(' poster="{}"').format(one["preview_image_url"])
    return Markup('<video class="media" controls preload="none" src="{}"{}></video>').format(
        url, poster
    )
