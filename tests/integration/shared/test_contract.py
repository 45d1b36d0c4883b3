"""Our answers against X's OpenAPI documents, if a copy is at hand.

The documents are X's and are not in this repository: they are looked for in the
directory that ``X_OPENAPI`` names, or beside the checkout in ``../shared/reference``.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, OAS31Validator

from scripts.base.process import ROOT
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration

PLACES = (Path(os.environ.get("X_OPENAPI", "")), ROOT.parent / "shared" / "reference")
DOCUMENTS = sorted(
    path for place in PLACES if place.name for path in place.glob("x-api-v2-openapi-*.json")
)

NOWHERE: list[Path | None] = [None]


class Contract:
    """One document, and which of its operations a path is."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text())
        new = self.document["openapi"].startswith("3.1")
        self.validator = OAS31Validator if new else OAS30Validator
        self.paths = [
            (re.compile(re.sub(r"{\w+}", "[^/]+", template)), template)
            for template in sorted(self.document["paths"], key=lambda one: "{" in one)
        ]

    def enum(self, parameter: str) -> list[str]:
        """The values of a parameter such as ``TweetFieldsParameter``."""
        schema = self.document["components"]["parameters"].get(parameter, {}).get("schema", {})
        return list(dict.fromkeys(schema.get("items", {}).get("enum", ())))

    def errors(self, method: str, path: str, answer: Answer) -> list[str]:
        """Return the faults of an answer."""
        bare = path.partition("?")[0]
        template = next(t for pattern, t in self.paths if pattern.fullmatch(bare))
        responses = self.document["paths"][template][method.lower()]["responses"]
        assert str(answer.status) in responses, (method, path, answer.status, answer.body[:300])
        schema = responses[str(answer.status)]["content"]["application/json"]["schema"]
        whole = {**schema, "components": self.document["components"]}
        found = self.validator(whole).iter_errors(answer.json())
        return [f"{method} {bare} {error.json_path}: {error.message[:200]}" for error in found]


@pytest.fixture(scope="module", params=DOCUMENTS or NOWHERE, ids=lambda p: p.stem if p else "none")
def contract(request: pytest.FixtureRequest) -> Contract:
    if request.param is None:
        pytest.skip("X's OpenAPI document is not here: set X_OPENAPI to its directory")
    return Contract(request.param)


@pytest.fixture(scope="module")
def world(platform: Platform) -> Iterator[dict[str, Any]]:
    """Two users with everything that has a shape of its own."""
    author, other = platform.register(), platform.register()
    other.follow(author)
    root = author.tweet(f"Hello @{other.username} #rook $ROOK https://example.com/a \U0001f426 ok")
    reply = other.tweet(f"@{author.username} indeed", reply={"in_reply_to_tweet_id": root})
    quote = other.tweet("Look", quote_tweet_id=root)
    poll = author.tweet("?", poll={"options": ["a", "b"], "duration_minutes": 5})
    draft = author.tweet("Teh end")
    edit = {"text": "The end", "edit_options": {"previous_post_id": draft}}
    edited = author.ok("POST", "/2/tweets", edit)["data"]["id"]
    for what in ("likes", "retweets", "bookmarks"):
        other.ok("POST", f"/2/users/{other.id}/{what}", {"tweet_id": root})
    folders = f"/2/users/{other.id}/bookmarks/folders"
    folder_id = other.ok("POST", folders, {"name": "Rooks"})["data"]["id"]
    into = {"tweet_id": quote, "folder_id": folder_id}
    other.ok("POST", f"/2/users/{other.id}/bookmarks", into)
    list_id = author.ok("POST", "/2/lists", {"name": "Rooks", "description": "d"})["data"]["id"]
    author.ok("POST", f"/2/lists/{list_id}/members", {"user_id": other.id})
    other.ok("POST", f"/2/users/{other.id}/followed_lists", {"list_id": list_id})
    author.ok("POST", f"/2/users/{author.id}/pinned_lists", {"list_id": list_id})
    platform.settle(120)
    yield {
        "author": author, "other": other, "tweets": [root, reply, quote, poll, edited],
        "root": root, "list": list_id, "folder": f"{folders}/{folder_id}",
    }  # fmt: skip


