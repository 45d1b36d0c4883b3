"""The load run at its smallest, with right counts."""

import os
import sys
from typing import Any

import pytest

from bench.fanout import load
from bench.meter import Meter

pytestmark = pytest.mark.integration


def test_a_small_load_run_delivers_what_it_counts(platform: Any) -> None:
    platform.settle(60)
    with Meter() as meter:
        found = load.run(platform, meter, load.SMALL)
    assert found["deliveries"] > 0
    # One write unit a delivery, each follower once.
    assert 1.0 <= found["fanout_wru_a_delivery"] <= 1.02
    # The put. Each author's first write also asks whether the account is there, and one a
    # second for revocations; on a slow machine each post is both.
    assert found["calls_a_post"] <= 3
    # Caches of five seconds may end during a page, on a busy machine.
    assert found["calls_a_home_read"] <= 8
    assert all(found[name] > 0 for name in ("posts_per_s", "deliveries_per_s", "home_reads_per_s"))


def test_the_follows_of_a_run_are_the_same_each_time() -> None:
    followers = load.graph(load.SMALL)
    assert followers == load.graph(load.SMALL)
    assert sum(map(len, followers.values())) == load.SMALL.follows
    assert all(author not in found for author, found in followers.items())


def test_without_an_interpreter_for_it_stream_framework_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(load.PEER_VARIABLE, raising=False)
    assert load.peer(load.SMALL) is None
    monkeypatch.setitem(os.environ, load.PEER_VARIABLE, sys.executable)
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert load.peer(load.SMALL) is None
