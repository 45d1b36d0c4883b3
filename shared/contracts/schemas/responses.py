"""Schemas of X's answers: one object or a page, with expansions."""

from shared.base.answers import PAGE_META, PARTIAL_ERROR, page_of
from shared.base.components import (
    COUNT,
    FLAG,
    ID,
    MOMENT,
    TEXT,
    Component,
    array,
    component,
    data,
    record,
)
from shared.base.validation import Schema
from shared.contracts.schemas.media import MEDIA, POLL
from shared.contracts.schemas.tweet import TWEET
from shared.contracts.schemas.user import USER

LIST = component(
    "List",
    "A list. Members other than `id` and `name` are there when `list.fields` asks for them.",
    {"id": ID, "name": TEXT},
    {
        "created_at": MOMENT,
        "description": TEXT,
        "follower_count": COUNT,
        "member_count": COUNT,
        "owner_id": ID,
        "private": FLAG,
    },
    {"id": "1441162269824405510", "name": "Birds", "member_count": 12},
)
INCLUDES = component(
    "Includes",
    "Objects that `expansions` asks for.",
    {},
    {
        "media": array(MEDIA, minItems=1),
        "polls": array(POLL, minItems=1),
        "posts": array(TWEET, minItems=1),
        "tweets": array(TWEET, minItems=1),
        "users": array(USER, minItems=1),
    },
)
_INCLUDED: dict[str, Schema] = {"includes": INCLUDES}
_MISSING: dict[str, Schema] = {"errors": array(PARTIAL_ERROR, minItems=1)}
_BESIDE = _INCLUDED | _MISSING


def one_of(name: str, item: Schema) -> Component:
    """Return the answer to a question about one object."""
    return Component(name, record({"data": item}, _BESIDE))


def several_of(name: str, item: Schema) -> Component:
    """Return the answer for objects by id; ``errors`` name missing ones."""
    return Component(name, record({}, {"data": array(item, minItems=1), **_BESIDE}))


def tweet_page(name: str, meta: Schema) -> Component:
    """Return the answer with a page of tweets."""
    return _page(name, TWEET, meta)


def _page(name: str, item: Schema, meta: Schema = PAGE_META) -> Component:
    return Component(name, page_of(item, meta, **_BESIDE))


TWEET_PAGE_META = component(
    "TweetPageMeta",
    "Size of a page of tweets, its newest and oldest tweet, and tokens of its neighbours.",
    {"result_count": COUNT},
    {
        "newest_id": ID,
        "oldest_id": ID,
        "next_token": {**TEXT, "description": "Absent on the last page."},
        "previous_token": {**TEXT, "description": "Absent on the first page."},
    },
)
ONE_TWEET = one_of("TweetResponse", TWEET)
TWEETS = several_of("TweetsResponse", TWEET)
TWEET_PAGE = tweet_page("TweetPage", TWEET_PAGE_META)
ONE_USER = one_of("UserResponse", USER)
USERS = several_of("UsersResponse", USER)
USER_PAGE = _page("UserPage", USER)
ONE_LIST = Component("ListResponse", record({"data": LIST}, _INCLUDED))
LIST_PAGE = Component("ListPage", page_of(LIST, **_INCLUDED))
ONE_MEDIA = Component("MediaResponse", data(MEDIA))
SEVERAL_MEDIA = Component(
    "MediaListResponse", record({}, {"data": array(MEDIA, minItems=1), **_MISSING})
)


def done(**flags: bool) -> Schema:
    """Return the answer to an action: flags with constant values."""
    return data(record({name: {"type": "boolean", "const": flag} for name, flag in flags.items()}))


def told(*flags: str) -> Schema:
    """Return the answer to an action: flags that tell how things stand now."""
    return data(record(dict.fromkeys(flags, FLAG)))
