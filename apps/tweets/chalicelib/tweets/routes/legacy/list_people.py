"""X API 1.1: members and subscribers of lists, over those of API v2."""

from collections.abc import Callable
from typing import Any

from chalicelib.tweets.lists import membership, presentation
from chalicelib.tweets.routes.legacy import named
from chalicelib.tweets.routes.legacy.lists import READ, WRITE, shown

from shared.aws.dynamo import Item
from shared.base.errors import Problem
from shared.base.legacy_errors import LegacyProblem
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import USER_QUERY
from shared.contracts.schemas.legacy import LIST_V1, USER_PAGE_V1, USER_V1
from shared.http import legacy
from shared.http.api import Api, Call

api = Api(__name__, "API 1.1")

_PAGE: dict[str, Schema] = {**named.WHICH, **legacy.cursor_query(20)}
_ONE: dict[str, Schema] = {**named.WHICH, **legacy.WHO}
_MANY: dict[str, Schema] = {**named.WHICH, **legacy.WHOM}


@api.endpoint(
    "GET",
    "/1.1/lists/members.json",
    access=READ,
    summary="Get a list's members (API 1.1)",
    answer=USER_PAGE_V1,
    query=_PAGE,
    legacy=True,
)
def get_members_v1(call: Call) -> Any:
    """List the members of a list."""
    return _people(call, "member")


@api.endpoint(
    "GET",
    "/1.1/lists/subscribers.json",
    access=READ,
    summary="Get a list's followers (API 1.1)",
    answer=USER_PAGE_V1,
    query=_PAGE,
    limit=180,
    legacy=True,
)
def get_subscribers_v1(call: Call) -> Any:
    """List the followers of a list."""
    return _people(call, "follower")


@api.endpoint(
    "GET",
    "/1.1/lists/members/show.json",
    access=READ,
    summary="Check for a list member (API 1.1)",
    answer=USER_V1,
    query=_ONE,
    limit=15,
    legacy=True,
)
def show_member_v1(call: Call) -> Any:
    """Return a user if the list has them as a member, else 404."""
    return _person(call, "member", "The specified user is not a member of this list.")


@api.endpoint(
    "GET",
    "/1.1/lists/subscribers/show.json",
    access=READ,
    summary="Check for a list follower (API 1.1)",
    answer=USER_V1,
    query=_ONE,
    limit=15,
    legacy=True,
)
def show_subscriber_v1(call: Call) -> Any:
    """Return a user if they follow the list, else 404."""
    return _person(call, "follower", "The specified user is not a subscriber of this list.")


@api.endpoint(
    "POST",
    "/1.1/lists/members/create.json",
    access=WRITE,
    summary="Add a list member (API 1.1)",
    answer=LIST_V1,
    query=_ONE,
    limit=300,
    legacy=True,
)
def create_member_v1(call: Call) -> Any:
    """Add a user to your list; returns the list."""
    list_id = named.list_id(call)
    membership.add_member(call.user_id, list_id, legacy.named_user(call, own=True))
    return shown(call, list_id)


@api.endpoint(
    "POST",
    "/1.1/lists/members/destroy.json",
    access=WRITE,
    summary="Remove a list member (API 1.1)",
    answer=LIST_V1,
    query=_ONE,
    limit=300,
    legacy=True,
)
def destroy_member_v1(call: Call) -> Any:
    """Remove a user from your list; returns the list."""
    list_id = named.list_id(call)
    membership.remove_member(call.user_id, list_id, legacy.named_user(call, own=True))
    return shown(call, list_id)


@api.endpoint(
    "POST",
    "/1.1/lists/members/create_all.json",
    access=WRITE,
    summary="Add list members (API 1.1)",
    answer=LIST_V1,
    query=_MANY,
    limit=15,
    legacy=True,
)
def create_members_v1(call: Call) -> Any:
    """Add up to 100 users to your list; whoever cannot be added is left out."""
    return _change_all(call, membership.add_member)


@api.endpoint(
    "POST",
    "/1.1/lists/members/destroy_all.json",
    access=WRITE,
    summary="Remove list members (API 1.1)",
    answer=LIST_V1,
    query=_MANY,
    limit=15,
    legacy=True,
)
def destroy_members_v1(call: Call) -> Any:
    """Remove up to 100 users from your list."""
    return _change_all(call, membership.remove_member)


@api.endpoint(
    "POST",
    "/1.1/lists/subscribers/create.json",
    access=WRITE,
    summary="Follow a list (API 1.1)",
    answer=LIST_V1,
    query=named.WHICH,
    limit=50,
    legacy=True,
)
def create_subscriber_v1(call: Call) -> Any:
    """Follow a list; returns it."""
    list_id = named.list_id(call)
    membership.follow(call.user_id, list_id)
    return shown(call, list_id)


@api.endpoint(
    "POST",
    "/1.1/lists/subscribers/destroy.json",
    access=WRITE,
    summary="Unfollow a list (API 1.1)",
    answer=LIST_V1,
    query=named.WHICH,
    limit=50,
    legacy=True,
)
def destroy_subscriber_v1(call: Call) -> Any:
    """Unfollow a list; returns it."""
    list_id = named.list_id(call)
    membership.unfollow(call.user_id, list_id)
    return shown(call, list_id)


def _people(call: Call, role: str) -> Item:
    list_id = named.list_id(call)
    context = f"list:{role}:{list_id}"

    def read(query: Item) -> Item:
        asked = {**USER_QUERY, **query}
        return presentation.users_of_list(role, list_id, asked, call.viewer_id)

    body, cursors = legacy.page(call, context, read, named.MOST, after=str)
    return {"users": [legacy_objects.user(one) for one in body.get("data", ())], **cursors}


def _person(call: Call, role: str, refusal: str) -> Item:
    """Return the named user if a list shows them in a role.

    Raises:
        Problem: 404 for a list or a user whom the caller cannot see there.
    """
    list_id, user_id = named.list_id(call), legacy.named_user(call, own=True)
    if membership.has(list_id, role, user_id):
        body = presentation.people_of_list(role, [user_id], USER_QUERY, call.viewer_id)
        for one in body.get("data", ()):
            return legacy_objects.user(one)
    raise LegacyProblem(404, 109, refusal)


def _change_all(call: Call, change: Callable[[str, str, str], Item]) -> Item:
    """Change the memberships of the named users, and return the list.

    Raises:
        Problem: 404 and 403 of the list; those of single users are passed over.
    """
    before = shown(call, named.list_id(call))
    for user_id in legacy.named_users(call):
        try:
            change(call.user_id, before["id_str"], user_id)
        except Problem as problem:
            if before["user"]["id_str"] != call.user_id or problem.status not in (403, 404):
                raise
    return shown(call, before["id_str"])
