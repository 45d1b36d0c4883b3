"""X API 1.1: follows, over the capabilities of API v2."""

from collections.abc import Callable
from typing import Any

from chalicelib.users.graph import follows, listings
from chalicelib.users.routes.legacy import cursors
from chalicelib.users.routes.legacy.users import shown

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.base.errors import Problem
from shared.base.legacy_errors import LegacyProblem
from shared.base.validation import Schema
from shared.contracts import graph
from shared.contracts.graph import Relation
from shared.contracts.schemas.legacy import IDS_V1, RELATIONSHIP_V1, USER_PAGE_V1, USER_V1
from shared.http.api import Api, Call
from shared.http.legacy import WHO, named_user

api = Api(__name__, "API 1.1")

_WRITE = user_access("follows.write", "tweet.read", "users.read")
_READ = any_access("follows.read", "tweet.read", "users.read")
_IDS_QUERY: dict[str, Schema] = {**WHO, **cursors.IDS_QUERY}
_LIST_QUERY: dict[str, Schema] = {**WHO, **cursors.USERS_QUERY}


@api.endpoint(
    "POST",
    "/1.1/friendships/create.json",
    access=_WRITE,
    summary="Follow a user (API 1.1)",
    answer=USER_V1,
    query=WHO,
    limit=50,
    legacy=True,
)
def create_friendship_v1(call: Call) -> Any:
    """Follow a user, or ask a protected account; returns the user."""
    target_id = named_user(call)
    try:
        follows.follow(call.user_id, target_id)
    except Problem as problem:
        raise _refused(problem) from problem
    return shown(call, target_id)


@api.endpoint(
    "POST",
    "/1.1/friendships/destroy.json",
    access=_WRITE,
    summary="Unfollow a user (API 1.1)",
    answer=USER_V1,
    query=WHO,
    limit=50,
    legacy=True,
)
def destroy_friendship_v1(call: Call) -> Any:
    """Unfollow a user, or withdraw your request; returns the user."""
    target_id = named_user(call)
    before = shown(call, target_id)
    follows.unfollow(call.user_id, target_id)
    return {**before, "following": False, "follow_request_sent": False}


@api.endpoint(
    "GET",
    "/1.1/friendships/show.json",
    access=_READ,
    summary="Get the relation of two users (API 1.1)",
    answer=RELATIONSHIP_V1,
    query={
        name: {"type": "string", "maxLength": 100}
        for name in ("source_id", "source_screen_name", "target_id", "target_screen_name")
    },
    legacy=True,
)
def show_friendship_v1(call: Call) -> Any:
    """Return how two users are related; the source is you if none is named."""
    source_id = named_user(call, ("source_id", "source_screen_name"), own=True)
    target_id = named_user(call, ("target_id", "target_screen_name"))
    if call.viewer_id not in (source_id, target_id):
        # Who may not read the follows of either is not told of one of them.
        for one in (source_id, target_id):
            listings.list_following(one, {"max_results": 1}, call.viewer_id)
    names = [shown(call, one)["screen_name"] for one in (source_id, target_id)]
    there = graph.relations(source_id, [target_id])[target_id]
    back = graph.relations(target_id, [source_id])[source_id]
    source = _side(source_id, names[0], there, back)
    if call.viewer_id == source_id:
        source |= {"blocking": there.blocked, "blocked_by": there.blocked_by}
        source |= {"muting": there.muted, "can_dm": False}
        source |= {"following_requested": there.pending, "following_received": back.pending}
    return {"relationship": {"source": source, "target": _side(target_id, names[1], back, there)}}


@api.endpoint(
    "GET",
    "/1.1/followers/ids.json",
    access=_READ,
    summary="Get the ids of followers (API 1.1)",
    answer=IDS_V1,
    query=_IDS_QUERY,
    limit=15,
    legacy=True,
)
def get_follower_ids_v1(call: Call) -> Any:
    """List the ids of a user's followers."""
    return cursors.ids(call, *_list(call, "followers"))


@api.endpoint(
    "GET",
    "/1.1/friends/ids.json",
    access=_READ,
    summary="Get the ids of followed users (API 1.1)",
    answer=IDS_V1,
    query=_IDS_QUERY,
    limit=15,
    legacy=True,
)
def get_friend_ids_v1(call: Call) -> Any:
    """List the ids of the accounts that a user follows."""
    return cursors.ids(call, *_list(call, "following"))


@api.endpoint(
    "GET",
    "/1.1/followers/list.json",
    access=_READ,
    summary="Get followers (API 1.1)",
    answer=USER_PAGE_V1,
    query=_LIST_QUERY,
    limit=15,
    legacy=True,
)
def get_followers_v1(call: Call) -> Any:
    """List a user's followers."""
    return cursors.users(call, *_list(call, "followers"))


@api.endpoint(
    "GET",
    "/1.1/friends/list.json",
    access=_READ,
    summary="Get followed users (API 1.1)",
    answer=USER_PAGE_V1,
    query=_LIST_QUERY,
    limit=15,
    legacy=True,
)
def get_friends_v1(call: Call) -> Any:
    """List the accounts that a user follows."""
    return cursors.users(call, *_list(call, "following"))


def _list(call: Call, kind: str) -> tuple[str, Callable[[Item], Item]]:
    """Return context and reader of a list of follows."""
    user_id = named_user(call, own=True)
    listed = listings.list_followers if kind == "followers" else listings.list_following
    return f"{kind}:{user_id}", lambda query: listed(user_id, query, call.viewer_id)


def _side(user_id: str, name: str, there: Relation, back: Relation) -> Item:
    return {
        "id": int(user_id),
        "id_str": user_id,
        "screen_name": name,
        "following": there.following,
        "followed_by": back.following,
    }


def _refused(problem: Problem) -> Problem:
    if problem.status == 400:
        return LegacyProblem(403, 158, "You can't follow yourself.")
    if problem.status == 403 and "resource_id" not in problem.extra:
        words = "You have been blocked from following this account at the request of this user."
        return LegacyProblem(403, 162, words)
    return problem
