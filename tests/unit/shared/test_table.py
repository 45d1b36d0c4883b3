"""The table layer: conditions, pages and transactions, on moto."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.aws import dynamo, writers
from shared.aws.models import BaseModel, MetaBase, TruthModel
from shared.aws.table import Table
from shared.base.process import process
from tests.faults import intercepted, throttled


class Note(BaseModel):
    class Meta(MetaBase):
        table_name = "rookery-test-notes"

    owner = UnicodeAttribute(hash_key=True)
    position = NumberAttribute(range_key=True)
    text = UnicodeAttribute(null=True)
    size = NumberAttribute(null=True)


class Fact(TruthModel):
    class Meta(MetaBase):
        table_name = "rookery-test-notes"

    owner = UnicodeAttribute(hash_key=True)
    position = NumberAttribute(range_key=True)
    text = UnicodeAttribute(null=True)


NOTES = Table.of(Note)
FACTS = Table.of(Fact)


@pytest.fixture(scope="module")
def notes() -> Iterator[Table[Note]]:
    process.restart()
    with mock_aws():
        boto3.client("dynamodb", region_name="us-east-1").create_table(
            TableName=NOTES.name,
            KeySchema=[
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "position", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "owner", "AttributeType": "S"},
                {"AttributeName": "position", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield NOTES
    process.restart()


def key(owner: str, position: int = 1) -> dict[str, object]:
    return {"owner": owner, "position": position}


def test_an_insert_of_a_taken_key_tells_who_has_it(notes: Table[Note]) -> None:
    assert notes.insert({**key("insert"), "text": "first"})
    refused = notes.insert({**key("insert"), "text": "second"})
    assert not refused
    assert refused.item == {**key("insert"), "text": "first"}


def test_a_put_on_a_condition_may_look_at_values_of_the_item_it_replaces(
    notes: Table[Note],
) -> None:
    notes.put({**key("put"), "size": 3})
    assert not notes.put({**key("put"), "size": 4}, "#size > :least", {"least": 3})
    assert notes.put({**key("put"), "size": 4}, "#size = :is", {"is": 3, "unused": 1})
    assert notes.get(key("put")) == {**key("put"), "size": 4}


def test_an_update_says_whether_its_condition_held(notes: Table[Note]) -> None:
    made = notes.update(key("update"), "SET #text = :text", {"text": "a"}, returning="ALL_NEW")
    assert made
    assert made.item == {**key("update"), "text": "a"}
    refused = notes.update(key("update"), "SET #text = :b", {"b": "b", "a": "x"}, "#text = :a")
    assert not refused
    assert refused.item == made.item


def test_additions_sum_up(notes: Table[Note]) -> None:
    notes.add(key("add"), {"size": 2})
    assert notes.add(key("add"), {"size": 5}, returning="UPDATED_NEW").item == {"size": 7}


def test_a_deletion_on_a_condition(notes: Table[Note]) -> None:
    notes.put({**key("delete"), "size": 1})
    assert not notes.delete(key("delete"), "#size = :no", {"no": 2})
    gone = notes.delete(key("delete"), "#size = :yes", {"yes": 1}, returning="ALL_OLD")
    assert gone.item == {**key("delete"), "size": 1}
    assert notes.get(key("delete")) is None
    assert notes.delete(key("delete"))


def test_what_is_no_refusal_is_raised(notes: Table[Note]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        notes.update(key("wrong"), "SET #owner = :other", {"other": "x"})


@given(count=st.integers(0, 25), limit=st.integers(1, 9), descending=st.booleans())
def test_a_query_finds_each_item_once_in_order_whatever_the_pages(
    notes: Table[Note], count: int, limit: int, descending: bool
) -> None:
    owner = f"query {count}"
    notes.batch_write({**key(owner, position), "size": position} for position in range(count))
    found = notes.query("#owner = :owner", {"owner": owner}, limit=limit, descending=descending)
    positions = [item["position"] for item in found]
    assert positions == sorted(range(count), reverse=descending)
    assert notes.count("#owner = :owner", {"owner": owner}) == count


def test_a_page_goes_on_after_a_key(notes: Table[Note]) -> None:
    notes.batch_write({**key("page", position), "text": "t"} for position in range(5))
    asked = ("#owner = :owner AND #position > :least", {"owner": "page", "least": 0})
    first = notes.page(*asked, limit=2, attributes="#position")
    assert first.items == [{"position": 1}, {"position": 2}]
    rest = notes.page(*asked, start=first.last_key)
    assert [item["position"] for item in rest.items] == [3, 4]
    assert rest.last_key is None
    positions = notes.page(*asked, decode=lambda raw: int(raw["position"]["N"])).items
    assert positions == [1, 2, 3, 4]


def test_a_batch_is_written_while_its_items_are_still_read(notes: Table[Note]) -> None:
    notes.batch_write(puts=(key("batch", n) for n in range(60)))
    calls: list[str] = []
    entries = notes.query(
        "#owner = :owner", {"owner": "batch"}, attributes="#owner, #position", limit=30
    )
    with (
        intercepted("dynamodb", "Query", lambda _: calls.append("read")),
        intercepted("dynamodb", "BatchWriteItem", lambda _: calls.append("write")),
    ):
        notes.batch_write(deletes=entries)
    assert calls[:4] == ["read", "write", "read", "write"]
    assert notes.page("#owner = :owner", {"owner": "batch"}).items == []


def test_a_transaction_is_all_or_nothing_and_tells_what_refused_it(notes: Table[Note]) -> None:
    notes.put({**key("transact"), "size": 1})
    actions = [
        notes.insert_action(key("transact", 2)),
        notes.add_action(key("transact", 3), {"size": 1}),
        notes.update_action(key("transact", 4), "SET #text = :text", {"text": "x"}),
        notes.delete_action(key("transact", 5)),
        notes.check_action(key("transact"), "#size = :size", {"size": 2}),
    ]
    with pytest.raises(dynamo.TransactionCanceled) as canceled:
        dynamo.transact(actions)
    assert canceled.value.failed(4)
    assert canceled.value.items[4] == {**key("transact"), "size": 1}
    assert notes.count("#owner = :owner", {"owner": "transact"}) == 1
    dynamo.transact(actions[:4])
    assert notes.count("#owner = :owner", {"owner": "transact"}) == 4


def test_instances_are_loaded_saved_changed_and_removed(notes: Table[Note]) -> None:
    assert notes.load("model", 1) is None
    assert notes.save(Note("model", 1, size=1), Note.owner.does_not_exist())
    assert not notes.save(Note("model", 1, size=2), Note.owner.does_not_exist())
    found = notes.load("model", 1, consistent=True)
    assert found is not None
    assert found.size == 1
    assert not notes.change(found, [Note.size.set(3)], Note.size == 2)
    assert notes.change(found, [Note.size.set(3)], Note.size == 1)
    assert found.size == 3
    assert not notes.remove(found, Note.size == 1)
    assert notes.remove(found)


def test_best_effort_is_one_attempt(notes: Table[Note]) -> None:
    optional: Table[Note] = Table(notes.name, "owner", "position", best_effort=True)
    with throttled("GetItem", times=9, best_effort=True) as refused:
        with pytest.raises(ClientError):
            optional.get(key("optional"))
        assert len(refused) == 1


def test_segments_of_a_scan_find_everything(notes: Table[Note]) -> None:
    notes.batch_write(key(f"scan {number}") for number in range(6))
    found = [
        item["owner"]
        for segment in range(3)
        for item in notes.scan_page(segment=segment, segments=3).items
        if item["owner"].startswith("scan")
    ]
    assert sorted(found) == [f"scan {number}" for number in range(6)]


WRITES = {
    "put": lambda at: FACTS.put({**at, "text": "x"}),
    "insert": lambda at: FACTS.insert({**at, "text": "x"}),
    "update with a SET": lambda at: FACTS.update(
        at, "SET #text = :text ADD #size :one", {"text": "x", "one": 1}
    ),
    "update without": lambda at: FACTS.update(at, "REMOVE #text", {}, "attribute_not_exists(#x)"),
    "add": lambda at: FACTS.add(at, {"size": 1}),
    "batch": lambda at: FACTS.batch_write(puts=[{**at, "text": "x"}]),
    "transaction": lambda at: dynamo.transact([FACTS.insert_action({**at, "text": "x"})]),
    "transacted update": lambda at: dynamo.transact(
        [FACTS.update_action(at, "SET #text = :text", {"text": "x"})]
    ),
    "save": lambda at: FACTS.save(Fact(at["owner"], at["position"], text="x")),
    "change": lambda at: FACTS.change(Fact(at["owner"], at["position"]), [Fact.text.set("x")]),
}


@pytest.mark.parametrize("way", WRITES)
def test_every_write_of_a_truth_names_its_region(notes: Table[Note], way: str) -> None:
    at = key(f"truth {way}")
    # What another region wrote before.
    notes.put({**at, "region": "ew1"} if way != "insert" and way != "transaction" else key("other"))
    WRITES[way](at)
    stored = notes.get(at)
    assert stored is not None and stored["region"] == "ue1"


def test_what_is_derived_names_no_region(notes: Table[Note]) -> None:
    at = key("derived")
    notes.put({**at, "text": "x"})
    notes.update(at, "SET #text = :text", {"text": "y"})
    assert notes.get(at) == {**at, "text": "y"}


def test_a_value_that_looks_like_a_clause_is_none() -> None:
    assert writers.naming("REMOVE #SET", {})[0] == "SET #region = :region REMOVE #SET"
    extended, values = writers.naming("ADD #n :n SET #a = :a", {"n": 1, "a": 2})
    assert extended == "ADD #n :n SET #region = :region, #a = :a"
    assert values == {"n": 1, "a": 2, "region": "ue1"}
    # An update that sets the region itself keeps it: DynamoDB refuses to set one twice.
    elsewhere = {**values, "region": "ew1"}
    assert writers.naming(extended, elsewhere) == (extended, elsewhere)
