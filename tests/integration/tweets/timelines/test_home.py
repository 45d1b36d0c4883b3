"""Steps of the home timeline: hiding, and the writes of a page."""

from typing import Any

import pytest

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID
from tests.faults import intercepted
from tests.integration.tweets.tweets_support import block, mute
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

FOLLOWS = "rookery-dev-users-follows"


@pytest.mark.parametrize("mode", ["push", "pull"])
@pytest.mark.parametrize("hide", [mute, block])
def test_hidden_authors_and_retweets_of_them_are_left_out(
    platform: Platform, at_once: None, mode: Any, hide: Any
) -> None:
    from chalicelib.tweets.heads import delivery_modes

    loud, fan, reader = (platform.register() for _ in range(3))
    for author in (loud, fan):
        reader.follow(author)
    assert reader.home() == []
    platform.settle()
    for author in (loud, fan):
        delivery_modes.switch(author.id, mode)
    path = f"/2/users/{fan.id}/retweets"
    kept = fan.tweet("by a friend")
    hidden = loud.tweet("by somebody loud")
    elsewhere = platform.register().tweet("by a stranger")
    fan.ok("POST", path, {"tweet_id": hidden})
    retweet = fan.ok("POST", path, {"tweet_id": elsewhere})["data"]["rest_id"]
    newest = loud.tweet("by somebody loud again")
    platform.settle()
    assert reader.home() == [newest, retweet, hidden, kept]
    _keep_following(reader, loud, hide)
    assert reader.home() == [retweet, kept]


def test_retweets_of_a_muted_stranger_are_left_out(platform: Platform, at_once: None) -> None:
    stranger, fan, reader = (platform.register() for _ in range(3))
    reader.follow(fan)
    tweet_id = stranger.tweet("by a stranger")
    path = f"/2/users/{fan.id}/retweets"
    retweet = fan.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"]
    platform.settle()
    assert reader.home() == [retweet]
    mute(reader, stranger)
    assert reader.home() == []


def test_the_steps_write_nothing_before_they_save(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.pipeline.window import Window
    from chalicelib.tweets.timelines import following, home, reader_state
    from chalicelib.tweets.timelines.followed_authors import FollowedAuthors

    author, reader = platform.register(), platform.register()
    reader.follow(author)
    tweet_id = author.tweet("first")
    platform.settle()
    writes: list[str] = []
    relations, graph_state = following.load(reader.id)
    authors = FollowedAuthors(relations, now_ms())
    request = home.Home(reader.id, frozenset(), authors, graph_state)
    with (
        intercepted("dynamodb", "UpdateItem", lambda p: writes.append(p["TableName"])),
        intercepted("sqs", "SendMessageBatch", lambda p: writes.append(p["QueueUrl"])),
    ):
        found = home.skeleton(request, Window(1, MAX_ID, 10, ""))
        assert [entry.tweet_id for entry in found.entries] == [tweet_id]
        assert writes == []
        assert reader_state.load(reader.id) is None
        home.save(request)
    assert writes[0] == "rookery-dev-tweets-timelines"
    state = reader_state.load(reader.id)
    assert state is not None
    assert (state.active_day, state.modes_at > 0) == (reader_state.today(), True)


def _keep_following(reader: Person, author: Person, hide: Any) -> None:
    """Hide an author, and keep the follow, as a block's route would not."""
    hide(reader, author)
    key = {"user_id": reader.id, "target_id": author.id}
    (item,) = dynamo.batch_get({FOLLOWS: [key]}, consistent=True)[FOLLOWS]
    dynamo.batch_write(FOLLOWS, puts=[{**item, "followed_id": author.id, "following": True}])
