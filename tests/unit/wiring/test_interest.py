"""Subscriptions and stream filters let through wanted events only."""

import json
from typing import Any

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.deploy.provision import templates
from scripts.deploy.templates import literal
from scripts.wiring.declaration import load
from shared.aws.events import event_types

# Events that come with every glance: each queue that they wake is a bill, so it stands here.
FREQUENT = {
    "tweet.liked": {"notifications-events", "users-tweet-counts"},
    "tweet.unliked": {"users-tweet-counts"},
}
FANOUT = {"tweets-fanout": {"tweet.created", "tweet.deleted", "tweet.edited"}}


def subscriptions() -> list[tuple[str, set[str]]]:
    """Queue and event types of every subscription."""
    found = []
    for path in templates().values():
        resources = load_template(path)["Resources"]
        for resource in resources.values():
            given = resource.get("Properties", {})
            # Without a filter it is a person who gets alarms by mail.
            if resource["Type"] != "AWS::SNS::Subscription" or "FilterPolicy" not in given:
                continue
            endpoint = given["Endpoint"]["Fn::GetAtt"]
            target = endpoint if isinstance(endpoint, str) else endpoint[0]
            queue = resources[target.partition(".")[0]]["Properties"]["QueueName"]
            name = literal(queue, "dev", "0" * 12, "us-east-1")
            assert name
            types = set(given["FilterPolicy"]["type"])
            found.append((name.removeprefix("rookery-dev-"), types))
    return found


def pattern(domain: str, handler: str) -> list[Any]:
    return [json.loads(one) for one in load(domain).function(handler).filters]


@pytest.mark.parametrize(("queue", "types"), subscriptions())
def test_subscriptions_ask_for_events_that_there_are(queue: str, types: set[str]) -> None:
    assert types <= set(event_types()), f"{queue} waits for what nobody announces"


@pytest.mark.parametrize("event", FREQUENT)
def test_likes_wake_nobody_but_who_tells_and_counts(event: str) -> None:
    woken = {queue for queue, types in subscriptions() if event in types}
    assert woken <= FREQUENT[event]


@pytest.mark.parametrize("queue", FANOUT)
def test_fanout_is_woken_by_tweets_that_come_and_go_only(queue: str) -> None:
    asked = [types for name, types in subscriptions() if name == queue]
    assert asked
    assert all(types <= FANOUT[queue] for types in asked)
    assert all("tweet.created" in types for types in asked)


def test_streams_wake_handlers_for_their_kinds_only() -> None:
    """A reader's filters are those of its parts together."""
    states, gone = pattern("tweets", "follow_media")
    assert states["dynamodb"]["NewImage"]["state"]["S"] == ["pending", "succeeded", "removed"]
    assert gone["eventName"] == ["REMOVE"]
    failed, *planned = pattern("tweets", "follow_planned")
    assert failed["dynamodb"]["NewImage"]["status"]["S"] == ["failed"]
    held = {image: {"media_ids": {"S": [{"exists": True}]}} for image in ("NewImage", "OldImage")}
    assert [one["dynamodb"] for one in planned] == [{name: held[name]} for name in held]
