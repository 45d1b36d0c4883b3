"""Updates of versioned items, on moto: the version counts every change."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from scripts.base.domain import load_app
from shared.aws.table import Table
from shared.base.process import process

load_app("tweets")

from chalicelib.tweets.core.versioned import next_version

THINGS: Table[Any] = Table("rookery-test-things", "id")
VALUES = st.none() | st.text() | st.integers(-5, 5) | st.booleans() | st.lists(st.text())


@pytest.fixture(scope="module")
def things() -> Iterator[Table[Any]]:
    process.restart()
    with mock_aws():
        boto3.client("dynamodb", region_name="us-east-1").create_table(
            TableName=THINGS.name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield THINGS
    process.restart()


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES), max_size=4))
def test_attributes_are_set_or_removed_and_every_update_is_a_version(
    things: Table[Any], updates: list[dict[str, Any]]
) -> None:
    key = {"id": "7"}
    expected: dict[str, Any] = {}
    things.put({**key, "version": 1})
    for number, changes in enumerate(updates, 2):
        expected |= changes
        expression, values = next_version(changes, known=number - 1)
        assert things.update(key, expression, values, "#version = :known")
    stored = things.get(key)
    assert stored is not None
    assert ("updated_at" in stored) == bool(updates)
    stored.pop("updated_at", None)
    kept = {name: value for name, value in expected.items() if value is not None}
    assert stored == {**key, **kept, "version": 1 + len(updates)}


def test_an_update_of_an_older_version_can_be_refused(things: Table[Any]) -> None:
    key = {"id": "8"}
    things.put({**key, "version": 3})
    expression, values = next_version({"a": 1}, known=2)
    assert not things.update(key, expression, values, "#version = :known")
    assert things.get(key) == {**key, "version": 3}
