"""Items of truths name the region that wrote them; derived ones do not."""

from collections.abc import Iterator
from typing import Any

import pytest

from bench.units import item_size
from scripts.base.cfn_yaml import load_template
from scripts.base.tables import TRUTH, is_table, kind
from scripts.deploy.provision import templates
from scripts.deploy.templates import literal
from shared.aws import sdk
from tests.platform import Platform

pytestmark = pytest.mark.integration


def tables() -> dict[str, str | None]:
    """Kinds of all tables by name."""
    return {
        str(literal(one["Properties"]["TableName"], "dev", "0" * 12, "us-east-1")): kind(one)
        for path in templates().values()
        for one in load_template(path)["Resources"].values()
        if is_table(one)
    }


def items(table: str) -> Iterator[dict[str, Any]]:
    for page in sdk.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def test_items_of_truths_name_the_region_and_derived_ones_do_not(platform: Platform) -> None:
    one, two = platform.register(verify=True), platform.register()
    one.follow(two)
    tweet = two.tweet("hello")
    one.ok("POST", f"/2/users/{one.id}/likes", {"tweet_id": tweet})
    one.ok("POST", f"/2/users/{one.id}/bookmarks", {"tweet_id": tweet})
    made = one.ok("POST", "/2/lists", {"name": "birds"})["data"]["id"]
    one.ok("POST", f"/2/lists/{made}/members", {"user_id": two.id})
    one.ok("PUT", f"/2/lists/{made}", {"name": "rooks"})
    platform.settle()
    # Other tests write items past the table layer.
    ours, seen = {one.id, two.id, tweet, made}, set()
    for table, what in tables().items():
        for item in items(table):
            if not ours & {value.get("S") for value in item.values()}:
                continue
            assert item.get("region") == ({"S": "ue1"} if what == TRUTH else None), (table, item)
            seen.add(table)
    assert {f"rookery-dev-{name}" for name in ("users-follows", "tweets-lists")} <= seen
    # A pair stays small: relations of thousands are read at once.
    pairs = [i for i in items("rookery-dev-users-follows") if i["user_id"] == {"S": one.id}]
    assert max(map(item_size, pairs)) <= 130