def reads(world: dict[str, Any], contract: Contract) -> list[tuple[Person, str]]:
    """Main reads of tweets, users and lists with all fields and expansions."""
    author, other, root, list_id = world["author"], world["other"], world["root"], world["list"]
    dialect = "Post" if contract.enum("PostFieldsParameter") else "Tweet"
    tweet_query = "&".join(
        f"{name}={','.join(contract.enum(parameter))}"
        for name, parameter in (
            (f"{dialect.lower()}.fields", f"{dialect}FieldsParameter"),
            ("expansions", f"{dialect}ExpansionsParameter"),
            ("user.fields", "UserFieldsParameter"),
            ("media.fields", "MediaFieldsParameter"),
            ("poll.fields", "PollFieldsParameter"),
            ("place.fields", "PlaceFieldsParameter"),
        )
    )
    user_query = (
        f"user.fields={','.join(contract.enum('UserFieldsParameter'))}"
        f"&expansions={','.join(contract.enum('UserExpansionsParameter'))}"
    )
    list_query = f"list.fields={','.join(contract.enum('ListFieldsParameter'))}&expansions=owner_id"
    ids = ",".join([*world["tweets"], "1"])
    return [
        (author, f"/2/tweets?ids={ids}&{tweet_query}"),
        *((author, f"/2/tweets/{one}?{tweet_query}") for one in world["tweets"]),
        *(
            (other, f"/2/tweets/{root}/{what}?{tweet_query}")
            for what in ("quote_tweets", "retweets")
        ),
        *(
            (other, f"/2/users/{other.id}/{what}?{tweet_query}")
            for what in ("tweets", "mentions", "liked_tweets", "bookmarks",
                         "timelines/reverse_chronological")
        ),
        (author, f"/2/users/reposts_of_me?{tweet_query}"),
        (author, f"/2/lists/{list_id}/tweets?{tweet_query}"),
        *(
            (author, f"/2/tweets/{root}/{what}?{user_query}")
            for what in ("liking_users", "retweeted_by")
        ),
        (other, f"/2/users/{other.id}/bookmarks/folders"),
        (other, world["folder"]),
        (author, f"/2/users/me?{user_query}"),
        (other, f"/2/users/{author.id}?{user_query}"),
        (other, f"/2/users?ids={author.id},1&{user_query}"),
        (other, f"/2/users/by?usernames={author.username},nobody_x&{user_query}"),
        (other, f"/2/users/by/username/{author.username}?{user_query}"),
        *(
            (author, f"/2/users/{author.id}/{what}?{user_query}")
            for what in ("followers", "following", "blocking", "muting")
        ),
        (author, f"/2/lists/{list_id}?{list_query}"),
        *(
            (author, f"/2/lists/{list_id}/{what}?{user_query}")
            for what in ("members", "followers")
        ),
        *(
            (author, f"/2/users/{author.id}/{what}?{list_query}")
            for what in ("owned_lists", "list_memberships", "followed_lists", "pinned_lists")
        ),
    ]  # fmt: skip


def test_reads_agree_with_x(contract: Contract, world: dict[str, Any]) -> None:
    wrong = []
    for person, path in reads(world, contract):
        answer = person.call("GET", path)
        assert answer.status == 200, (path, answer.body[:500])
        wrong += contract.errors("GET", path, answer)
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_writes_agree_with_x(contract: Contract, world: dict[str, Any], platform: Platform) -> None:
    author, other, root, list_id = (
        world["author"],
        platform.register(),
        world["root"],
        world["list"],
    )
    mine = f"/2/users/{other.id}"
    tweet_id = other.tweet("Mine")
    reply = other.tweet("to myself", reply={"in_reply_to_tweet_id": tweet_id})
    steps: list[tuple[Person, str, str, Any]] = [
        (other, "POST", "/2/tweets", {"text": "A tweet"}),
        (other, "PUT", f"/2/tweets/{reply}/hidden", {"hidden": True}),
        (other, "POST", f"{mine}/likes", {"tweet_id": root}),
        (other, "DELETE", f"{mine}/likes/{root}", None),
        (other, "POST", f"{mine}/retweets", {"tweet_id": root}),
        (other, "DELETE", f"{mine}/retweets/{root}", None),
        (other, "POST", f"{mine}/bookmarks", {"tweet_id": root}),
        (other, "DELETE", f"{mine}/bookmarks/{root}", None),
        (other, "POST", f"{mine}/following", {"target_user_id": author.id}),
        (other, "DELETE", f"{mine}/following/{author.id}", None),
        (other, "POST", f"{mine}/muting", {"target_user_id": author.id}),
        (other, "DELETE", f"{mine}/muting/{author.id}", None),
        (author, "PUT", f"/2/lists/{list_id}", {"name": "Crows"}),
        (author, "POST", f"/2/lists/{list_id}/members", {"user_id": other.id}),
        (author, "DELETE", f"/2/lists/{list_id}/members/{other.id}", None),
        (other, "POST", f"{mine}/followed_lists", {"list_id": list_id}),
        (other, "DELETE", f"{mine}/followed_lists/{list_id}", None),
        (other, "POST", f"{mine}/pinned_lists", {"list_id": list_id}),
        (other, "DELETE", f"{mine}/pinned_lists/{list_id}", None),
        (other, "DELETE", f"/2/tweets/{tweet_id}", None),
    ]
    wrong = []
    for person, method, path, body in steps:
        answer = person.call(method, path, body)
        assert answer.status < 300, (method, path, answer.body[:500])
        wrong += contract.errors(method, path, answer)
    assert not wrong, "\n".join(dict.fromkeys(wrong))
