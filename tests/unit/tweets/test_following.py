"""Relations of a reader, packed and kept."""

from hypothesis import given
from hypothesis import strategies as st

from bench.steps import steps
from scripts.base.domain import load_app
from shared.base.process import process

load_app("tweets")

from chalicelib.tweets.core.announcements import AnnouncementLimits
from chalicelib.tweets.heads import recent_switches
from chalicelib.tweets.timelines import following
from chalicelib.tweets.timelines.followed_authors import FollowedAuthors
from chalicelib.tweets.timelines.following import Following
from chalicelib.tweets.timelines.reader_state import ReaderState

from shared.base.clock import now_ms
from shared.base.ids import MAX_ID, first_id_at
from shared.contracts.graph import MAX_RELATIONS, Relation

relations = st.builds(
    Relation,
    st.just("1"),
    st.integers(2, MAX_ID).map(str),
    following=st.booleans(),
    pending=st.booleans(),
    blocked=st.booleans(),
    muted=st.booleans(),
    changed_at=st.integers(0, 2**41),
)


@given(st.lists(relations, max_size=30, unique_by=lambda one: one.target_id))
def test_what_is_packed_comes_out_as_it_was(given_relations: list[Relation]) -> None:
    before = Following.of_relations("1", 7, given_relations)
    item = following.packed(before)
    assert len(item["ids"] + item["seconds"] + item["flags"]) == 13 * len(before)
    after = following.unpacked({"user_id": "1", **item})
    assert after.version == 7
    # Moments are left out of the comparison: they may become a second later.
    assert dict(after) == dict(before)
    matter = {one.target_id for one in given_relations if one.following or one.hides}
    assert set(after) == matter
    for one in given_relations:
        relation = after.get(one.target_id)
        if one.target_id in matter:
            assert relation is not None
            assert (relation.following, relation.hides) == (one.following, one.hides)
        if one.following:
            assert one.changed_at <= after.followed[one.target_id] < one.changed_at + 1000
    shown = {one.target_id for one in given_relations if one.following and not one.hides}
    assert after.shown.keys() == shown
    moment = 2**40
    assert set(before.followed_since(moment)) == {
        one.target_id for one in given_relations if one.following and one.changed_at >= moment
    }


def test_the_most_relations_fit_an_item() -> None:
    most = Following("1", 1, ((str(MAX_ID - n), 2**41, 1) for n in range(MAX_RELATIONS)))
    size = sum(len(value) for value in following.packed(most).values() if isinstance(value, bytes))
    assert size < 400_000 - 1_000


def page(followed: Following) -> None:
    """Do what a warm page does with the relations."""
    now = now_ms()
    authors = FollowedAuthors(followed, now)
    day = now // 86_400_000
    pulled = {str(one): 0 for one in range(100, 120)}
    authors.arrive("1", ReaderState("1", day, since=1, modes_at=now - 1000, pulled=pulled))
    lowest = first_id_at(now - 3_600_000)
    assert authors.pulled_authors(lowest) == set(pulled)
    assert authors.uncovered_authors(lowest, set(pulled)) == set()
    assert authors.shown.keys() and followed.get("100")


def test_a_warm_page_takes_the_same_steps_for_any_number_of_follows() -> None:
    counted = []
    with process.limited(AnnouncementLimits(refresh_ms=10**9)):
        recent_switches.switches.forget()
        recent_switches.switches()._known.read_from = 0
        for size in (200, 5_000):
            rows = ((str(number), 1_000, 1) for number in range(100, 100 + size))
            followed = Following("1", 1, rows)
            page(followed)
            counted.append(steps(lambda: page(followed)))  # noqa: B023
    recent_switches.switches.forget()
    assert counted[0] == counted[1]
