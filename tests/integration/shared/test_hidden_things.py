"""Hidden things answer as if they did not exist, on every route.

The walk is made from the declared routes: one that takes an id of a tweet, a list or an account
and is in no table here fails `test_every_id_of_a_route_is_classified`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.base.domain import domains, load_app
from shared.base.process import process
from shared.http.api import Endpoint
from tests.account_steps import log_in
from tests.integration.users.moderation.test_moderation import WHY, staff
from tests.platform import PASSWORD, Answer, Person, Platform

pytestmark = pytest.mark.integration

ENDPOINTS = {
    f"{one.method} {one.path}": one
    for domain in domains()
    for one in load_app(domain).app.endpoints
}
# Why the viewer may not see what an author posted.
REASONS = ("protected", "blocks the viewer", "is blocked", "suspended", "deactivated")
# A caller without an account is not blocked.
PUBLIC_REASONS = ("protected", "suspended", "deactivated")

# Taking back what one did needs no look at the thing: the answer is the same for every id.
TAKEN_BACK = {
    "DELETE /2/users/{id}/likes/{tweet_id}", "DELETE /2/users/{id}/retweets/{tweet_id}",
    "DELETE /2/users/{id}/bookmarks/{tweet_id}", "DELETE /2/users/{id}/followed_lists/{list_id}",
    "DELETE /2/users/{id}/pinned_lists/{list_id}",
}  # fmt: skip
# Statuses of other routes that answer alike for every id that leads to nothing; all else is 404.
ALIKE = {
    **dict.fromkeys(TAKEN_BACK, 200),
    # Several ids: the missing ones are named beside the others.
    "GET /2/tweets": 200,
    "GET /1.1/statuses/lookup.json": 200,
    "POST /1.1/statuses/lookup.json": 200,
    # A report is taken of anything.
    "POST /1/reports": 201,
    # Pages that the web client fills.
    "GET /lists/{id}/{section}": 200,
    "GET /i/lists/{id}": 301,
    # For moderators only.
    "POST /1/admin/tweets/{id}/remove": 403,
}

TWEET, LIST, USER = "tweet", "list", "user"
# Names of members and parameters with an id, by kind; of paths' ``{id}`` the path tells.
NAMED = {
    "tweet_id": TWEET, "quote_tweet_id": TWEET, "reply.in_reply_to_tweet_id": TWEET,
    "edit_options.previous_post_id": TWEET, "in_reply_to_status_id": TWEET,
    "list_id": LIST, "user_id": USER, "target_user_id": USER, "source_id": USER,
    "target_id": USER, "username": USER,
}  # fmt: skip
PATHS = (
    (r"(/2|/1|/1/public)/tweets/\{id\}", TWEET),
    (r"/1\.1/statuses/\w+/\{id\}|(/\{handle\})?/status/\{id\}|/1/admin/tweets/\{id\}", TWEET),
    (r"(/2|/i|)/lists/\{id\}", LIST),
    (r"(/2|/1/public)/users/\{id\}", USER),
)
IDS_IN_QUERY = {
    "GET /2/tweets": TWEET, "GET /1.1/statuses/lookup.json": TWEET,
    "POST /1.1/statuses/lookup.json": TWEET,
    "GET /1.1/statuses/show.json": TWEET, "POST /1.1/favorites/create.json": TWEET,
    "POST /1.1/favorites/destroy.json": TWEET, "GET /2/users": USER,
    "GET /1.1/statuses/retweeters/ids.json": TWEET, "GET /1.1/statuses/oembed.json": TWEET,
}  # fmt: skip
# Bounds of pages; known ids of a poll; what belongs to one user alone, whose tests are named in
# docs/security.md; and what only staff may address.
OTHER_NAMES = {
    "since_id", "until_id", "max_id", "known_ids", "media_id", "media_ids", "media.media_ids",
    "media.tagged_user_ids", "reply.exclude_reply_user_ids", "upload_id", "folder_id",
    "client_id", "stringify_ids", "owner_id",  # The last names a list together with its slug.
}  # fmt: skip
OTHER_PATHS = re.compile(
    r"/1/(crawls|crawl_schedules|notifications|bookmarks|tweets/(drafts|scheduled)|media|apps|sessions|admin"
    r"|accounts|follow_requests|templates|devices|contacts|topics|segments|api_keys)/|/2/media/"
    r"|/1\.1/(media|oauth|account)/|/i/oauth2/|/oauth/"
)
OTHER_ROUTES = {"POST /2/media/metadata", "POST /2/media/subtitles", "DELETE /2/media/subtitles",
                "POST /1/notifications", "POST /1/notifications/inbox/read"}  # fmt: skip
# Other members that a request needs.
REST: dict[str, dict[str, Any]] = {
    "POST /2/tweets": {"text": "x"}, "PUT /2/tweets/{id}/hidden": {"hidden": True},
    "POST /1/tweets/{id}/votes": {"position": 1}, "PUT /2/lists/{id}": {"name": "x"},
    "POST /1/reports": {"category": "spam"},
    "POST /1/admin/tweets/{id}/remove": {"reason": "x"},
}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """Place in a request for the id of a thing."""

    route: str
    name: str
    kind: str
    where: str

    def __str__(self) -> str:
        return f"{self.route} {self.name}"


def names_of(schema: Any, prefix: str = "") -> Iterator[str]:
    """Yield names of members with ids, also of members of members."""
    for name, member in (schema or {}).get("properties", {}).items():
        if name in ("id", "ids") or name.endswith(("_id", "_ids")):
            yield prefix + name
        yield from names_of(member, f"{prefix}{name}.")


def kind_of(route: str, path: str, name: str, where: str) -> str | None:
    """Return the kind of thing that an id names; ``None`` for others.

    Raises:
        LookupError: no table says it.
    """
    if OTHER_PATHS.search(path) and not path.startswith("/1/admin/tweets/"):
        return None
    # Drafts and scheduled tweets are kept as they are: what they refer to is judged when posted.
    if route in OTHER_ROUTES or name in OTHER_NAMES or name.startswith("tweet."):
        return None
    if where == "path" and name == "id":
        return next(kind for pattern, kind in PATHS if re.match(pattern, path))
    if name in ("id", "ids"):
        return IDS_IN_QUERY[route]
    return NAMED[name]


def slots() -> list[Slot]:
    found, unknown = [], []
    for route, endpoint in ENDPOINTS.items():
        places = [(name, "path") for name in re.findall(r"{(\w+)}", endpoint.path)]
        places += [(name, "body") for name in names_of(endpoint.body)]
        places += [(name, "query") for name in names_of(endpoint.query)]
        for name, where in places:
            if name in ("handle", "section", "tag"):
                continue
            try:
                kind = kind_of(route, endpoint.path, name, where)
            except (LookupError, StopIteration):
                unknown.append((route, name))
                continue
            if kind:
                found.append(Slot(route, name, kind, where))
    assert unknown == []
    return found


def things() -> list[Slot]:
    return [slot for slot in slots() if slot.kind != USER]


def test_every_id_of_a_route_is_classified() -> None:
    found = slots()
    kinds = [sum(slot.kind == kind for slot in found) for kind in (TWEET, LIST, USER)]
    assert all(count >= 12 for count in kinds), kinds
    assert {slot.route for slot in found} >= ALIKE.keys()


@dataclass
class World:
    """A viewer, and authors with a hidden tweet and a hidden list each."""

    viewer: Person
    authors: dict[str, Person]
    tweets: dict[str, str]
    lists: dict[str, str]


@pytest.fixture(scope="module")
def world(platform: Platform) -> Iterator[World]:
    viewer = platform.register()
    authors = {reason: platform.register() for reason in (*REASONS, "private")}
    poll = {"options": ["yes", "no"], "duration_minutes": 60}
    made = World(
        viewer,
        authors,
        {reason: one.tweet("hidden", poll=poll) for reason, one in authors.items()},
        {
            reason: one.ok("POST", "/2/lists", {"name": "x", "private": reason == "private"})[
                "data"
            ]["id"]
            for reason, one in authors.items()
        },
    )
    authors["protected"].ok("PATCH", "/1/accounts/me", {"protected": True})
    for one, other in (
        (authors["blocks the viewer"], viewer),
        (viewer, authors["is blocked"]),
    ):
        one.ok("POST", f"/2/users/{one.id}/blocking", {"target_user_id": other.id})
    suspend = f"/1/admin/users/{authors['suspended'].id}/suspend"
    staff(platform, "moderator").ok("POST", suspend, WHY)
    authors["deactivated"].ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
    platform.settle()
    process.reset()
    yield made
    # Back again: other tests count who is to be erased.
    log_in(platform, authors["deactivated"])


def ask(viewer: Person, slot: Slot, thing_id: str) -> Answer:
    """Send a request with the id in its place, else the viewer's."""
    endpoint: Endpoint = ENDPOINTS[slot.route]
    path = endpoint.path
    for name in re.findall(r"{(\w+)}", path):
        own = {"handle": "@somebody", "section": "members"}.get(name, viewer.id)
        path = path.replace(f"{{{name}}}", thing_id if name == slot.name else own)
    if slot.where == "query":
        path += f"?{slot.name}={thing_id}"
        path += "&status=x" if slot.name == "in_reply_to_status_id" else ""
    needed = (endpoint.body or {}).get("required", ())
    body: Any = {name: "123" if name.endswith("_id") else "x" for name in needed}
    body |= REST.get(slot.route, {})
    if slot.where == "body":
        *outer, inner = slot.name.split(".")
        place = body
        for name in outer:
            place = place.setdefault(name, {})
        place[inner] = thing_id
    if slot.route == "POST /2/lists/{id}/members":
        body = {"user_id": viewer.id}
    return viewer.call(endpoint.method, path, body or None)


