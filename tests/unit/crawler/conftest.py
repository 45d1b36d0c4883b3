"""Makes the domain's package importable; tables and a queue in memory."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from moto import mock_aws

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import load_app
from scripts.base.tables import is_table
from scripts.deploy.provision import templates
from shared.aws import sdk
from shared.base.process import process
from tests.faults import intercepted

load_app("crawler")


_TABLE = (
    "KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes",
    "StreamSpecification",
)  # fmt: skip


@cache
def definitions() -> list[dict[str, Any]]:
    """The domain's tables as CreateTable takes them, made once per process."""
    found = []
    for resource in load_template(templates()["crawler"])["Resources"].values():
        if is_table(resource):
            properties = resource["Properties"]
            table = {name: properties[name] for name in _TABLE if name in properties}
            if "StreamSpecification" in table:
                stream = {**table["StreamSpecification"], "StreamEnabled": True}
                table["StreamSpecification"] = stream
            name = properties["TableName"]["Fn::Sub"].replace("${Stage}", "dev")
            found.append({**table, "TableName": name})
    return found


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The domain's tables in memory; one thread at a time."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        process.restart()
        for table in definitions():
            sdk.client("dynamodb").create_table(**table)
        yield sdk.client("dynamodb")
    process.restart()


@pytest.fixture
def clock(tables: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clock that only the test moves."""
    from tests.unit.crawler.hosts.hosts_support import TestClock

    made = TestClock()
    monkeypatch.setattr(process, "clock", made)
    return made


@pytest.fixture
def make_crawl(clock: Any, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a crawl by hosts of a made-up web, without delays."""
    from tests.unit.crawler.hosts.hosts_support import Crawl

    monkeypatch.setenv("CRAWL_DELAY_MS", "0")
    return lambda pages: Crawl(pages, clock, sent)


@pytest.fixture
def sent(tables: Any) -> Iterator[list[dict[str, Any]]]:
    """Messages put on queues, each with its queue and its delay."""
    messages: list[dict[str, Any]] = []

    def accept(params: dict[str, Any]) -> dict[str, Any]:
        queue = params["QueueUrl"].rpartition("/")[2]
        for entry in params["Entries"]:
            body = json.loads(entry["MessageBody"])
            messages.append({**body, "queue": queue, "delay": entry["DelaySeconds"]})
        return {"Successful": []}

    with intercepted("sqs", "SendMessageBatch", accept):
        yield messages
