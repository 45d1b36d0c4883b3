"""Stream records as changes of items: the outbox of every domain."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.aws import dynamo
from shared.aws.events import Event, publish
from shared.aws.writers import REGION
from shared.base.observability import logger

# Attribute of items that an import made.
IMPORTED = "imported"


@dataclass(frozen=True)
class Change:
    """Change of one item; ``old`` or ``new`` is ``None`` if it did not exist.

    Attributes:
        republished: the item is published again (the local stack does so after
            a crash); its former state is unknown.
    """

    id: str
    keys: dict[str, Any]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    republished: bool = False

    @property
    def region(self) -> str:
        """Region that wrote the item last (its code); "" of a derived item."""
        return str((self.new or self.old or {}).get(REGION, ""))

    @property
    def imported(self) -> bool:
        """True if an import made the item: history, of which nobody is notified."""
        return self.old is None and bool((self.new or {}).get(IMPORTED))

    def became(self, name: str, value: Any) -> bool:
        """Return true if an attribute took a value that it did not have before."""
        was, now = (self.old or {}).get(name), (self.new or {}).get(name)
        return bool(now == value and was != value)


def changes(stream_event: Any) -> list[Change]:
    """Return the changes in a Lambda stream event, in order."""
    return [_change(record) for record in stream_event.to_dict()["Records"]]


def _change(record: Mapping[str, Any]) -> Change:
    body = record["dynamodb"]
    old, new = body.get("OldImage"), body.get("NewImage")
    return Change(
        id=record["eventID"],
        keys=dynamo.decode_item(body["Keys"]),
        old=dynamo.decode_item(old) if old else None,
        new=dynamo.decode_item(new) if new else None,
        republished=record.get("eventName") == "MODIFY" and not old,
    )


def run_handlers(stream_event: Any, *handlers: Callable[[Any], None]) -> None:
    """Run several handlers on one batch.

    A stream allows at most two concurrent readers.

    All of them run, even if one fails. Then all get the batch again, so they must be
    idempotent.

    Raises:
        ExceptionGroup: of the handlers' exceptions.
    """
    failures: list[Exception] = []
    for handler in handlers:
        try:
            handler(stream_event)
        except Exception as failure:
            # Lambda logs only the number of exceptions in a group.
            logger().exception("handler failed")
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(handlers)} handlers failed", failures)


def publish_changes(
    domain: str, stream_event: Any, to_events: Callable[[Change], Iterable[Event]]
) -> int:
    """Publish the events of each change, in order.

    A failure retries the whole batch.

    Publishing twice is harmless: event ids follow from items and versions.
    """
    return publish(
        domain,
        (
            replace(event, region=change.region, history=change.imported)
            for change in changes(stream_event)
            for event in to_events(change)
        ),
    )
