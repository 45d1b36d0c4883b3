"""Budgets of calls and units on the real platform, and their meter."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench import budgets, fixtures, web
from bench.growth.scaling import Scaling, standing_still
from bench.growth.whole import Whole
from bench.meter import Meter
from bench.operations import Operations
from bench.units import item_size, number_size
from shared.aws import sdk

pytestmark = pytest.mark.integration

TABLE = "bench-meter"
KB = "x" * 1000


@pytest.fixture(scope="module")
def meter(platform: Any) -> Iterator[Meter]:
    platform.settle(60)
    with fixtures.as_deployed(), Meter() as running:
        yield running


@pytest.fixture(scope="module")
def operations(platform: Any, meter: Meter) -> Operations:
    return Operations(platform, meter, fixtures.TESTED)


@pytest.fixture(scope="module")
def whole(platform: Any, meter: Meter) -> Whole:
    return Whole(platform, meter, fixtures.TESTED)


@pytest.fixture(scope="module")
def scaling(platform: Any, meter: Meter) -> Scaling:
    return Scaling(platform, meter, fixtures.TESTED)


@pytest.mark.parametrize("name", sorted(budgets.limits()))
def test_operation_stays_within_its_budget(operations: Operations, name: str) -> None:
    measured = operations.run(name)
    over = budgets.exceeded({name: measured.numbers})
    assert not over, "\n  ".join([*over, *measured.calls])


@pytest.mark.parametrize("name", sorted(budgets.limits("whole")))
def test_request_and_workers_stay_within_their_budget(whole: Whole, name: str) -> None:
    measured = whole.run(name)
    over = budgets.exceeded({name: measured.numbers}, "whole")
    assert not over, "\n  ".join([*over, *measured.calls])


@pytest.mark.parametrize("curve", sorted({one.split("/")[0] for one in budgets.limits("scaling")}))
def test_page_stays_within_its_budget_at_every_size(
    platform: Any, scaling: Scaling, curve: str
) -> None:
    with standing_still(platform):
        found, calls = scaling.run(curve)
    over = budgets.exceeded(budgets.flat({curve: found}), "scaling")
    assert not over, "\n  ".join([*over, *calls])


def test_the_whole_cost_is_the_same_in_every_run(whole: Whole) -> None:
    first, second = (whole.run("reply").numbers for _ in range(2))
    assert first == second
    assert first["wru"] > first["by_handler"]["request"]["wru"] > 0


def test_every_budget_names_a_measurement(operations: Operations) -> None:
    assert {*operations.names(), "crawl_page"}.issuperset(budgets.limits())
    assert set(Whole.names()).issuperset(budgets.limits("whole"))
    for kind in ("scaling", "scaling_timed"):
        curves = {one.split("/")[0] for one in budgets.limits(kind)}
        assert set(Scaling.names()).issuperset(curves)


def test_exceeded_tells_name_value_and_limit() -> None:
    assert budgets.exceeded({"tweet": {"calls": 1, "wru": 3.0}}) == []
    assert budgets.exceeded({"tweet": {"calls": 2, "wru": 3.0}}) == [
        "tweet: 2 AWS calls, the budget is 1"
    ]


@pytest.fixture(scope="module")
def db(meter: Meter) -> Iterator[Any]:
    client = sdk.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk", "g")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    yield client
    client.delete_table(TableName=TABLE)


def item(sk: str, pk: str = "p", **members: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **members}.items()}


def key(sk: str, pk: str = "p") -> dict[str, Any]:
    return item(sk, pk)


def update(sk: str, expression: str, **values: str) -> dict[str, Any]:
    extra = {"ExpressionAttributeValues": {f":{n}": {"S": v} for n, v in values.items()}}
    base = {"TableName": TABLE, "Key": key(sk), "UpdateExpression": expression}
    return base | extra if values else base


PUTS: list[tuple[dict[str, str], int]] = [
    ({}, 1), ({"text": KB}, 1), ({"text": KB * 2}, 2), ({"g": "1"}, 2),
    ({"text": KB * 3, "g": "1"}, 4),
]  # fmt: skip


@pytest.mark.parametrize(("members", "units"), PUTS)
def test_put(db: Any, meter: Meter, members: dict[str, str], units: int) -> None:
    with meter.request() as cost:
        db.put_item(TableName=TABLE, Item=item(f"put-{len(str(members))}", **members))
    assert (len(cost.calls), cost.wru, cost.rru) == (1, units, 0)


@pytest.mark.parametrize(
    ("expression", "values", "units"),
    [
        ("SET note = :a", {"a": "n"}, 3),  # the whole item, but not the index: its view stays
        ("SET g = :a", {"a": "2"}, 5),  # the index's entry moves: one out, one in
        ("REMOVE g", {}, 4),
        ("REMOVE filler", {}, 3),  # the larger of before and after
    ],
)
def test_update(db: Any, meter: Meter, expression: str, values: dict[str, str], units: int) -> None:
    db.put_item(TableName=TABLE, Item=item("update", filler=KB * 2 + "x" * 300, g="1"))
    with meter.request() as cost:
        db.update_item(**update("update", expression, **values))
    assert cost.wru == units


def test_delete_is_a_write_of_what_was_there(db: Any, meter: Meter) -> None:
    db.put_item(TableName=TABLE, Item=item("delete", filler=KB * 2, g="1"))
    with meter.request() as cost:
        db.delete_item(TableName=TABLE, Key=key("delete"))
    assert cost.wru == 3


def test_transaction_costs_twice_and_its_index_once(db: Any, meter: Meter) -> None:
    puts = [item("t1"), item("t2", g="1")]
    actions: list[Any] = [{"Put": {"TableName": TABLE, "Item": one}} for one in puts]
    with meter.request() as cost:
        db.transact_write_items(TransactItems=actions)
    assert (len(cost.calls), cost.wru) == (1, 2 + 2 + 1)


def test_batch_write(db: Any, meter: Meter) -> None:
    puts = [item("b1"), item("b2", g="1"), item("b3", text=KB + KB)]
    with meter.request() as cost:
        db.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": one}} for one in puts]})
    assert (len(cost.calls), cost.wru) == (1, 1 + 2 + 2)


def test_refused_writes_are_billed(db: Any, meter: Meter) -> None:
    absent = {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(pk)"}
    put = {**absent, "Item": item("there", text=KB * 3)}
    change = {**update("there too", "SET note = :a", a="n"), **absent}
    for name in ("there", "there too"):
        db.put_item(TableName=TABLE, Item=item(name, text=KB + KB))
    with suppress(ClientError), meter.request() as cost:
        db.put_item(**put)
    assert cost.wru == 3
    with suppress(ClientError), meter.request() as cost:
        db.update_item(**change)
    assert cost.wru == 2
    with suppress(ClientError), meter.request() as cost:
        db.transact_write_items(TransactItems=[{"Put": put}, {"Update": change}])
    assert cost.wru == 2 * (3 + 2)


def test_reads_by_key(db: Any, meter: Meter) -> None:
    db.put_item(TableName=TABLE, Item=item("large", text=KB * 5))
    db.put_item(TableName=TABLE, Item=item("small"))
    keys = [key("large"), key("small"), key("absent")]
    for consistent, factor in ((False, 1), (True, 2)):
        for one, units in zip(keys, (1.0, 0.5, 0.5), strict=True):
            with meter.request() as cost:
                db.get_item(TableName=TABLE, Key=one, ConsistentRead=consistent)
            assert (cost.wru, cost.rru) == (0, units * factor)
        with meter.request() as cost:
            request = {"Keys": keys, "ConsistentRead": consistent}
            db.batch_get_item(RequestItems={TABLE: request})
        assert (len(cost.calls), cost.rru) == (1, 2.0 * factor)
    with meter.request() as cost:
        db.get_item(TableName=TABLE, Key=key("large"), ProjectionExpression="sk")
    assert cost.rru == 1.0


def test_query_is_billed_by_all_that_it_reads(db: Any, meter: Meter) -> None:
    for number in range(10):
        members = {"filler": KB, "g": "q"}
        db.put_item(TableName=TABLE, Item=item(f"{number}", "queried", **members))
    query: dict[str, Any] = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "queried"}},
    }
    values = {**query["ExpressionAttributeValues"], ":no": {"S": "no"}}
    filtered = {"FilterExpression": "filler = :no", "ExpressionAttributeValues": values}
    index = {
        "IndexName": "by_g",
        "KeyConditionExpression": "g = :p",
        "ExpressionAttributeValues": {":p": {"S": "q"}},
    }
    variants: list[tuple[dict[str, Any], float]] = [
        ({}, 1.5),
        ({"ConsistentRead": True}, 3.0),
        ({"Limit": 3}, 0.5),
        ({"ProjectionExpression": "sk"}, 1.5),
        ({"Select": "COUNT"}, 1.5),
        (filtered, 1.5),
        (index, 0.5),
    ]
    for extra, units in variants:
        with meter.request() as cost:
            db.query(**{**query, **extra})
        assert (len(cost.calls), cost.rru) == (1, units), extra


def test_sizes_of_items() -> None:
    assert [number_size(n) for n in ("0", "7", "-7", "100", "1234", "12345")] == [1, 2, 3, 2, 3, 4]
    assert item_size({"name": {"S": "é"}, "ok": {"BOOL": True}}) == 4 + 2 + 2 + 1
    assert item_size({"l": {"L": [{"N": "1"}]}, "m": {"M": {"k": {"S": "v"}}}}) == 7 + 7


def test_calls_of_other_threads_are_workers(db: Any, meter: Meter) -> None:
    def handler() -> None:
        db.get_item(TableName=TABLE, Key=key("absent"))

    meter.take()
    thread = threading.Thread(target=handler, name="queue-deliver_0")
    with meter.request() as request:
        thread.start()
        thread.join()
    _, worker = meter.take()
    assert request.calls == []
    assert [(one.handler, one.operation) for one in worker] == [("deliver", "GetItem")]


def test_cpu_is_counted_without_the_sdk(db: Any, meter: Meter) -> None:
    # Garbage of other tests must not be collected during the measurement.
    gc.collect()
    with meter.request() as request:
        for _ in range(20):
            db.get_item(TableName=TABLE, Key=key("absent"))
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
    assert 0.05 <= request.domain_cpu < 0.06
    assert request.sdk_cpu > 0


def test_the_bench_web_is_one_page_in_eight_spellings() -> None:
    from shared.text.canonical_urls import canonical

    origin = "http://127.0.0.1:8123"
    spelled = {canonical(web.spelling(7, kind, origin), origin) for kind in range(8)}
    assert spelled == {f"{origin}/page/7?lang=en&view=full"}
    assert {web.page_of(web.spelling(7, kind, "")) for kind in range(8)} == {7}
    assert web.page(7, 300, origin) == web.page(7, 300, origin)
    assert web.page(7, 300, origin).count(b"<a href") == 50
