"""Followed authors of one reader: shown, pulled, and modes learned."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.followed_authors import FollowedAuthors
from chalicelib.tweets.timelines.following import Following
from chalicelib.tweets.timelines.reader_state import ReaderLimits, ReaderState

from shared.base.ids import MAX_ID, first_id_at
from shared.contracts.graph import Relation

DAY = 86_400_000
NOW = 1_800_000_000_000
RELATIONS = {
    "2": Relation("1", "2", following=True, changed_at=5),
    "3": Relation("1", "3", following=True, muted=True),
    "4": Relation("1", "4", following=True, blocked=True),
    "5": Relation("1", "5", pending=True),
    "6": Relation("1", "6", following=True, changed_at=7),
}

FOLLOWING = Following.of_relations("1", 1, RELATIONS.values())


def arrived() -> FollowedAuthors:
    authors = FollowedAuthors(FOLLOWING, NOW)
    authors.arrive("1", None)
    return authors


def test_followed_authors_are_shown_unless_they_are_hidden() -> None:
    assert FollowedAuthors(FOLLOWING, NOW).shown == {"2": 5, "6": 7}


def test_a_new_reader_reads_all_heads_once_and_then_those_of_pulled_authors() -> None:
    authors = arrived()
    assert authors.pulled_authors(1) == {"2", "3", "4", "6"}
    later = first_id_at(NOW + 60_000)
    heads = {one: Head(one) for one in ("3", "4")}
    heads["2"] = Head("2", modes=((9, "pull"),))
    heads["6"] = Head("6", modes=((9, "pull"), (later, "push")))
    authors.learn_modes(heads)
    assert authors.reader.pulled == {"2": 0, "6": later}
    assert authors.reader.modes_at == NOW
    assert authors.pulled_authors(1) == {"2", "6"}
    # Above the watermark tweets are pushed again.
    assert authors.pulled_authors(later) == {"2"}


def test_modes_are_learned_once_per_request() -> None:
    authors = arrived()
    authors.learn_modes({one: Head(one) for one in RELATIONS})
    first = authors.reader
    authors.learn_modes({})
    assert authors.reader is first


def test_a_new_reader_lacks_pushes_of_everybody_shown() -> None:
    authors = arrived()
    assert authors.uncovered_authors(1, {"2"}) == {"6"}
    assert authors.uncovered_authors(MAX_ID, set()) == set()
    assert not authors.pushes_arrive
    assert authors.reader.active_day == reader_state.today(NOW)


@given(data=st.data())
def test_uncovered_is_covered_from_above_a_bound(data: st.DataObject) -> None:
    now = 1_800_000_000_000
    moments = st.integers(now - 40 * DAY, now)
    filled_at = data.draw(st.just(0) | moments)
    state = ReaderState(
        "1",
        since=data.draw(st.just(0) | moments),
        filled_at=filled_at,
        filled_floor=data.draw(st.integers(0, first_id_at(filled_at))),
    )
    edge = data.draw(moments)
    lowest = data.draw(st.just(0) | st.integers(first_id_at(edge), first_id_at(edge + 1)))
    near = st.integers(-2, 2).map(lambda ms: edge - ReaderLimits().settle_ms + ms)
    changed = data.draw(st.dictionaries(st.text("ab", min_size=1, max_size=3), moments | near))
    expected = {one for one, at in changed.items() if state.covered_from(at, now) > lowest}
    followed = Following("1", 1, ((one, at, 1) for one, at in changed.items()))
    authors = FollowedAuthors(followed, now)
    authors._reader = state
    assert authors.uncovered_authors(lowest, set()) == expected
    assert authors.uncovered_authors(lowest, {"a"}) == expected - {"a"}
