"""Pages for people without an account, and for programs that show links.

The path alone decides, never ``Accept`` or ``User-Agent``; answers know no viewer, so
caches may share them for some seconds. The web client takes over in the same document
where its reader is logged in.
"""

from typing import Any

from chalicelib.tweets.pages import pages
from chalicelib.tweets.pages.render import HEADERS, Page, render

from shared.auth.scopes import PUBLIC
from shared.base.answers import HTML, Answer
from shared.base.components import component
from shared.base.errors import Problem, not_found
from shared.http.api import Api, Call, Reply

api = Api(__name__, "Public pages")

_SHARED_SECONDS = 10
# A building full of readers has one address.
_LIMIT = 3000
_PAGE = Answer(media_type=HTML, description="The page")
_MISSING = Answer(status=404, media_type=HTML, description="A page that says so")
_MOVED = Answer(status=301, media_type=HTML, description="The canonical address")
_GONE = Answer(status=410, media_type=HTML, description="A page that says it was deleted")
_TEXT = {"type": "string"}
EMBED = component(
    "OEmbed",
    "An embeddable tweet (oEmbed 1.0).",
    {
        **dict.fromkeys(
            ["type", "version", "title", "author_name", "author_url", "provider_name",
             "provider_url", "html"],
            _TEXT,
        ),
        "width": {"type": "integer"},
        "height": {"type": ["integer", "null"]},
        "cache_age": {"type": "integer"},
    },
)  # fmt: skip


@api.endpoint(
    "GET",
    "/{handle}",
    access=PUBLIC,
    summary="Show an account's page",
    answer=(_PAGE, _MOVED, _MISSING),
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def show_profile(call: Call) -> Any:
    """Show the page of an account, at ``/@name``."""
    return _reply(pages.profile(_handle(call)))


@api.endpoint(
    "GET",
    "/{handle}/status/{id}",
    access=PUBLIC,
    summary="Show a tweet's page",
    answer=(_PAGE, _MOVED, _MISSING, _GONE),
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def show_tweet(call: Call) -> Any:
    """Show the page of a tweet with its first replies."""
    return _reply(pages.tweet(_handle(call), call.path["id"]))


@api.endpoint(
    "GET",
    "/status/{id}",
    access=PUBLIC,
    summary="Go to a tweet's page",
    answer=(_MOVED, _MISSING, _GONE),
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def find_tweet(call: Call) -> Any:
    """Redirect to the page of a tweet whose author the caller does not know."""
    return _reply(pages.tweet(None, call.path["id"]))


@api.endpoint(
    "GET",
    "/lists/{id}",
    access=PUBLIC,
    summary="Show a list's page",
    answer=(_PAGE, _MISSING),
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def show_list(call: Call) -> Any:
    """Show the page of a public list with its newest tweets.

    Other words than ids are pages of the web client.
    """
    list_id = call.path["id"]
    if list_id.isdigit():
        return _reply(pages.list_page(list_id))
    return _reply(pages.for_members(f"/lists/{list_id}"))


@api.endpoint(
    "GET",
    "/lists/{id}/{section}",
    access=PUBLIC,
    summary="Show a part of a list's page",
    answer=_PAGE,
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def show_list_section(call: Call) -> Any:
    """Show an empty page for people with an account; the client fills it."""
    return _reply(pages.for_members(f"/lists/{call.path['id']}/{call.path['section']}"))


@api.endpoint(
    "GET",
    "/i/lists/{id}",
    access=PUBLIC,
    summary="Go to a list's page",
    answer=_MOVED,
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def find_list(call: Call) -> Any:
    """Redirect X's address of a list to its page."""
    return _reply(pages.moved(f"/lists/{call.path_id('id')}"))


@api.endpoint(
    "GET",
    "/{handle}/{section}",
    access=PUBLIC,
    summary="Show a part of an account's page",
    answer=_PAGE,
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def show_section(call: Call) -> Any:
    """Show an empty page for people with an account; the client fills it."""
    return _reply(pages.for_members(f"/{_handle(call)}/{call.path['section']}"))


@api.endpoint(
    "GET",
    "/hashtag/{tag}",
    access=PUBLIC,
    summary="Show a hashtag's page",
    answer=_PAGE,
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def show_hashtag(call: Call) -> Any:
    """Show the page of a hashtag; it lists nothing until there is a search."""
    return _reply(pages.hashtag(call.path["tag"]))


@api.endpoint(
    "GET",
    "/oembed",
    access=PUBLIC,
    summary="Get a tweet to embed",
    answer=EMBED,
    query={
        "url": {"type": "string", "maxLength": 500},
        "format": {"type": "string", "maxLength": 20, "description": "`json`."},
        "maxwidth": {"type": "integer", "minimum": 1},
        "maxheight": {"type": "integer", "minimum": 1},
    },
    required=("url",),
    limit=_LIMIT,
    shared_seconds=_SHARED_SECONDS,
)
def get_embed(call: Call) -> Any:
    """Return a public tweet for other sites (oEmbed 1.0).

    Other formats than JSON are answered with 501, as oEmbed has it.
    """
    if call.query.get("format", "json") != "json":
        raise Problem(501, "about:blank", "Not Implemented", "The only format is json.")
    document = pages.embed(call.query["url"])
    if document is None:
        raise not_found("tweet", call.query["url"], "url")
    return document


def _handle(call: Call) -> str:
    """Return the username in the path, with its @.

    Raises:
        Problem: 404 for other words: nobody asks for a page.
    """
    handle = call.path["handle"]
    if not handle.startswith("@"):
        raise not_found("page", handle, "handle")
    return handle


def _reply(page: Page) -> Reply:
    headers = dict(HEADERS)
    if page.location:
        headers["location"] = page.location
    if page.status != 200:
        headers["cache-control"] = f"public, max-age=5, s-maxage={_SHARED_SECONDS}"
    return Reply(render(page), page.status, headers)
