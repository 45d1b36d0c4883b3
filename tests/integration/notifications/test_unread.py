"""Unread counts under repeats, crashes, full rings and "mark all"."""

import json
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts.checks.permissions import running
from shared.aws.seen_ring import MESSAGE_SECONDS, RingLimits
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import Killed, intercepted
from tests.integration.notifications.notifications_support import inbox, make_user, state

pytestmark = pytest.mark.integration

CALLS = ("BatchGetItem", "PutItem", "UpdateItem", "TransactWriteItems")
# Deliveries of some of six notifications, "mark all", reads of one entry, and withdrawals of one.
# A number ends a delivery's worker before that call.
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.lists(st.integers(0, 5), min_size=1, max_size=4),
            st.one_of(st.none(), st.integers(0, 6)),
        ),
        st.just("read all"),
        st.integers(0, 5),
        st.tuples(st.just("withdraw"), st.integers(0, 5)),
    ),
    max_size=10,
)
ROOMS = st.sampled_from([0, 2, 3, 100])


def content(user_id, number=0):
    from chalicelib.notifications.core.caused_ids import caused_id
    from chalicelib.notifications.core.content import Content

    own_id = caused_id(now_ms(), user_id, str(number))
    return Content(own_id, user_id, "like", "social", ("inbox",), now_ms(), "1", tweet_id="7")


@contextmanager
def dying(calls):
    """Kill the worker at the call after so many."""
    left = [calls]

    def count(_):
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with ExitStack() as stack:
        for operation in CALLS:
            stack.enter_context(intercepted("dynamodb", operation, count))
        yield


def deliver(contents):
    """Deliver as the queue's worker does: in one batch."""
    from chalicelib.notifications.inbox import deliveries

    try:
        failures = deliveries.add(contents)
    except Killed:
        return []
    return [one for one in failures.values() if not isinstance(one, Killed)]


def unread_of(user_id):
    """Unread count, and number of unread entries."""
    from chalicelib.notifications.core.models import COUNTERS
    from chalicelib.notifications.inbox import entries

    item = COUNTERS.get({"user_id": user_id}, consistent=True) or {}
    found = entries.page(user_id, None, 100)
    unread = [one for one in found if not entries.is_read(one, item.get("generation", 0))]
    return item.get("unread", 0), len(unread)


@given(STEPS, ROOMS, ROOMS)
@settings(max_examples=60)
@example([([0], 0), ([0], 3)], 100, 100)
@example([([0], 2), ("withdraw", 0), ([0], None), ("withdraw", 0)], 100, 100)
def test_unread_is_exact_whatever_happens(module, stack, steps, room, later):
    from chalicelib.notifications.inbox import entries, withdrawing

    user_id = ids.new_id()
    known = [content(user_id, number) for number in range(6)]
    begun = set()
    for number, step in enumerate(steps):
        with process.limited(RingLimits((room, later)[number % 2])):
            if step == "read all":
                entries.read_all(user_id)
            elif isinstance(step, int):
                entries.read_some(user_id, [known[step].id])
            elif step[0] == "withdraw":
                withdrawing.withdraw([(user_id, known[step[1]].id)])
            else:
                chosen, end = step
                begun |= set(chosen)
                with dying(99 if end is None else end):
                    assert not deliver([known[one] for one in chosen])
    # Every message comes again until it was delivered.
    assert not deliver([known[one] for one in begun])
    count, unread = unread_of(user_id)
    assert count == unread
    assert len(entries.page(user_id, None, 100)) == len(begun)


@pytest.mark.parametrize(("room", "other"), [(0, 0), (0, 100), (100, 0), (100, 100)])
def test_two_workers_with_one_message_count_it_once(module, stack, room, other):
    for calls in range(4):
        user_id, left = ids.new_id(), [calls]
        one = content(user_id)

        def interrupt(_, one=one, left=left):
            left[0] -= 1
            if left[0] == -1:
                with process.limited(RingLimits(other)):
                    assert not deliver([one])

        with process.limited(RingLimits(room)), ExitStack() as faults:
            for operation in ("PutItem", "UpdateItem", "TransactWriteItems"):
                faults.enter_context(intercepted("dynamodb", operation, interrupt))
            assert not deliver([one])
        assert unread_of(user_id) == (1, 1)


def test_a_message_of_days_ago_is_not_counted_again(module, stack):
    user_id = ids.new_id()
    one, other = content(user_id, 1), content(user_id, 2)
    with process.limited(RingLimits(1)):
        deliver([one])
        with process.clock.ahead(MESSAGE_SECONDS + 7200):
            deliver([other])
            deliver([one])
    assert unread_of(user_id) == (2, 2)


def test_entries_of_one_recipient_share_a_write(module, stack):
    user_id = ids.new_id()
    updates: list[object] = []
    with intercepted("dynamodb", "UpdateItem", updates.append):
        assert not deliver([content(user_id, number) for number in range(10)])
    assert len(updates) == 1
    assert unread_of(user_id) == (10, 10)


def test_an_unknown_notification_fails_alone_and_a_full_ring_costs_more(module, stack, api):
    from chalicelib.notifications.history import notifications

    user_id = make_user()
    known = [content(user_id, number) for number in range(3)]
    for one in known:
        notifications.create(one)
    messages = [{"notification_id": one.id} for one in known]
    records = [
        {"messageId": str(number), "body": json.dumps(message), "receiptHandle": ""}
        for number, message in enumerate([*messages, {"notification_id": "0" * 32}])
    ]
    event = {"Records": records}
    context = SimpleNamespace()
    with (
        pytest.MonkeyPatch.context() as patch,
        running("notifications", "deliver_inbox"),
    ):
        patch.setenv("SQS_PARTIAL_BATCH", "1")
        # The worker dies before its fifth call: two entries are there, but not counted.
        with process.limited(RingLimits(2)), dying(4):
            answer = module.deliver_inbox({"Records": records[:2]}, context)
        assert len(answer["batchItemFailures"]) == 2
        with process.limited(RingLimits(0)):
            answer = module.deliver_inbox(event, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "3"}]}
    assert unread_of(user_id) == (3, 3)
    assert inbox(api, user_id)["meta"]["unread_count"] == 3
    assert state(api, known[0].id, user_id)["status"] == "delivered"
