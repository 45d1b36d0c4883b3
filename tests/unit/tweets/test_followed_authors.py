"""Followed authors of one reader: shown, pulled, and modes learned."""

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.followed_authors import FollowedAuthors

from shared.base.ids import MAX_ID, first_id_at
from shared.contracts.graph import Relation

NOW = 1_800_000_000_000
RELATIONS = {
    "2": Relation("1", "2", following=True, changed_at=5),
    "3": Relation("1", "3", following=True, muted=True),
    "4": Relation("1", "4", following=True, blocked_by=True),
    "5": Relation("1", "5", pending=True),
    "6": Relation("1", "6", following=True, changed_at=7),
}


def arrived() -> FollowedAuthors:
    authors = FollowedAuthors(RELATIONS, NOW)
    authors.arrive("1", None)
    return authors


def test_followed_authors_are_shown_unless_they_are_hidden() -> None:
    assert FollowedAuthors(RELATIONS, NOW).shown == {"2": 5, "6": 7}


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
