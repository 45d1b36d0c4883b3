"""Relations of home pages: exact by version, in every process."""

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.checks.permissions import running
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts.graph import GRAPH
from tests.faults import THROTTLED, error, intercepted
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

FOLLOWS, TIMELINES = "rookery-dev-users-follows", "rookery-dev-tweets-timelines"


@pytest.fixture
def queries() -> Iterator[list[Any]]:
    made: list[Any] = []

    def note(params: dict[str, Any]) -> None:
        if params["TableName"] == FOLLOWS and "IndexName" not in params:
            made.append(params)

    with intercepted("dynamodb", "Query", note):
        yield made


def elsewhere() -> None:
    """Forget relations, as a process that has just started."""
    from chalicelib.tweets.timelines import following

    following.forget()


def settled(reader: Person) -> None:
    """Let the last change be of long ago."""
    GRAPH.update({"user_id": reader.id}, "SET #changed_at = :then", {"then": now_ms() - 5_000})


def packed(reader: Person) -> dict[str, Any]:
    key = {"user_id": reader.id, "position": 2**63 + 1}
    (item,) = dynamo.batch_get({TIMELINES: [key]}, consistent=True)[TIMELINES]
    return item


def test_relations_are_read_once_per_change(platform: Platform, queries: list[Any]) -> None:
    author, other, reader = (platform.register() for _ in range(3))
    tweets = [author.tweet("by one"), other.tweet("by another")]
    platform.settle()
    reader.follow(author)
    # A follow of this moment: what is read may be half of a transaction, so it is not kept.
    assert reader.home() == tweets[:1] and len(queries) == 1
    settled(reader)
    assert reader.home() == tweets[:1] and len(queries) == 2
    for forget in (lambda: None, elsewhere, elsewhere):
        forget()
        assert reader.home() == tweets[:1]
    assert len(queries) == 2
    # Each change shows on the next page, whichever process it is.
    for forget in (lambda: None, elsewhere):
        reader.follow(other)
        forget()
        assert reader.home() == tweets[::-1]
        reader.ok("POST", f"/2/users/{reader.id}/muting", {"target_user_id": author.id})
        forget()
        assert reader.home() == tweets[1:]
        reader.ok("DELETE", f"/2/users/{reader.id}/muting/{author.id}")
        reader.ok("DELETE", f"/2/users/{reader.id}/following/{other.id}")
        forget()
        assert reader.home() == tweets[:1]
    reader.ok("POST", f"/2/users/{reader.id}/blocking", {"target_user_id": author.id})
    assert reader.home() == []


def test_an_older_version_never_replaces_a_newer_one(platform: Platform) -> None:
    from chalicelib.tweets.timelines import following
    from chalicelib.tweets.timelines.following import Following

    author, reader = platform.register(), platform.register()
    reader.follow(author)
    settled(reader)
    reader.home()
    stored = packed(reader)
    following._pack(Following(reader.id, stored["version"] - 1, ()))
    assert packed(reader) == stored
    following._pack(Following(reader.id, stored["version"] + 1, ()))
    assert packed(reader)["flags"] == b""


def test_a_page_that_cannot_pack_is_shown(platform: Platform) -> None:
    author, reader = platform.register(), platform.register()
    reader.home()
    tweet_id = author.tweet("all the same")
    reader.follow(author)
    platform.settle()
    settled(reader)
    with intercepted("dynamodb", "UpdateItem", lambda _: error(THROTTLED)):
        from chalicelib.tweets.timelines import following

        relations, _ = following.load(reader.id)
    assert relations.shown.keys() == {author.id}
    assert reader.home() == [tweet_id]


def test_processes_that_serve_pages_are_counted(platform: Platform) -> None:
    from chalicelib.tweets.heads import reader_processes

    with process.clock.ahead(3 * 86_400):
        assert reader_processes.mean_number() == 2
        for processes in (1, 3):
            # So many processes, in each quarter of an hour.
            for _ in range(4 * processes):
                reader_processes._noted.clear()
                with running("tweets", "api"):
                    reader_processes.note()
                    reader_processes.note()
            # The present hour is not over yet.
            process.clock._offset += 3_600
            reader_processes._counted.clear()
            if processes == 1:
                assert reader_processes.mean_number() == 1
        # Weighed by pages: three quarters of them were read while there were three.
        assert reader_processes.mean_number() == 2.5
        process.clock._offset -= 2 * 3_600
