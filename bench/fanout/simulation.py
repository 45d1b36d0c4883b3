"""`make simulate`: costs of fan-out on a large network, by our rule.

Dollars per 1,000 daily users and month for the skeletons of home timelines
(which tweets are on a page): looking the tweets up costs the same whichever
way they came. Our line asks `delivery_rule.decide` about every author.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from bench.fanout import follow_graph
from bench.fanout.follow_graph import DORMANT, Floats, Graph
from scripts.base.domain import load_app
from scripts.base.process import ROOT

load_app("tweets")

from chalicelib.tweets.heads.delivery_rule import AuthorActivity, Mode, Rule, decide  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "simulation.json"
LOADS = (5, 30, 170)
FULL_USERS, SMALL_USERS = 200_000, 20_000
# One query of fifty slim entries; a page of pushes costs it, however it is filled.
PAGE_READ_UNITS = 1.0
HEAD_WRITE_UNITS = 1.0
# Each month so many dormant users return, and the heads of those they follow are read once.
RETURNING, HEADS_A_REBUILD = 0.05, 120
# Lambda: a page takes 50 ms, and there is room for bursts.
PAGE_SECONDS, HEADROOM = 0.05, 3
OURS = "ours"
BOUND = "lower bound, per edge"


class Costs:
    """Costs of one network at one rate of reading, in dollars per day."""

    def __init__(self, graph: Graph, loads_per_day: float, rule: Rule) -> None:
        self.graph = graph
        self.loads = graph.loads(loads_per_day)
        processes = max(2.0, self.loads.sum() / 86_400 * PAGE_SECONDS * HEADROOM)
        self.rule = replace(rule, reader_processes=processes)
        self.active = (graph.state != DORMANT)[graph.follower].astype(float)
        self.active_followers = graph.of_authors(self.active)
        self.head_reads = graph.of_authors(self.loads[graph.follower])
        write, read = rule.write_unit_price, rule.read_unit_price
        self.entry = rule.entry_write_units * write
        self.heads = graph.tweets * HEAD_WRITE_UNITS * write
        self.pages = float(self.loads.sum()) * PAGE_READ_UNITS * read
        returning = (graph.state == DORMANT).sum() * RETURNING / 30
        self.rebuilds = float(returning) * HEADS_A_REBUILD * rule.head_read_units * read
        self.read_price = rule.head_read_units * read
        self.miss = self._miss_rates()

    def _miss_rates(self) -> Floats:
        return np.array([self.rule.miss_rate(reads) for reads in self.head_reads.tolist()])

    def push_every(self) -> float:
        """Everybody's tweets to every follower."""
        return float((self.graph.tweets * self.graph.followers).sum() * self.entry) + self.pages

    def push_active(self) -> float:
        """Everybody's tweets to followers who were there within days."""
        pushed = float((self.graph.tweets * self.active_followers).sum() * self.entry)
        return pushed + self.pages + self.rebuilds

    def pull(self) -> float:
        """Heads only: no entries, no pages of them."""
        pulled = float((self.head_reads * self.miss).sum() * self.read_price)
        return pulled + float(self.heads.sum())

    def hybrid(self, pushed: np.ndarray[Any, Any]) -> float:
        """Some authors pushed, the others pulled; every author has a head."""
        push = self.graph.tweets * self.active_followers * self.entry
        pull = self.head_reads * self.miss * self.read_price
        everywhere = float(self.heads.sum()) + self.pages + self.rebuilds
        return float(np.where(pushed, push, pull).sum()) + everywhere

    def threshold(self) -> float:
        """The best bound on followers that one could choose, knowing the costs."""
        bounds = np.geomspace(1, self.graph.followers.max() + 1, 100)
        return min(self.hybrid(self.graph.followers < bound) for bound in bounds)

    def bound(self) -> float:
        """Lower bound: the cheaper way per follow; heads only where pulled.

        Nothing that shares pages and heads can be cheaper: caches answer as
        if all followers pulled.
        """
        graph = self.graph
        push = graph.tweets[graph.author] * self.entry * self.active
        pull = self.loads[graph.follower] * self.read_price * self.miss[graph.author]
        mixed = graph.of_authors(np.minimum(push, pull)) + self.heads
        pushed = graph.tweets * self.active_followers * self.entry
        return float(np.minimum(mixed, pushed).sum()) + self.pages + self.rebuilds

    def decided(self, current: Mode, reads: Floats | None = None) -> np.ndarray[Any, Any]:
        """Authors that the code pushes, when all of them went ``current`` before.

        Args:
            reads: what it believes of the followers' pages; by default the truth.
        """
        believed = self.head_reads if reads is None else reads
        rows = zip(
            self.graph.tweets.tolist(),
            self.graph.followers.tolist(),
            self.active_followers.astype(int).tolist(),
            believed.tolist(),
            strict=True,
        )
        modes = (decide(AuthorActivity(*row), current, self.rule) for row in rows)
        return np.fromiter((mode == "push" for mode in modes), bool, self.graph.users)

    def guessed_reads(self) -> Floats:
        """Pages of an author's followers when only their mean over all is known."""
        active = self.graph.state != DORMANT
        return self.active_followers * float(self.loads[active].mean())

    def per_thousand(self, dollars: float) -> float:
        """A day's dollars as dollars per 1,000 daily users and month."""
        return round(dollars * 30 / self.graph.daily * 1000, 3)


def simulate(graph: Graph, loads_per_day: float, rule: Rule) -> dict[str, Any]:
    """All strategies at one rate of reading, and ours over the bound.

    Ours is judged from both ends, all authors pushed before and all pulled:
    hysteresis keeps some where they were, and the dearer of the two counts.
    """
    costs = Costs(graph, loads_per_day, rule)
    ends = [costs.decided(mode) for mode in ("push", "pull")]
    ours = max(ends, key=costs.hybrid)
    guessed = costs.decided("push", costs.guessed_reads())
    dollars = {
        "push to every follower": costs.push_every(),
        "push to the active": costs.push_active(),
        "pull of heads": costs.pull(),
        "best follower threshold": costs.threshold(),
        OURS: costs.hybrid(ours),
        "ours, reading only guessed": costs.hybrid(guessed),
        BOUND: costs.bound(),
    }
    tweets = graph.tweets
    return {
        "dollars": {name: costs.per_thousand(value) for name, value in dollars.items()},
        "to_bound": round(dollars[OURS] / dollars[BOUND], 3),
        "pushed_authors": round(float(ours[tweets > 0].mean()), 3),
        "pushed_tweets": round(float(tweets[ours].sum() / tweets.sum()), 3),
        "entries_a_tweet": round(
            float((tweets * costs.active_followers)[ours].sum() / tweets.sum()), 1
        ),
    }


def measure(users: int) -> dict[str, Any]:
    """The network's figures and the costs at every rate of reading."""
    graph = follow_graph.make(users)
    return {
        "users": users,
        "daily_users": graph.daily,
        "follows": int(graph.author.size),
        "most_followers": int(graph.followers.max()),
        "loads": {str(loads): simulate(graph, loads, Rule()) for loads in LOADS},
    }


def users_wanted() -> int:
    """The size that ``SCALE`` asks for."""
    return FULL_USERS if os.environ.get("SCALE") == "full" else SMALL_USERS


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--users", type=int, default=users_wanted())
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write the results")
    options = parser.parse_args()
    started = time.monotonic()
    results = measure(options.users)
    print("\n".join(report.simulation(results)))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(f"{time.monotonic() - started:.1f} s; written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
