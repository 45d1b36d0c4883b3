"""`make repair DOMAIN= [TABLE=]`: rebuild counters under traffic.

Counters follow streams, so counters and items never agree at one moment. A counter
is corrected only when nothing was in flight for it:

1. read the counters;
2. count the truth (a scan of each table that holds it, with the stream handlers' own rules);
3. wait for `lag` seconds, longer than streams and queues are behind;
4. where truth and counter differ, write the truth *if the counter is still what it was at 1*.

Whatever was in flight at 1 or happened until 2 has been counted by 4, and has changed the
counter: then nothing is written, and the next round looks at it again. What happens
after 2 is added by its handler, before or after 4. Counters that never rest stay as they
are and are told. Twice is harmless.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from scripts.base.domain import load_app
from scripts.ops.operator_access import enter
from shared.aws import dynamo, sdk
from shared.aws.streams import Change
from shared.base.config import settings

Item = dict[str, Any]
Counts = dict[str, dict[str, int]]
ROUNDS = 3
# Engagements whose tweets are read at a time: one BatchGetItem.
_BATCH = 100
# Domains with counters that are sums of items.
DOMAINS = ("users", "tweets")


@dataclass(frozen=True)
class Truth:
    """A source table: its items' amounts, and the counters it alone feeds."""

    domain: str
    table: str
    amounts: Callable[[Change], Iterable[tuple[str, str, int]]]
    attributes: tuple[str, ...]


@dataclass
class Outcome:
    """Counters that were right, were corrected, or never came to rest."""

    right: int = 0
    repaired: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


def truths(domain: str) -> list[Truth]:
    """Sources of a domain's counters.

    Raises:
        LookupError: the domain has no counters that are repaired so.
    """
    load_app(domain)
    if domain == "users":
        from chalicelib.users import publishing as users

        return [
            Truth("users", "follows", users.follow_amounts, ("followers", "following")),
            Truth("tweets", "tweets", _tweets_of_authors, ("tweets", "media")),
            Truth("tweets", "engagements", _likes_of_users, ("likes",)),
            Truth("tweets", "lists", _lists_of_members, ("listed",)),
        ]
    if domain == "tweets":
        from chalicelib.tweets import publishing as tweets
        from chalicelib.tweets.lists import membership

        engaged = ("likes", "retweets", "bookmarks", "votes_")
        return [
            Truth("tweets", "engagements", tweets.engagement_amounts, engaged),
            Truth("tweets", "tweets", tweets.reference_amounts, ("replies", "quotes")),
            Truth("tweets", "lists", membership.role_amounts, ("members", "followers")),
        ]
    raise LookupError(f"{domain} has no counters to repair (crawls heal themselves)")


def repair(
    domain: str, table: str = "", *, lag: float, wait: Callable[[float], None] = time.sleep
) -> Outcome:
    """Put the counters of a domain right.

    Args:
        table: only the counters that come from this table.
        lag: seconds by which streams and queues are behind at most.

    Raises:
        LookupError: there is nothing to repair from.
    """
    chosen = [truth for truth in truths(domain) if table in ("", truth.table)]
    if not chosen:
        raise LookupError(f"{domain} counts nothing from {table}")
    if any((truth.domain, truth.table) == ("tweets", "engagements") for truth in chosen):
        end_orphans()
    outcome, only = Outcome(), None
    for _ in range(ROUNDS):
        outcome.busy = _round(domain, chosen, lag, wait, outcome, only)
        only = set(outcome.busy)
        if not only:
            break
    return outcome


def end_orphans() -> int:
    """End engagements with deleted tweets; return their number.

    Their walk missed them. They are part of the truth no longer, and the streams lower the
    counters that were right.
    """
    load_app("tweets")
    from chalicelib.tweets.posting import endings

    engagements, ended = _items(settings().name("tweets", "engagements")), 0
    while batch := list(islice(engagements, _BATCH)):
        ended += endings.end_orphans(batch)
    return ended


