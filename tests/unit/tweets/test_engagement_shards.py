"""Engagements with a hot tweet, counted against the limits of one key."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app
from shared.base.process import process
from shared.contracts import follower_shards, profiles

load_app("tweets")

from chalicelib.tweets.engagement import shards as engagement_shards

from shared.base.clock import now_ms

KEY_WRITES, KEY_READS = 1_000, 3_000
TWEET = {"id": "7", "author_id": "1"}


def author(followers: int, settled: bool = True) -> None:
    """Cache the card of an author with so many followers and their shards."""
    shards = 1
    while follower_shards.too_few(shards, followers):
        shards *= 2
    since = 0 if settled else now_ms() + 60_000
    item = {
        "id": "1", "username": "a", "name": "A",
        "follower_shards": shards, "follower_shards_from": since,
    }  # fmt: skip
    process.reset()
    profiles.CARDS.put("1", profiles.to_card(item))


def keys(likers: int) -> Counter[str]:
    ids = (str(1_700_000_000_000_000_000 + 7919 * n) for n in range(likers))
    return Counter(engagement_shards.index_key(TWEET, "like", liker) for liker in ids)


def test_small_accounts_have_one_key() -> None:
    author(24_000)
    assert keys(50) == {"7#like": 50}


def test_ten_thousand_likes_a_second_stay_within_every_key() -> None:
    """A like costs one write unit of the index.

    The key of the table is the liker's.
    """
    author(1_000_000)
    assert max(keys(10_000).values()) < KEY_WRITES
    author(10_000)
    # All ten thousand followers would have to like it within ten seconds.
    assert max(keys(10_000 // 10).values()) <= KEY_WRITES


def test_new_shards_are_written_only_when_all_readers_know() -> None:
    author(45_000)
    assert len(keys(200)) == 2
    author(45_000, settled=False)
    assert len(keys(200)) == 1


@given(
    likers=st.sets(st.integers(1, 10**6).map(lambda n: f"{n:07d}"), max_size=60),
    shards=st.sampled_from([1, 2, 4, 16]),
    size=st.integers(1, 9),
    moved=st.integers(1, 4),
)
def test_pages_of_all_shards_show_everybody_once_in_order(
    likers: set[str], shards: int, size: int, moved: int
) -> None:
    """Some likers were listed when there were fewer shards; none is moved."""
    listed: dict[str, list[dict[str, str]]] = {}
    for number, liker in enumerate(sorted(likers)):
        known = {"follower_shards": shards if number % moved else 1}
        shard = follower_shards.shard(known, liker, 0, engagement_shards.MAX_SHARDS)
        listed.setdefault(follower_shards.key("t", shard), []).append({"user_id": liker})

    def read(key: str, after: str | None, limit: int) -> list[dict[str, str]]:
        return [one for one in listed.get(key, []) if one["user_id"] > (after or "")][:limit]

    seen: list[str] = []
    while True:
        after = seen[-1] if seen else "0"
        page = follower_shards.merged(read, "t", shards, after, size, lambda one: one["user_id"])
        seen += [one["user_id"] for one in page]
        if len(page) < size:
            break
    assert seen == sorted(likers)
