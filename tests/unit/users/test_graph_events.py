"""Counter amounts and events of changes of pairs."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("users")

from chalicelib.users import publishing

from shared.aws.events import schema
from shared.aws.streams import Change
from shared.base.validation import check

KEYS = {"user_id": "1", "target_id": "2"}
FLAGS = ("following", "pending", "blocked", "muted")
STATES = st.lists(
    st.one_of(st.none(), st.fixed_dictionaries({}, optional=dict.fromkeys(FLAGS, st.booleans()))),
    max_size=12,
)


def history(states: list[dict[str, bool] | None]) -> list[Change]:
    """Stream records of one pair that went through these states."""
    found, old = [], None
    for version, state in enumerate(states, 1):
        new: dict[str, Any] | None = (
            None if state is None else {**KEYS, **state, "version": version, "updated_at": version}
        )
        if old is not None or new is not None:
            found.append(Change(str(version), KEYS, old, new))
        old = new
    return found


@given(STATES)
def test_counters_end_where_the_pair_ends(states: list[dict[str, bool] | None]):
    totals: Counter[tuple[str, str]] = Counter()
    for change in history(states):
        for key, name, amount in publishing.follow_amounts(change):
            totals[key, name] += amount
    following = int(bool(states and (states[-1] or {}).get("following")))
    assert totals["1", "following"] == totals["2", "followers"] == following
    assert set(totals) <= {("1", "following"), ("2", "followers")}


@given(STATES)
def test_events_have_ids_of_their_own_and_agree_with_their_schemas(
    states: list[dict[str, bool] | None],
):
    told = [event for change in history(states) for event in publishing.follow_events(change)]
    assert len({event.id for event in told}) == len(told)
    for event in told:
        check(schema(event.type), event.data)


def test_a_block_that_ends_a_follow_tells_both():
    old = {**KEYS, "following": True, "version": 4, "updated_at": 4}
    new = {**KEYS, "following": False, "blocked": True, "version": 5, "updated_at": 5}
    told = [event.id for event in publishing.follow_events(Change("x", KEYS, old, new))]
    assert told == ["user.unfollowed:1-2:5", "user.blocked:1-2:5"]


def test_published_again_a_pair_tells_what_holds_under_the_same_ids():
    new = {**KEYS, "following": True, "muted": True, "version": 3, "updated_at": 3}
    again = Change("x", KEYS, None, new, republished=True)
    assert [event.id for event in publishing.follow_events(again)] == ["user.followed:1-2:3"]
