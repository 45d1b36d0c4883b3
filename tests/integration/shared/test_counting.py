"""Repeated stream batches count each record once, at any borders."""

import secrets
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws import dynamo
from shared.aws.models import table_name
from shared.aws.streams import Change, add_counts
from tests.platform import Platform

# Amounts of a record; zero adds nothing.
AMOUNTS = st.lists(st.sampled_from([1, 1, -1, 0]), min_size=1, max_size=9)
# A delivery: how many records, and whether its success was noticed (else it comes again).
DELIVERIES = st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12)


class Batch:
    """Lambda's stream event, as far as handlers look at it."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records

    def to_dict(self) -> dict[str, Any]:
        return {"Records": self.records}


def record(name: str, amount: int) -> dict[str, Any]:
    body = {"Keys": {"id": {"S": name}}, "NewImage": {"amount": {"N": str(amount)}}}
    return {"eventID": name, "eventName": "INSERT", "dynamodb": body}


@given(AMOUNTS, DELIVERIES)
@settings(max_examples=25)
def test_any_borders_count_each_record_once(
    platform: Platform, amounts: list[int], deliveries: list[tuple[int, bool]]
) -> None:
    table, key = table_name("users", "counters"), f"test-{secrets.token_hex(8)}"
    records = [record(f"{key}-{index}", amount) for index, amount in enumerate(amounts)]

    def counted(change: Change) -> list[tuple[str, str, int]]:
        return [(key, "tweets", (change.new or {})["amount"])]

    checkpoint = 0
    for size, noticed in [*deliveries, (len(records), True)]:
        batch = records[checkpoint : checkpoint + size]
        add_counts(table, "id", Batch(batch), counted)
        checkpoint += len(batch) if noticed else 0
    add_counts(table, "id", Batch(records[checkpoint:]), counted)
    found = dynamo.batch_get({table: [{"id": key}]}, consistent=True)[table]
    assert (found[0]["tweets"] if found else 0) == sum(amounts)
