"""The balance of a run is zero only if all pages are settled."""

from typing import Any

from chalicelib.crawler.frontier.visited import fingerprint
from chalicelib.crawler.runs.accounting import is_over, page_amounts, stats_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws.streams import Change
from shared.text.canonical_urls import digest


@st.composite
def crawls(draw: st.DrawFn) -> list[Change]:
    """A tree of pages, settled in any order that stream shards allow."""
    parents = [draw(st.integers(0, index - 1)) for index in range(1, draw(st.integers(1, 12)))]
    names = [digest(str(index)) for index in range(len(parents) + 1)]
    changes = []
    for index, name in enumerate(names):
        children = [names[n + 1] for n, parent in enumerate(parents) if parent == index]
        new: dict[str, Any] = {
            "url_digest": name,
            "parent": names[parents[index - 1]] if index else "",
            "state": draw(st.sampled_from(["fetched", "failed", "skipped"])),
        }
        if children:
            new |= {"new_links": len(children), "checksum": sum(map(fingerprint, children))}
        keys = {"shard": f"run#{name[0]}", "url_digest": name}
        changes.append(Change(name, keys, {**new, "state": "queued"}, new))
    return draw(st.permutations(changes))


def total(changes: list[Change]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for change in changes:
        for run_id, name, amount in page_amounts(change):
            assert run_id == "run"
            counts[name] = counts.get(name, 0) + amount
    return counts


@given(crawls())
@settings(max_examples=300)
def test_a_run_is_over_exactly_when_everything_is_counted(changes: list[Change]) -> None:
    for seen in range(len(changes)):
        assert not is_over(total(changes[:seen]))
    counts = total(changes)
    assert is_over(counts)
    stats = stats_of(counts)
    assert stats["discovered"] == len(changes)
    assert stats["fetched"] + stats["failed"] + stats["skipped"] == len(changes)


@given(crawls(), st.data())
def test_counting_something_twice_never_ends_a_run_early(
    changes: list[Change], data: st.DataObject
) -> None:
    seen = changes[: data.draw(st.integers(0, len(changes) - 1))]
    again = data.draw(st.lists(st.sampled_from(seen), max_size=5)) if seen else []
    assert not is_over(total([*seen, *again]))


def test_a_leaf_counted_before_its_root_is_not_the_end() -> None:
    leaf = {"url_digest": digest("leaf"), "parent": digest("root"), "state": "fetched"}
    change = Change("1", {"shard": "run#0"}, {**leaf, "state": "queued"}, leaf)
    assert not is_over(total([change]))


def test_only_settling_counts() -> None:
    queued = {"url_digest": digest("x"), "parent": "", "state": "queued"}
    done = {**queued, "state": "fetched"}
    keys = {"shard": "run#0"}
    for old, new in ((None, queued), (queued, queued), (done, done), (done, None), (None, done)):
        assert list(page_amounts(Change("1", keys, old, new))) == []
    assert {name: n for _, name, n in page_amounts(Change("1", keys, queued, done))} == {
        "fetched": 1, "links": 0, "balance": 0, "bytes": 0, "dropped": 0,
    }  # fmt: skip
