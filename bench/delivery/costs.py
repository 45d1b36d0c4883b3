"""Cost of deliveries: units, calls, SQS requests, dollars per million.

    .venv/bin/python -m bench.delivery.costs

prints one JSON object. Handlers run one after another with full batches
(`bench.delivery.pipeline`), in warm processes. Counts of channels are left out: a process
writes them ten times in half a minute, however many messages it handles.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from bench import fixtures
from bench.delivery.pipeline import EMAIL, INBOX, IOS, Pipeline, create, recipients
from bench.delivery.stage import notifications_alone
from bench.environment import prepare
from bench.growth import prices
from bench.meter import Meter, Spent
from scripts.base.domain import load_app
from scripts.providers import simulators
from scripts.wiring.declaration import load
from shared.aws.events import Event
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.process import process
from tests.platform import no_statistics

MESSAGES, LIKES, ALONE = 100, 60, 5
# Seconds of a call of AWS and of a batch's call of a provider: assumptions.
AWS_CALL, PROVIDER_CALL = 0.004, 0.1
_AT_ONCE = 10
# Memory at which a function has a whole processor.
_WHOLE_CPU_MB = 1769
_SQS_RECEIVED = 10

Numbers = dict[str, Any]


class Costs:
    """Measures deliveries on a stage without workers.

    Args:
        meter: entered.
    """

    def __init__(self, module: ModuleType, meter: Meter) -> None:
        self._meter = meter
        self._spent: dict[str, list[Spent]] = {}
        self._invocations: list[tuple[str, int]] = []
        self.pipeline = Pipeline(module, self._measure)
        self._memory = {one.name: one.memory for one in load("notifications").handlers}

    @staticmethod
    def names() -> list[str]:
        """The members, in the order of the table."""
        return ["like", "like_60", "email", "push"]

    def run(self, name: str) -> Numbers:
        """Measure one member, per notification."""
        found: Numbers = getattr(self, f"_{name}")()
        return found

    def _like(self) -> Numbers:
        """A like until it is in the inbox, alone in every batch."""
        fans, authors = fixtures.people(ALONE), fixtures.people(ALONE)
        self._likes(fixtures.people(1), fixtures.people(1)[0])
        self._begin()
        for fan, author in zip(fans, authors, strict=True):
            self._likes([fan], author)
        return self._taken(ALONE)

    def _like_60(self) -> Numbers:
        """Each of 60 likes of one tweet, which the inbox shows as one entry."""
        fans, (author,) = fixtures.people(LIKES), fixtures.people(1)
        self._begin()
        self._likes(fans, author)
        return self._taken(LIKES)

    def _email(self) -> Numbers:
        """A stored notification until SES has it."""
        return self._messages("email", EMAIL)

    def _push(self) -> Numbers:
        """A stored notification until APNs has it."""
        return self._messages("ios", IOS)

    def _messages(self, channel: str, size: int) -> Numbers:
        people = recipients(MESSAGES)
        for count in (1, MESSAGES):
            stored = create(count, channel, people[-count:])
            # Nobody's preferences are known.
            process.reset()
            self._begin()
            self.pipeline.dispatch(stored)
            if self.pipeline.deliver(channel, size) != count:
                raise RuntimeError(f"not everything was queued for {channel}")
        return self._taken(MESSAGES)

    def _likes(self, fans: list[str], author: str) -> None:
        from chalicelib.notifications.accepting.mapping import to_notifications

        tweet = ids.new_id()
        events = [_liked(fan, author, tweet) for fan in fans]
        self.pipeline.accept(events)
        self.pipeline.dispatch(one.id for event in events for one in to_notifications(event))
        if self.pipeline.deliver("inbox", INBOX) != len(fans):
            raise RuntimeError("not every like was queued")

    @contextmanager
    def _measure(self, name: str, records: int) -> Iterator[None]:
        self._meter.take()
        with self._meter.request(name):
            yield
        (request,), workers = self._meter.take()
        self._spent.setdefault(name, []).extend([*request.calls, *workers])
        self._invocations.append((name, records))

    def _begin(self) -> None:
        self._spent.clear()
        self._invocations.clear()

    def _taken(self, count: int) -> Numbers:
        """The share of one of so many."""
        spent = [call for calls in self._spent.values() for call in calls]
        own = sum(call.service == "sqs" for call in spent)
        found = _units(spent, count)
        found["sqs"] = round((own + self._received()) / count, 4)
        found["by_handler"] = {name: self._of(name, count) for name in self._spent}
        return found

    def _of(self, name: str, count: int) -> Numbers:
        invocations = sum(one == name for one, _ in self._invocations)
        shown = {"invocations": round(invocations / count, 4), "memory": self._memory[name]}
        return {**shown, **_units(self._spent[name], count)}

    def _received(self) -> int:
        """Lambda's own requests of SQS: two per ten messages."""
        batches = (count for name, count in self._invocations if name != "follow_notifications")
        return sum(2 * -(-count // _SQS_RECEIVED) for count in batches)


def dollars(found: Numbers, cpu_ms: float) -> dict[str, float]:
    """Dollars per million notifications, before the provider's fees.

    Args:
        found: of a member of `Costs`.
        cpu_ms: of all handlers, per notification.
    """
    seconds = 0.0
    handlers = found["by_handler"].values()
    for name, one in found["by_handler"].items():
        # Of a batch's claims and marks so many are under way at once.
        seconds += one["calls"] / _AT_ONCE * AWS_CALL
        if name.startswith("deliver_"):
            seconds += one["invocations"] * PROVIDER_CALL
    memory = max(one["memory"] for one in handlers)
    seconds += cpu_ms / 1000 * _WHOLE_CPU_MB / memory
    invocations = sum(one["invocations"] for one in handlers)
    lines = {
        "dynamodb": found["wru"] * prices.WRU + found["rru"] * prices.RRU,
        "sqs": found["sqs"] * prices.SQS_REQUEST,
        "lambda": invocations * prices.LAMBDA_REQUEST
        + seconds * memory / 1024 * prices.LAMBDA_GB_SECOND,
    }
    return {name: round(one, 3) for name, one in {**lines, "all": sum(lines.values())}.items()}


def _units(spent: list[Spent], count: int) -> Numbers:
    return {
        "calls": round(len(spent) / count, 4),
        "wru": round(sum(call.wru for call in spent) / count, 4),
        "rru": round(sum(call.rru for call in spent) / count, 4),
    }


def _liked(fan: str, author: str, tweet: str) -> Event:
    data = {"tweet_id": tweet, "author_id": author, "user_id": fan}
    return Event.of("tweets", "tweet.liked", f"{fan}-{tweet}", 1, now_ms(), data)


@contextmanager
def metered(module: ModuleType) -> Iterator[Costs]:
    """Costs on a running stage; the environment leads to its providers."""
    load_app("users")  # The model of people is theirs.
    with Meter() as meter, no_statistics():
        yield Costs(module, meter)


def main() -> int:
    """Command line."""
    prepare()
    with (
        notifications_alone() as (stack, state),
        simulators.running(state / "providers", stack.endpoint_url) as providers,
    ):
        os.environ.update(providers.environment())
        with metered(load_app("notifications")) as costs:
            print(json.dumps({name: costs.run(name) for name in costs.names()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
