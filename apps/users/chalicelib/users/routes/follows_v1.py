"""X API 1.1: follows, over the capabilities of API v2."""

from typing import Any

from chalicelib.users.graph import follows, listings
from chalicelib.users.profiles import directory
from chalicelib.users.routes.users_v1 import WHO, named_user

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.base.errors import Problem
from shared.base.legacy_errors import LegacyProblem
from shared.base.pagination import decode_position, encode_token
from shared.base.validation import Schema
from shared.contracts import graph, legacy_objects
from shared.contracts.graph import Relation
from shared.contracts.legacy_objects import USER_QUERY
from shared.contracts.schemas.legacy import IDS_V1, RELATIONSHIP_V1, USER_PAGE_V1, USER_V1
from shared.http.api import Api, Call

api = Api(__name__, "API 1.1")

_WRITE = user_access("follows.write", "tweet.read", "users.read")
_READ = any_access("follows.read", "tweet.read", "users.read")
_CURSOR: Schema = {
    "type": "integer",
    "default": -1,
    "description": "`next_cursor` of the page before; -1 begins.",
}
_IDS_QUERY: dict[str, Schema] = {
    **WHO,
    "cursor": _CURSOR,
    "count": {"type": "integer", "minimum": 1, "default": 1000},
    "stringify_ids": {"type": "boolean"},
}
_LIST_QUERY: dict[str, Schema] = {
    **WHO,
    "cursor": _CURSOR,
    "count": {"type": "integer", "minimum": 1, "default": 20},
    "include_user_entities": {"type": "boolean", "default": True},
}
_MOST_IDS, _MOST_USERS = 1000, 200


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
    return _user(call, target_id)


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
    shown = _user(call, target_id)
    follows.unfollow(call.user_id, target_id)
    return {**shown, "following": False, "follow_request_sent": False}


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
    named = "source_id" in call.query or "source_screen_name" in call.query
    source_id = named_user(call, "source_") if named else call.user_id
    target_id = named_user(call, "target_")
    if call.viewer_id not in (source_id, target_id):
        # Who may not read the follows of either is not told of one of them.
        for one in (source_id, target_id):
            listings.list_following(one, {"max_results": 1}, call.viewer_id)
    names = [_user(call, one)["screen_name"] for one in (source_id, target_id)]
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
    return _ids(call, "followers")


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
    return _ids(call, "following")


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
    return _users(call, "followers")


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
    return _users(call, "following")


def _ids(call: Call, kind: str) -> Item:
    found, cursors = _page(call, kind, {}, _MOST_IDS)
    text = call.query.get("stringify_ids", False)
    return {"ids": [one["id"] if text else int(one["id"]) for one in found], **cursors}


def _users(call: Call, kind: str) -> Item:
    found, cursors = _page(call, kind, USER_QUERY, _MOST_USERS)
    entities = call.query["include_user_entities"]
    return {"users": [legacy_objects.user(one, entities=entities) for one in found], **cursors}


def _page(call: Call, kind: str, fields: Item, most: int) -> tuple[list[Item], Item]:
    """Return users of a list of ids in order, and API 1.1's cursors.

    A cursor is the last id of the page before.
    """
    named = any(call.query.get(name) for name in WHO)
    user_id = named_user(call) if named else call.user_id
    context, cursor = f"{kind}:{user_id}", call.query["cursor"]
    query: Item = {**fields, "max_results": min(call.query["count"], most)}
    if cursor == 0:
        return [], _cursors(0)
    if cursor > 0:
        query["pagination_token"] = encode_token(context, {"after": str(cursor)})
    listed = listings.list_followers if kind == "followers" else listings.list_following
    body = listed(user_id, query, call.viewer_id)
    position = decode_position(context, body["meta"].get("next_token"), after=str)
    return body.get("data", []), _cursors(int(position["after"]) if position else 0)


def _cursors(following: int) -> Item:
    return {
        "next_cursor": following,
        "next_cursor_str": str(following),
        "previous_cursor": 0,
        "previous_cursor_str": "0",
    }


def _user(call: Call, user_id: str) -> Item:
    body = directory.by_id(user_id, USER_QUERY, call.viewer_id, parameter="user_id")
    return legacy_objects.user(body["data"])


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
