"""Switches known to a process: bounded, and cheap at any number."""

import time
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bench.steps import steps
from scripts.base.domain import load_app
from shared.base.process import process

load_app("tweets")

from chalicelib.tweets.core.announcements import AnnouncementLimits
from chalicelib.tweets.heads import recent_switches
from chalicelib.tweets.heads.delivery_rule import Mode
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.heads.recent_switches import KnownSwitches, Switch, SwitchLimits
from chalicelib.tweets.timelines.followed_authors import FollowedAuthors
from chalicelib.tweets.timelines.following import Following
from chalicelib.tweets.timelines.reader_state import ReaderState

from shared.base.clock import now_ms

MODES: tuple[Mode, Mode] = ("push", "pull")
FOLLOWED = Following("1", 1, ((str(number), 0, 1) for number in range(100, 300)))


def page(at: int) -> set[str]:
    """Do what a home page does with switches; return the pulled authors."""
    authors = FollowedAuthors(FOLLOWED, at)
    stored = ReaderState("1", active_day=at // 86_400_000, since=1, modes_at=at - 1000)
    authors.arrive("1", stored)
    return authors.pulled_authors(1)


def seconds(act: Callable[[], object]) -> float:
    begun = time.thread_time()
    act()
    return time.thread_time() - begun


def cost_of_a_page(known: int) -> tuple[int, float]:
    """Return steps and CPU seconds of a page, if so many switches are known."""
    at = now_ms()
    # Of the followed authors five have switched, whatever the others did.
    switched = [Switch(at, str(n), "pull", 7) for n in range(295, 295 + known)]
    with process.limited(AnnouncementLimits(refresh_ms=10**9)):
        recent_switches.switches.forget()
        memory = recent_switches.switches()._known
        memory.learn(switched)
        memory.read_from = 0
        assert page(at) == {str(n) for n in range(295, 300)}
        counted = steps(lambda: page(at))
        spent = min(seconds(lambda: page(at)) for _ in range(20))
    recent_switches.switches.forget()
    return counted, spent


def test_a_page_costs_the_same_at_any_number_of_known_switches() -> None:
    few, many = cost_of_a_page(10), cost_of_a_page(100_000)
    assert many[0] == few[0]
    # Steps inside of C are not counted: a look at each of 100,000 would take longer than this.
    assert many[1] < 0.002


def test_the_oldest_are_forgotten_and_no_longer_claimed_to_be_known() -> None:
    with process.limited(SwitchLimits(known=10)):
        memory = KnownSwitches(0)
        for moment in range(1, 100):
            memory.learn([Switch(moment, str(moment), "pull", 7)])
            assert len(memory._newest) <= 10
            everybody = {str(one) for one in range(1, moment + 1)}
            since = memory.complete_from
            expected = {str(one) for one in range(max(1, since), moment + 1)}
            assert memory.of(everybody, since).keys() == expected
    assert memory.complete_from > 80


@given(
    history=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 50)), max_size=12, unique=True
    ),
    chance=st.randoms(use_true_random=False),
)
def test_the_newest_switch_says_whether_a_page_needs_the_head(
    history: list[tuple[str, int]], chance: object
) -> None:
    """For each page, as if all switches of each author were known, in order."""
    heads: dict[str, list[tuple[int, Mode]]] = {}
    switched = []
    for author, at in sorted(history, key=lambda one: one[1]):
        modes = heads.setdefault(author, [])
        mode: Mode = MODES[1 - len(modes) % 2]
        modes.append((at * 10, mode))
        switched.append(Switch(at, author, mode, at * 10))
    chance.shuffle(switched)  # type: ignore[attr-defined]
    memory = KnownSwitches(0)
    memory.learn(switched)
    pulled = ReaderState("1").pulled_after(memory.of({"a", "b", "c"}, 0))
    for author, known in heads.items():
        head = Head(author, modes=tuple(known))
        for lowest in range(0, 520, 5):
            needed = any(head.mode_of(one) == "pull" for one in range(lowest, 530, 5))
            until = pulled.get(author, 1)
            reads = not until or until > lowest
            assert reads or not needed
