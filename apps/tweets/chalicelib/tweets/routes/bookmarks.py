"""X API v2: bookmarks and their folders."""

from typing import Any

from chalicelib.tweets.bookmarks import folders
from chalicelib.tweets.engagement import engagements
from chalicelib.tweets.posting import schemas
from chalicelib.tweets.routes import answers
from chalicelib.tweets.timelines import engagement_lists

from shared.auth.scopes import user_access
from shared.base.components import data
from shared.contracts.fields import PAGE_TOKEN, TWEET_QUERY, max_results
from shared.contracts.schemas.responses import TWEET_PAGE, done
from shared.http.api import Api, Call

api = Api(__name__, "Bookmarks")

_READ = user_access("bookmark.read", "tweet.read", "users.read")
_WRITE = user_access("bookmark.write", "tweet.read", "users.read")
_FOLDERS = user_access("bookmark.read", "users.read")
_FOLDER = user_access("bookmark.write", "users.read")
_HUNDRED = {"max_results": max_results(1, 100, 100), "pagination_token": PAGE_TOKEN}


@api.endpoint(
    "GET",
    "/2/users/{id}/bookmarks",
    access=_READ,
    summary="Get bookmarks",
    answer=TWEET_PAGE,
    query={**TWEET_QUERY, **_HUNDRED},
    limit=180,
)
def get_bookmarks(call: Call) -> Any:
    """List your bookmarked tweets, newest tweet first."""
    return engagement_lists.bookmarked_tweets(call.require_self(), call.query)


@api.endpoint(
    "POST",
    "/2/users/{id}/bookmarks",
    access=_WRITE,
    summary="Bookmark a tweet",
    answer=done(bookmarked=True),
    body=schemas.BOOKMARK,
    limit=50,
)
def create_bookmark(call: Call) -> Any:
    """Bookmark a tweet, in a folder if one is named.

    Bookmarking it again changes nothing but the folder.
    """
    user_id, tweet_id = call.require_self(), call.body["tweet_id"]
    if folder_id := call.body.get("folder_id"):
        return {"data": folders.bookmark(user_id, tweet_id, folder_id)}
    return {"data": engagements.bookmark(user_id, tweet_id)}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/bookmarks/{tweet_id}",
    access=_WRITE,
    summary="Remove a bookmark",
    answer=done(bookmarked=False),
    limit=50,
)
def delete_bookmark(call: Call) -> Any:
    """Remove a tweet from your bookmarks."""
    return {"data": engagements.remove_bookmark(call.require_self(), call.path_id("tweet_id"))}


@api.endpoint(
    "GET",
    "/2/users/{id}/bookmarks/folders",
    access=_FOLDERS,
    summary="Get bookmark folders",
    answer=answers.FOLDER_PAGE,
    query=_HUNDRED,
    limit=50,
)
def get_folders(call: Call) -> Any:
    """List your bookmark folders, newest first."""
    return folders.list_folders(call.require_self(), call.query)


@api.endpoint(
    "POST",
    "/2/users/{id}/bookmarks/folders",
    access=_FOLDER,
    summary="Create a bookmark folder",
    answer=data(answers.FOLDER),
    status=201,
    body=schemas.FOLDER,
    limit=50,
)
def create_folder(call: Call) -> Any:
    """Create a bookmark folder; an account may have 100."""
    return {"data": folders.create(call.require_self(), call.body["name"])}


@api.endpoint(
    "GET",
    "/2/users/{id}/bookmarks/folders/{folder_id}",
    access=_READ,
    summary="Get the tweets in a bookmark folder",
    answer=answers.ID_PAGE,
    query=_HUNDRED,
    limit=50,
)
def get_folder(call: Call) -> Any:
    """List the ids of the tweets in a bookmark folder."""
    return folders.list_bookmarks(call.require_self(), call.path_id("folder_id"), call.query)


@api.endpoint(
    "PUT",
    "/1/bookmarks/folders/{id}",
    access=_FOLDER,
    summary="Rename a bookmark folder",
    answer=data(answers.FOLDER),
    body=schemas.FOLDER,
    limit=50,
)
def rename_folder(call: Call) -> Any:
    """Rename a bookmark folder."""
    return {"data": folders.rename(call.user_id, call.path_id("id"), call.body["name"])}


@api.endpoint(
    "DELETE",
    "/1/bookmarks/folders/{id}",
    access=_FOLDER,
    summary="Delete a bookmark folder",
    answer=done(deleted=True),
    limit=50,
)
def delete_folder(call: Call) -> Any:
    """Delete a bookmark folder; its tweets stay bookmarked."""
    return {"data": folders.delete(call.user_id, call.path_id("id"))}