def told(answer: Answer, thing_id: str) -> tuple[int, str]:
    """Return status and body without the id asked for."""
    location = answer.headers.get("location", "")
    return answer.status, (answer.body.decode() + location).replace(thing_id, "ID")


@pytest.mark.parametrize("slot", things(), ids=str)
def test_what_is_hidden_answers_as_what_is_not_there(world: World, slot: Slot) -> None:
    endpoint = ENDPOINTS[slot.route]
    reasons = PUBLIC_REASONS if endpoint.access.public else REASONS
    hidden = world.tweets if slot.kind == TWEET else world.lists
    reasons = (*reasons, "private") if slot.kind == LIST else reasons
    missing = told(ask(world.viewer, slot, "123"), "123")
    assert missing[0] == ALIKE.get(slot.route, 404), missing
    for reason in reasons:
        answer = told(ask(world.viewer, slot, hidden[reason]), hidden[reason])
        assert answer == missing, reason


# Statuses of what is asked of an account, by the reason: an account stays visible to whom it
# blocks or who is blocked, and to strangers of a protected one; 404 only if it is gone.
_SEEN = dict(zip(REASONS, (200, 200, 200, 403, 404), strict=True))
_LISTS = dict(zip(REASONS, (403, 403, 200, 403, 404), strict=True))
# Writes that need nobody's leave, so that a suspended account can be blocked, muted and reported.
_OWN_DECISION = {**_SEEN, "suspended": 200}
# Ends what the viewer did: the same for every id.
_ANY = dict.fromkeys(REASONS, 200)
# Routes under the viewer's own id: others' are refused, whoever they are.
_NOT_SELF = dict.fromkeys(REASONS, 403)
USERS: dict[str, dict[str, int]] = {
    "GET /2/users/{id} id": _SEEN,
    "GET /1.1/users/show.json user_id": _SEEN,
    **{
        f"GET /2/users/{{id}}/{one} id": _LISTS
        for one in (
            "followers", "following", "tweets", "mentions", "liked_tweets", "owned_lists",
            "list_memberships", "followed_lists",
        )
    },
    **{
        f"GET /1.1/{one}.json user_id": _LISTS
        for one in (
            "followers/ids", "friends/ids", "followers/list", "friends/list",
            "statuses/user_timeline", "favorites/list", "lists/list", "lists/ownerships",
            "lists/memberships", "lists/subscriptions",
        )
    },
    "POST /2/users/{id}/following target_user_id": {**_SEEN, REASONS[1]: 403, REASONS[2]: 403},
    "POST /1.1/friendships/create.json user_id": {**_SEEN, REASONS[1]: 403, REASONS[2]: 403},
    "POST /2/users/{id}/blocking target_user_id": _OWN_DECISION,
    "POST /2/users/{id}/muting target_user_id": _OWN_DECISION,
    "DELETE /2/users/{id}/following/{target_user_id} target_user_id": _ANY,
    "DELETE /2/users/{id}/blocking/{target_user_id} target_user_id": _ANY,
    "DELETE /2/users/{id}/muting/{target_user_id} target_user_id": _ANY,
    "GET /1/follows/{target_user_id}/notify target_user_id": _ANY,
    "GET /1/public/users/{id}/tweets id": {**_LISTS, REASONS[1]: 200},
    "GET /1.1/friendships/show.json target_id": _SEEN,
    "POST /1.1/friendships/destroy.json user_id": _SEEN,
    # Nobody has a banner.
    "GET /1.1/users/profile_banner.json user_id": {**dict.fromkeys(REASONS, 404), "suspended": 403},
}  # fmt: skip
# Routes with an account's id that another test asks, or whose answer no account changes.
USERS_ELSEWHERE = {
    # `test_a_list_takes_nobody_through_a_block`, `test_people.py`
    "POST /2/lists/{id}/members user_id", "DELETE /2/lists/{id}/members/{user_id} user_id",
    # As these, and as blocks and mutes of API v2: by the same capabilities.
    *(
        f"POST /1.1/lists/members/{one}.json user_id"
        for one in ("create", "create_all", "destroy", "destroy_all")
    ),
    *(f"GET /1.1/lists/{one}/show.json user_id" for one in ("members", "subscribers")),
    *(
        f"POST /1.1/{one}.json user_id"
        for one in ("blocks/create", "blocks/destroy", "mutes/users/create", "mutes/users/destroy")
    ),
    # Several ids: missing ones are named beside the others, or left out.
    "GET /2/users ids", "GET /1.1/users/lookup.json user_id", "POST /1.1/users/lookup.json user_id",
    "GET /1.1/friendships/lookup.json user_id",
    # A name instead of an id: as by the id.
    "GET /2/users/by/username/{username} username",
    # Needs a follow, whoever it is: 409.
    "PUT /1/follows/{target_user_id}/notify target_user_id",
    # A report is taken of anything.
    "POST /1/reports user_id",
    # As the target.
    "GET /1.1/friendships/show.json source_id",
}  # fmt: skip


