"""Follows, blocks and mutes of users in two regions lose no block."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.aws import sdk
from shared.base.config import settings
from shared.base.errors import Problem
from shared.base.process import process
from shared.contracts import graph, profiles
from tests.unit.users.two_regions import Record, Region, Stamp

load_app("users")
from chalicelib.users.graph import blocks, derivation, follow_requests, follows, mutes, pairs

CHANGES = 10_000
PEOPLE = [str(number) for number in range(1000, 1024)]
# Every third asks before being followed.
PROTECTED = set(PEOPLE[::3])
# Seconds: between changes, of replication, of streams.
PACE, REPLICATION, STREAM = 0.02, 3.0, 1.0
# Replication stands still for so long, again and again.
PARTITION_EVERY, PARTITION = 40.0, 10.0
MOVES = 0.005
SHOWN = ("following", "muted", "blocked")
Shown = dict[str, tuple[bool, ...]]


class World:
    """Two regions, users' acts and what is under way, in order of time."""

    def __init__(self, seed: int, patch: pytest.MonkeyPatch) -> None:
        self.chance, self.now, self._numbers = random.Random(seed), 1_000_000.0, count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        tables = graph.FOLLOWS.name
        self.regions = [
            Region(name, lambda: self.now, tables, self._replicate, self._stream)
            for name in ("ue1", "ew1")
        ]
        self.here = self.regions[0]
        one = settings()
        self._settings = dict(
            zip(
                ("ue1", "ew1"),
                (replace(one, region=name) for name in ("us-east-1", "eu-west-1")),
                strict=True,
            )
        )
        patch.setattr(sdk, "client", lambda *_, **__: self.here)
        for module in (pairs, derivation):
            patch.setattr(module, "settings", lambda: self._settings[self.here.name])
        patch.setattr(process.clock, "time", lambda: self.now)
        self.home = {one: self.chance.choice(self.regions) for one in PEOPLE}
        self.moved = dict.fromkeys(PEOPLE, 0.0)
        # By (user, target) whether the user blocks or mutes, after the user's own acts.
        self.blocked: dict[tuple[str, str], bool] = {}
        self.muted: dict[tuple[str, str], bool] = {}
        # By (region, user) a version, and the relations that a reader keeps with it.
        self.kept: dict[tuple[str, str], tuple[int, Shown]] = {}

    def run(self) -> None:
        """Let users act, then let everything arrive."""
        moment = self.now
        for _ in range(CHANGES):
            moment += self.chance.expovariate(1 / PACE)
            self._at(moment, self._act)
        while self._due:
            self.now, _, deed = heapq.heappop(self._due)
            deed()

    def _at(self, moment: float, deed: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), deed))

    def _act(self) -> None:
        one = self.chance.choice([one for one in PEOPLE if self.moved[one] <= self.now])
        other = self.chance.choice([another for another in PEOPLE if another != one])
        if self.chance.random() < MOVES:
            # What they did has arrived before they act in the other region.
            self.home[one] = self.chance.choice(self.regions)
            self.moved[one] = self.now + REPLICATION + PARTITION
            return
        self.here = self.home[one]
        self.kept[self.here.name, other] = self.shown(other)
        deed = self.chance.choices(
            (follows.follow, follows.unfollow, blocks.block, blocks.unblock, mutes.mute,
             mutes.unmute, follow_requests.approve, follow_requests.deny),
            (8, 1, 2, 4, 1, 1, 4, 1),
        )[0]  # fmt: skip
        try:
            deed(one, other)
        except Problem as refused:
            assert refused.status in (403, 404), refused
            return
        if deed in (blocks.block, blocks.unblock):
            self.blocked[one, other] = deed is blocks.block
        if deed in (mutes.mute, mutes.unmute):
            self.muted[one, other] = deed is mutes.mute

    def shown(self, user_id: str) -> tuple[int, "Shown"]:
        """Version of a user's relations here, and what a home page shows of them."""
        table = self.here.tables.get(graph.FOLLOWS.name, {})
        return graph.state_of(user_id).version, {
            other: tuple(bool(table.get((user_id, other), {}).get(name)) for name in SHOWN)
            for other in PEOPLE
        }

    def _replicate(self, region: Region, key: Any, item: Any, stamp: Stamp) -> None:
        other = next(one for one in self.regions if one is not region)
        arrival = self.now + self.chance.uniform(0, REPLICATION)
        into = arrival % PARTITION_EVERY
        if into < PARTITION:
            arrival += PARTITION - into
        self._at(arrival, lambda: other.receive(key, item, stamp))

    def _stream(self, region: Region, record: Record) -> None:
        def handle() -> None:
            self.here = region
            derivation.derive(record)

        for _ in range(2 if self.chance.random() < 0.1 else 1):
            self._at(self.now + self.chance.uniform(0, STREAM), handle)


@pytest.fixture
def cards() -> Iterator[None]:
    """Cards of all people, which stay cached."""
    process.reset()
    with process.clock.caches_stopped():
        for one in PEOPLE:
            item = {"id": one, "username": f"u{one}", "name": one, "protected": one in PROTECTED}
            profiles.CARDS.put(one, profiles.to_card(item))
        yield
    process.reset()


@pytest.mark.parametrize("seed", [1, 2])
def test_two_regions_agree_and_no_block_is_lost(
    seed: int, cards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed, monkeypatch)
    world.run()
    first, second = (one.tables[graph.FOLLOWS.name] for one in world.regions)
    assert first == second
    assert len(first) > 400
    stored = {pair for pair, item in first.items() if item.get("blocked")}
    wanted = {pair for pair, blocked in world.blocked.items() if blocked}
    assert stored == wanted
    assert len(wanted) > 50
    # Only answers to requests are written by the other user, and may replace a mute.
    muted = {pair: held for pair, held in world.muted.items() if pair[1] not in PROTECTED}
    assert {pair: bool(first.get(pair, {}).get("muted")) for pair in muted} == muted
    following = [pair for pair, item in first.items() if item.get("following")]
    assert len(following) > 20
    for one, other in following + [pair for pair, item in first.items() if item.get("pending")]:
        assert not {(one, other), (other, one)} & stored
    unchanged = 0
    for region in world.regions:
        world.here = region
        for one in PEOPLE:
            blockers = {user for user, target in stored if target == one}
            assert graph.state_of(one).blockers == blockers
            version, shown = world.shown(one)
            kept, then = world.kept[region.name, one]
            assert shown == then or version != kept
            unchanged += version == kept
    assert unchanged