def _round(
    domain: str,
    chosen: list[Truth],
    lag: float,
    wait: Callable[[float], None],
    outcome: Outcome,
    only: set[str] | None,
) -> list[str]:
    names = tuple(name for truth in chosen for name in truth.attributes)
    stored = _counters(domain, names)
    true = _count(chosen)
    keys = (stored.keys() | true.keys()) if only is None else only
    wrong = {}
    for key in keys:
        was, now = stored.get(key, {}), true.get(key, {})
        if changed := {
            n: now.get(n, 0) for n in was.keys() | now if was.get(n, 0) != now.get(n, 0)
        }:
            wrong[key] = changed
    outcome.right += len(keys) - len(wrong)
    if not wrong:
        return []
    wait(lag)
    busy = []
    for key, values in sorted(wrong.items()):
        if _correct(domain, key, stored.get(key, {}), values):
            outcome.repaired.append(key)
        else:
            busy.append(key)
    return busy


def _correct(domain: str, key: str, was: dict[str, int], values: dict[str, int]) -> bool:
    """Write counters that still are what they were; False when they are not."""
    names = {f"#{index}": name for index, name in enumerate(values)}
    parameters: Item = {f":{index}": value for index, value in enumerate(values.values())}
    same = []
    for index, name in enumerate(values):
        if name in was:
            parameters[f":was{index}"] = was[name]
            same.append(f"#{index} = :was{index}")
        else:
            same.append(f"attribute_not_exists(#{index})")
    try:
        sdk.client("dynamodb").update_item(
            TableName=settings().name(domain, "counters"),
            Key={"id": {"S": key}},
            UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in range(len(values))),
            ConditionExpression=" AND ".join(same),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=dynamo.encode_item(parameters),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _counters(domain: str, names: tuple[str, ...]) -> Counts:
    """Stored counters of these names (`votes_` stands for that prefix)."""
    found: Counts = {}
    for item in _items(settings().name(domain, "counters")):
        key = item["id"]
        if not key.startswith(("batch#", "event#")):
            found[key] = {n: v for n, v in item.items() if _is_among(n, names)}
    return found


def _is_among(name: str, names: tuple[str, ...]) -> bool:
    return name in names or any(one.endswith("_") and name.startswith(one) for one in names)


def _count(chosen: list[Truth]) -> Counts:
    """Count the items anew, each as if it had just been created."""
    counts: Counts = {}
    for truth in chosen:
        for item in _items(settings().name(truth.domain, truth.table)):
            for key, name, amount in truth.amounts(Change("", item, None, item)):
                if _is_among(name, truth.attributes):
                    row = counts.setdefault(key, {})
                    row[name] = row.get(name, 0) + amount
    return counts


def _tweets_of_authors(change: Change) -> Iterator[tuple[str, str, int]]:
    """An edited tweet is one tweet: its newest version counts."""
    tweet = change.new or {}
    if not tweet.get("deleted") and "superseded_by" not in tweet:
        yield tweet["author_id"], "tweets", 1
        if tweet.get("media"):
            yield tweet["author_id"], "media", 1


def _lists_of_members(change: Change) -> Iterator[tuple[str, str, int]]:
    """Memberships tell what their events told: whether the list was private."""
    place = change.new or {}
    role, _, user_id = place["entry"].partition("#")
    if role == "member" and not place.get("private"):
        yield user_id, "listed", 1


def _likes_of_users(change: Change) -> Iterator[tuple[str, str, int]]:
    engagement = change.new or {}
    if engagement.get("kind") == "like" and engagement.get("active"):
        yield engagement["user_id"], "likes", 1


def _items(table: str) -> Iterator[Item]:
    request: Item = {"TableName": table, "ConsistentRead": True}
    while True:
        answer = sdk.client("dynamodb").scan(**request)
        yield from map(dynamo.decode_item, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domain")
    parser.add_argument("--table", default="")
    parser.add_argument("--lag", type=float, default=60)
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    options = parser.parse_args()
    enter(options.aws)
    try:
        outcome = repair(options.domain, options.table, lag=options.lag)
    except LookupError as error:
        sys.exit(str(error))
    print(f"{outcome.right} right, {len(outcome.repaired)} repaired, {len(outcome.busy)} busy")
    if outcome.busy:
        sys.exit(f"never at rest, run it again: {' '.join(outcome.busy[:20])}")


if __name__ == "__main__":
    main()
