"""Merging of skeletons; additions to counters that follow from changes."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets import publishing
from chalicelib.tweets.heads.heads import Head, Line, pack
from chalicelib.tweets.lists import membership
from chalicelib.tweets.pipeline.fill import fill_page
from chalicelib.tweets.pipeline.hydration import HydrationState, hydrate
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import visible
from chalicelib.tweets.pipeline.skeletons import Entry, Skeleton, merge
from chalicelib.tweets.pipeline.window import Window
from chalicelib.tweets.timelines import head_skeletons
from chalicelib.tweets.timelines.head_skeletons import DepthLimits

from shared.aws.streams import Change
from shared.base.pagination import decode_position


def skeleton(*numbers: int, floor: int | None = None) -> Skeleton:
    return Skeleton([Entry(str(n)) for n in numbers], floor)


def test_what_lies_below_the_highest_floor_waits() -> None:
    found = merge(skeleton(9, 5, 1), skeleton(8, 6, floor=6), skeleton(5))
    assert [entry.tweet_id for entry in found.entries] == ["9", "8", "6"]
    assert found.floor == 6


def test_sources_read_to_their_ends_are_merged_to_the_end() -> None:
    found = merge(skeleton(3, 1), skeleton(2, 1), skeleton())
    assert [entry.tweet_id for entry in found.entries] == ["3", "2", "1"]
    assert found.floor is None
    assert merge() == Skeleton([], None)


def test_a_page_that_has_read_enough_ends_and_the_next_goes_on_there() -> None:
    depth, read_from = head_skeletons.Depth(), []

    def read(bounds: Window) -> Skeleton:
        read_from.append(bounds.newest)
        depth.take(DepthLimits().queries // 2 + 1)
        return Skeleton([], 60)

    body = fill_page(
        HydrationState("1", {}),
        Window(1, 100, 5, "home:1"),
        skeleton=lambda window: depth.limit(window, read),
        hydrate=hydrate,
        rules=visible,
        present=present,
    )
    # The first round read half of what it may; the second would have gone beyond, and is left.
    assert read_from == [100, 59]
    token = body["meta"]["next_token"]
    assert decode_position("home:1", token, below=int) == {"below": 60}


def test_what_no_page_could_read_is_the_end() -> None:
    depth = head_skeletons.Depth()

    def read(_: Window) -> Skeleton:
        depth.take(DepthLimits().queries)
        depth.take(1)
        raise AssertionError("too many were taken")

    assert depth.limit(Window(1, 100, 5, ""), read) == Skeleton([], None)


def engaged(active: bool, kind: str, **more: object) -> dict[str, object]:
    return {"tweet_id": "1", "kind": kind, "active": active, **more}


def test_engagements_count_by_kind_and_votes_by_option() -> None:
    def amounts(old: object, new: object) -> list[tuple[str, str, int]]:
        change = Change("e", {}, old, new)  # type: ignore[arg-type]
        return list(publishing.engagement_amounts(change))

    assert amounts(None, engaged(True, "bookmark")) == [("1", "bookmarks", 1)]
    assert amounts(engaged(True, "like"), engaged(False, "like")) == [("1", "likes", -1)]
    assert amounts(engaged(True, "like"), engaged(True, "like")) == []
    assert amounts(None, engaged(True, "vote", choice=2)) == [("1", "votes_2", 1)]


def test_roles_count_for_their_list() -> None:
    def amounts(entry: str, old: bool, new: bool) -> list[tuple[str, str, int]]:
        item = {"entry": entry}
        keys = {"list_id": "7", "entry": entry}
        change = Change("e", keys, item if old else None, item if new else None)
        return list(membership.role_amounts(change))

    assert amounts("member#1", False, True) == [("list#7", "members", 1)]
    assert amounts("follower#1", True, False) == [("list#7", "followers", -1)]
    assert amounts("member#1", True, True) == []
    assert amounts("pin#1", False, True) == amounts("list", True, False) == []


@given(st.data())
def test_many_heads_are_read_no_further_than_a_page_goes(data: st.DataObject) -> None:
    positions = data.draw(st.lists(st.integers(1, 500), unique=True, max_size=200))
    authors = data.draw(st.lists(st.integers(0, 9), min_size=200, max_size=200))
    lines: dict[int, list[Line]] = {}
    for position, author in zip(positions, authors, strict=False):
        lines.setdefault(author, []).append(Line(position, "tweet"))
    heads = [Head(str(author), pack(kept)[0]) for author, kept in lines.items()]
    oldest, newest = data.draw(st.integers(1, 500)), data.draw(st.integers(1, 500))
    window, shown = Window(oldest, newest, 5, ""), []
    within = sorted((p for p in positions if oldest <= p <= newest), reverse=True)
    while not window.empty:
        found = merge(*head_skeletons.of_heads(heads, window, frozenset(), 7))
        shown += [int(entry.tweet_id) for entry in found.entries]
        if found.floor is None:
            break
        assert len(found.entries) >= 7
        window = window.below(found.floor)
    assert shown == within


def test_five_thousand_heads_cost_a_few_lines_each() -> None:
    lines = [Line(10_000 * n, "tweet") for n in range(100, 0, -1)]
    heads = [
        Head(str(n), pack([Line(x.position + n, "tweet") for x in lines])[0]) for n in range(5000)
    ]
    found = head_skeletons.of_heads(heads, Window(1, 1 << 62, 100, ""), frozenset(), 110)
    assert len(found) == 5000
    assert sum(len(one.entries) for one in found) < 6000
