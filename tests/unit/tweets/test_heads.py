"""Author heads: packing, and merging in any order."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets.core.single_flight import SingleFlight
from chalicelib.tweets.heads import heads
from chalicelib.tweets.heads.heads import Head, HeadLimits, Line
from chalicelib.tweets.heads.recent_switches import KnownSwitches, Switch
from chalicelib.tweets.timelines import delivery_review, entries, reader_state
from chalicelib.tweets.timelines.reader_state import ReaderLimits, ReaderState

from shared.base.ids import MAX_ID, first_id_at

DAY = 86_400_000
ids = st.integers(1, MAX_ID)
kinds = st.sampled_from(["tweet", "reply", "quote"])
lines = st.builds(Line, ids, kinds) | st.builds(Line, ids, st.just("retweet"), ids)


@given(st.lists(lines, max_size=40, unique_by=lambda line: line.position))
def test_what_is_packed_comes_out_newest_first(given_lines: list[Line]) -> None:
    packed, dropped = heads.pack(given_lines)
    assert len(packed) <= HeadLimits().size
    expected = sorted(given_lines, key=lambda line: -line.position)
    found = list(Head("1", packed).lines())
    assert found == expected[: len(found)]
    assert dropped == (expected[len(found)].position if len(found) < len(expected) else 0)


def test_a_head_holds_a_hundred_and_twenty_tweets_of_a_talkative_author() -> None:
    now = first_id_at(1_700_000_000_000)
    spoken = [Line(now + (hour * 3_600_000 << 22) + hour, "tweet") for hour in range(200)]
    head = Head("1").with_lines(spoken)
    assert [line.position for line in head.lines()] == [line.position for line in spoken[:-121:-1]]
    assert head.floor == spoken[79].position + 1
    assert len(head.packed) <= HeadLimits().size


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Line], list[int]]:
    """Tweets of an author, and the ids of those deleted later."""
    numbers = draw(st.lists(st.integers(1, 400), unique=True, max_size=200))
    gone = draw(st.lists(st.sampled_from(numbers), unique=True)) if numbers else []
    return [Line(number, "tweet") for number in numbers], gone


@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_changes_do_not_matter(
    history: tuple[list[Line], list[int]], chance: object
) -> None:
    created, gone = history
    changes = [*created, *(Line(number, heads.GONE) for number in gone)]
    changes += changes[: len(changes) // 3]
    chance.shuffle(changes)  # type: ignore[attr-defined]
    head = Head("1")
    for change in changes:
        head = head.with_lines([change])
    living = {line.position for line in created} - set(gone)
    shown = {line.position for line in head.lines() if line.kind != heads.GONE}
    assert shown == {number for number in living if number >= head.floor}
    # Only a full head may have a floor.
    assert head.floor == 1 or len(list(head.lines())) == HeadLimits().entries
    assert head.with_lines(changes) is head


def test_a_mode_holds_from_its_watermark_on() -> None:
    head = Head("1", modes=((100, "pull"), (200, "push")))
    assert [head.mode_of(n) for n in (1, 99, 100, 199, 200)] == [
        "push", "push", "pull", "pull", "push",
    ]  # fmt: skip
    assert head.mode == "push"
    assert heads.of_item(head.item) == head


def test_pushes_cover_what_came_after_follow_and_return_or_was_filled_in() -> None:
    now = 1_800_000_000_000
    settle = ReaderLimits().settle_ms
    state = ReaderState("1", since=now - 5 * DAY)
    assert state.covered_from(now - 9 * DAY, now) == first_id_at(now - 5 * DAY)
    assert state.covered_from(now - DAY, now) == first_id_at(now - DAY + settle)
    old = ReaderState("1", since=now - 300 * DAY)
    assert old.covered_from(0, now) == first_id_at(now - entries.RELIABLE_MS)
    filled = ReaderState("1", since=now - 5 * DAY, filled_at=now - 4 * DAY, filled_floor=7)
    assert filled.covered_from(now - 5 * DAY, now) == 7
    assert filled.covered_from(now - 4 * DAY, now) == first_id_at(now - 4 * DAY + settle)
    # Away again since: what was filled in has gaps behind it.
    lapsed = ReaderState("1", since=now - 3 * DAY, filled_at=now - 4 * DAY, filled_floor=7)
    assert lapsed.covered_from(0, now) == first_id_at(now - 3 * DAY)


def test_who_was_away_begins_anew_and_others_only_note_the_day() -> None:
    now = 20_000 * DAY
    seen = ReaderState("1", active_day=19_999, since=5, modes_at=6, pulled={"2": 0})
    assert reader_state.on_arrival("1", seen, now) == ReaderState(
        "1", active_day=20_000, since=5, modes_at=6, pulled={"2": 0}, reads_day=20_000
    )
    long_ago = 20_000 - ReaderLimits().active_days
    away = ReaderState("1", active_day=long_ago, since=5, pulled={"2": 0})
    back = reader_state.on_arrival("1", away, now)
    assert (back.since, back.modes_at, back.pulled) == (now + ReaderLimits().settle_ms, 0, {})


def test_a_readers_list_of_pulled_authors_follows_the_switches() -> None:
    state = ReaderState("1", modes_at=1_000_000, pulled={"7": 0})
    known = KnownSwitches(0)
    known.learn(
        [
            Switch(1_000_002, "8", "pull", 60),
            Switch(1_000_001, "7", "push", 50),
            Switch(1_000_000, "7", "pull", 40),
            Switch(1_000_003, "9", "pull", 70),
        ]
    )
    assert state.pulled_after(known.of({"7", "8", "6"}, 1_000_000)) == {"7": 50, "8": 0}
    assert state.pulled_after(known.of({"7", "8"}, 1_000_002)) == {"7": 0, "8": 0}
    packed = reader_state._pack({"7": 50, "8": 0})
    assert reader_state._unpack(packed) == {"7": 50, "8": 0}


def test_the_rate_of_tweets_is_a_mean_over_days_or_over_what_the_head_holds() -> None:
    now = 1_800_000_000_000
    month = [Line(first_id_at(now - day * DAY - DAY // 2), "tweet") for day in range(60)]
    daily = Head("1").with_lines(month)
    assert delivery_review.tweets_per_day(daily, now) == pytest.approx(1, rel=0.01)
    hours = [Line(first_id_at(now - n * 3_600_000) + 1, "tweet") for n in range(200)]
    busy = Head("1").with_lines(hours)
    assert delivery_review.tweets_per_day(busy, now) == pytest.approx(24, rel=0.03)
    # A day without tweets takes 0.15 of the rate, and one of ten adds as much as that makes.
    assert delivery_review.tweets_per_day(daily, now + DAY) == pytest.approx(0.85, rel=0.01)
    burst = daily.with_lines(Line(first_id_at(now) + n, "tweet") for n in range(10))
    assert 2 < delivery_review.tweets_per_day(burst, now + DAY // 2) < 3
    # Somebody who joined yesterday is judged by that day.
    joined = Head(str(first_id_at(now - DAY)))
    fresh = joined.with_lines(Line(first_id_at(now - n * 3_600_000), "tweet") for n in range(1, 6))
    assert delivery_review.tweets_per_day(fresh, now) == pytest.approx(5, rel=0.1)


def test_one_of_many_reads_and_all_get_it() -> None:
    kept: dict[str, dict[str, str]] = {}
    reads: list[list[str]] = []
    everybody = threading.Barrier(8)

    def read(keys: list[str]) -> dict[str, dict[str, str]]:
        reads.append(keys)
        kept.update({key: {"id": key} for key in keys})
        return {key: kept[key] for key in keys}

    flights = SingleFlight(lambda keys: {k: kept[k] for k in keys if k in kept}, read)

    def ask(number: int) -> list[str]:
        everybody.wait()
        return sorted(flights.get({"shared", f"own {number % 3}", "shared too"}))

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert found == [sorted({"shared", "shared too", f"own {n % 3}"}) for n in range(8)]
    keys_read = sorted(key for keys in reads for key in keys)
    assert keys_read == ["own 0", "own 1", "own 2", "shared", "shared too"]


def test_a_read_that_fails_is_made_again() -> None:
    answers: list[dict[str, dict[str, str]]] = [{"a": {"id": "a"}}]

    def read(_: list[str]) -> dict[str, dict[str, str]]:
        if failures:
            raise failures.pop()
        return answers.pop()

    failures = [ConnectionError()]
    flights = SingleFlight(lambda _: {}, read)
    with pytest.raises(ConnectionError):
        flights.get(["a"])
    assert flights.get(["a"]) == {"a": {"id": "a"}}
