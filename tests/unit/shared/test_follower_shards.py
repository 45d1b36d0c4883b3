"""Followers over shards are read as one complete list in order."""

from bisect import bisect_right, insort
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import follower_shards
from shared.contracts.follower_shards import ShardLimits

TARGET = "77"
IDS = st.integers(min_value=10**17, max_value=10**18 - 1).map(str)


class Index:
    """The followers index, in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, list[str]] = defaultdict(list)
        self.reads = 0

    def enter(self, key: str, user_id: str) -> None:
        insort(self.keys[key], user_id)

    def read(self, key: str, after: str | None, limit: int) -> list[str]:
        self.reads += 1
        ids = self.keys[key]
        start = bisect_right(ids, after) if after else 0
        return ids[start : start + limit]


def grown(generations: list[list[str]]) -> tuple[Index, int, set[str]]:
    """Return an index whose shards doubled after each generation."""
    index, shards, followers = Index(), 1, set()
    for generation in generations:
        target = {"id": TARGET, "follower_shards": shards, "follower_shards_from": 0}
        for user_id in generation:
            if user_id not in followers:
                index.enter(follower_shards.listed_under(target, user_id, 1), user_id)
                followers.add(user_id)
        shards *= 2
        index.enter(TARGET, follower_shards.marker(TARGET, shards)["user_id"])
    return index, shards, followers


@given(
    st.lists(st.lists(IDS, max_size=40), min_size=1, max_size=6),
    st.integers(min_value=1, max_value=50),
)
def test_pages_of_all_shards_are_the_followers_in_order(generations: list[list[str]], size: int):
    index, shards, followers = grown(generations)
    assert follower_shards.note(TARGET, index.read(TARGET, None, 8)) == shards
    pages: list[str] = []
    after: str | None = None
    while page := follower_shards.merged(index.read, TARGET, shards, after, size):
        assert len(page) <= size
        pages += page
        after = page[-1]
    assert pages == sorted(followers)


def chain(index: Index, size: int, shards: int | None = None) -> list[list[str]]:
    """Return all pages of a chain; the first one learns the number of shards."""
    pages: list[list[str]] = []
    place = None
    while True:
        reads = index.reads
        page, place = follower_shards.chained(index.read, TARGET, shards, place, size)
        assert len(page) <= size
        assert index.reads - reads <= follower_shards.CHAINED_READS
        pages.append(page)
        if place is None:
            return pages
        shards = follower_shards.known(TARGET)


@given(
    st.lists(st.lists(IDS, max_size=40), min_size=1, max_size=6),
    st.integers(min_value=1, max_value=50),
)
def test_a_chain_of_all_shards_shows_every_follower_once(
    generations: list[list[str]], size: int
) -> None:
    index, _, followers = grown(generations)
    seen = [one for page in chain(index, size) for one in page]
    assert sorted(seen) == sorted(followers)


@given(st.sets(IDS, min_size=4, max_size=80), st.sets(IDS, max_size=40), st.data())
def test_a_chain_stays_stable_while_shards_double(
    ids: set[str], later: set[str], data: st.DataObject
) -> None:
    """Followers who stay are shown once, whoever comes and goes."""
    index, shards, followers = grown([sorted(ids)[::2], sorted(ids)[1::2]])
    first, place = follower_shards.chained(index.read, TARGET, shards, None, 3)
    leaver = data.draw(st.sampled_from(sorted(followers)))
    for listed in index.keys.values():
        if leaver in listed:
            listed.remove(leaver)
    target = {"id": TARGET, "follower_shards": shards * 2}
    for one in later - followers:
        index.enter(follower_shards.listed_under(target, one, 1), one)
    rest: list[str] = []
    while place is not None:
        page, place = follower_shards.chained(index.read, TARGET, shards * 2, place, 7)
        rest += page
    seen = [*first, *rest]
    assert len(seen) == len(set(seen))
    assert set(seen) >= followers - {leaver}


def test_a_page_of_64_shards_reads_two_of_them_at_most() -> None:
    index = Index()
    for number in range(64):
        for one in range(200):
            index.enter(follower_shards.key(TARGET, number), str(10**17 + one * 64 + number))
    index.enter(TARGET, follower_shards.marker(TARGET, 64)["user_id"])
    pages = chain(index, 100)
    assert sum(map(len, pages)) == 12_800
    assert index.reads <= 2 * len(pages)


@given(st.sets(IDS, min_size=4, max_size=80), st.data())
def test_pages_stay_stable_while_others_leave(ids: set[str], data: st.DataObject):
    index, shards, followers = grown([sorted(ids)[::2], sorted(ids)[1::2]])
    first = follower_shards.merged(index.read, TARGET, shards, None, 2)
    leaver = data.draw(st.sampled_from(sorted(followers)))
    for listed in index.keys.values():
        if leaver in listed:
            listed.remove(leaver)
    rest = follower_shards.merged(index.read, TARGET, shards, first[-1], 100)
    assert rest == sorted(followers - set(first) - {leaver})


def test_writers_take_new_shards_when_no_reader_can_have_missed_them():
    target = {"id": TARGET, "follower_shards": 4, "follower_shards_from": 1000}
    before = {follower_shards.listed_under(target, str(n), 999) for n in range(200)}
    after = {follower_shards.listed_under(target, str(n), 1000) for n in range(200)}
    assert before == {TARGET, f"{TARGET}#1"}
    assert after == {TARGET, f"{TARGET}#1", f"{TARGET}#2", f"{TARGET}#3"}
    assert ShardLimits().settle_ms > 2 * follower_shards.CACHE_SECONDS * 1000
    assert {follower_shards.listed_under({"id": TARGET}, str(n), 5) for n in range(50)} == {TARGET}


def test_reading_many_shards_reads_little_more_than_the_page():
    index, shards, _ = grown([[str(10**17 + n) for n in range(m, m + 400)] for m in (0, 400, 800)])
    index.reads = 0
    assert len(follower_shards.merged(index.read, TARGET, shards, None, 100)) == 100
    assert index.reads <= 2 * shards


def test_markers_are_known_and_bounded():
    assert len(follower_shards.markers(TARGET)) == follower_shards.MARKERS
    most = follower_shards.MAX_SHARDS
    assert follower_shards.marker(TARGET, most)["user_id"] == f"#{most}"
    assert {key["user_id"] for key in follower_shards.markers(TARGET)} >= {"#2", f"#{most}"}
    assert not follower_shards.too_few(most, 10**9)
    assert follower_shards.too_few(1, 25_001)
    assert not follower_shards.too_few(1, 25_000)
