"""Events as SNS gets them: envelope and attributes, without a network."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws import sdk, streams
from shared.aws.events import Event
from shared.aws.streams import Change
from shared.base.process import process
from tests.faults import intercepted


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    process.restart()
    entries: list[dict[str, Any]] = []

    def accept(params: dict[str, Any]) -> dict[str, Any]:
        entries.extend(params["PublishBatchRequestEntries"])
        return {"Successful": []}

    assert sdk.client("sns")
    with intercepted("sns", "PublishBatch", accept):
        yield entries
    process.restart()


class Batch:
    """A stream event as Chalice hands it over."""

    def __init__(self, *images: dict[str, Any]) -> None:
        self.images = images

    def to_dict(self) -> dict[str, Any]:
        return {"Records": [{"eventID": "1", "dynamodb": one} for one in self.images]}


def deleted(change: Change) -> Iterator[Event]:
    subject = change.keys["id"]
    yield Event.of("users", "user.deleted", subject, 1, 0, {"user_id": subject})


KEYS = {"id": {"S": "7"}}


@pytest.mark.parametrize(
    ("images", "region"),
    [
        ({"NewImage": {**KEYS, "region": {"S": "ew1"}}}, "ew1"),
        ({"OldImage": {**KEYS, "region": {"S": "ew1"}}}, "ew1"),
        # The last writer counts.
        (
            {
                "OldImage": {**KEYS, "region": {"S": "ue1"}},
                "NewImage": {**KEYS, "region": {"S": "ew1"}},
            },
            "ew1",
        ),
        # Derived, or written before items named their region.
        ({"NewImage": KEYS}, "ue1"),
    ],
)
def test_an_event_tells_who_wrote_the_change_beside_its_type(
    images: dict[str, Any], region: str, sent: list[dict[str, Any]]
) -> None:
    assert streams.publish_changes("users", Batch({"Keys": KEYS, **images}), deleted) == 1
    (entry,) = sent
    told = {name: one["StringValue"] for name, one in entry["MessageAttributes"].items()}
    assert told == {"type": "user.deleted", "region": region}
    # The text is the same in whatever region's stream the change is read.
    assert "region" not in json.loads(entry["Message"])
