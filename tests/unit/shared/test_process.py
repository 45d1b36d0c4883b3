"""State of a process: caches, clock, limits, and their reset."""

import gc
import os
import weakref
from dataclasses import dataclass, field

import pytest

from shared.base import clock
from shared.base.process import Cache, Process


@dataclass(frozen=True)
class Limits:
    size: int = 10
    pause: float = 1.5


@dataclass(frozen=True)
class FromEnvironment:
    size: int = field(default_factory=lambda: int(os.environ["ROOKERY_TEST_SIZE"]))


def test_entries_expire_by_the_process_clock() -> None:
    process = Process()
    cache: Cache[str, int] = process.cache(10, seconds=60)
    cache.put("a", 1)
    with process.clock.ahead(59):
        assert cache.get("a") == 1
    with process.clock.ahead(61):
        assert cache.get("a") is None


def test_entries_of_the_future_are_forgotten_on_return() -> None:
    process = Process()
    cache: Cache[str, int] = process.cache(10, seconds=60)
    thing = process.lazy(object)
    made = thing()
    with process.clock.ahead(3600):
        cache.put("a", 1)
    assert cache.get("a") is None
    assert thing() is made


def test_nothing_expires_while_the_clock_of_caches_stands() -> None:
    process = Process()
    cache: Cache[str, int] = process.cache(10, seconds=60)
    with process.clock.caches_stopped():
        cache.put("a", 1)
        with process.clock.ahead(3600):
            assert cache.get("a") == 1


def test_the_least_recently_used_entry_goes_first() -> None:
    cache: Cache[str, int] = Process().cache(2)
    cache.put_many({"a": 1, "b": 2})
    cache.get("a")
    cache.put("c", 3)
    assert cache.get_many("abc") == {"a": 1, "c": 3}


def test_a_key_is_added_once_and_changed_in_one_step() -> None:
    cache: Cache[str, int] = Process().cache(2)
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert cache.change("a", lambda value: (value or 0) + 5) == 6
    assert cache.pop("a") == 6
    assert "a" not in cache
    assert len(cache) == 0


def test_a_reset_forgets_caches_objects_and_what_registered() -> None:
    process = Process()
    cache: Cache[str, int] = process.cache(10)
    made: list[int] = []

    @process.lazy
    def thing() -> object:
        made.append(1)
        return object()

    told: list[str] = []
    process.on_reset(lambda: told.append("reset"))
    cache.put("a", 1)
    first = thing()
    assert thing() is first
    process.reset()
    assert "a" not in cache
    assert thing() is not first
    assert (len(made), told) == (2, ["reset"])


def test_a_cache_ends_with_its_owner() -> None:
    process = Process()
    cache = process.cache(10)
    owned = weakref.ref(cache)
    del cache
    gc.collect()
    assert owned() is None


def test_what_lasts_is_forgotten_by_a_restart_only() -> None:
    process = Process()
    cache: Cache[str, int] = process.cache(10)
    client = process.lasting(object)
    first = client()
    process.reset()
    assert client() is first
    cache.put("a", 1)
    process.restart()
    assert client() is not first
    assert "a" not in cache


def test_limits_read_the_environment_again_after_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    monkeypatch.setenv("ROOKERY_TEST_SIZE", "3")
    assert process.limits(FromEnvironment).size == 3
    monkeypatch.setenv("ROOKERY_TEST_SIZE", "4")
    assert process.limits(FromEnvironment).size == 3
    process.reset()
    assert process.limits(FromEnvironment).size == 4


def test_a_reset_leaves_the_limits_of_a_block() -> None:
    process = Process()
    with process.limited(Limits(size=3)):
        process.restart()
        assert process.limits(Limits).size == 3
    assert process.limits(Limits).size == 10


def test_limits_are_others_for_a_while() -> None:
    process = Process()
    assert process.limits(Limits) == Limits(10, 1.5)
    with process.limited(Limits(size=3)):
        assert process.limits(Limits).size == 3
        with process.limited(Limits(size=4)):
            assert process.limits(Limits).size == 4
        assert process.limits(Limits).size == 3
    assert process.limits(Limits).size == 10
    with pytest.raises(RuntimeError), process.limited(Limits(size=3)):
        raise RuntimeError
    assert process.limits(Limits).size == 10


def test_now_follows_the_clock_of_the_process() -> None:
    before = clock.now_ms()
    with clock.process.clock.ahead(3600):
        assert clock.now_ms() >= before + 3_600_000
        assert clock.now_seconds() >= before // 1000 + 3600