def accounts() -> list[Slot]:
    """Return slots of accounts other than the viewer's own id in the path."""
    return [slot for slot in slots() if slot.kind == USER and str(slot) not in USERS_ELSEWHERE]


@pytest.mark.parametrize("slot", accounts(), ids=str)
def test_what_is_asked_of_an_account_says_why(world: World, slot: Slot) -> None:
    # Without a row the route must refuse every path but the caller's own.
    row = USERS.get(str(slot), _NOT_SELF)
    undo = slot.route.startswith("DELETE") and "blocking" in slot.route
    for reason in REASONS:
        if (undo or slot.route.startswith("POST /2/users/{id}/blocking")) and "block" in reason:
            continue  # It would change what the other tests look at.
        answer = ask(world.viewer, slot, world.authors[reason].id)
        assert answer.status == row[reason], (reason, answer.body)
    unknown = ask(world.viewer, slot, "123")
    expected = row["deactivated"] if row is not _NOT_SELF else 403
    assert unknown.status == expected, unknown.body


def test_a_wrong_row_would_be_seen(world: World) -> None:
    """A visible thing answers unlike a missing one: the walk compares."""
    public = world.viewer.tweet("for all")
    slot = next(one for one in things() if str(one) == "GET /2/tweets/{id} id")
    assert told(ask(world.viewer, slot, public), public) != told(
        ask(world.viewer, slot, "123"), "123"
    )
