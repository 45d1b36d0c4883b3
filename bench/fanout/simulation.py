"""`make simulate`: costs of fan-out on a large network, by our rule.

Dollars per 1,000 daily users and month for the skeletons of home timelines
(which tweets are on a page): looking the tweets up costs the same whichever
way they came. Our line asks `delivery_rule.decide` about every author. A second table
(`bench.fanout.judged`) judges by samples, day by day, and adds the price of that.
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
from bench.fanout.follow_graph import DORMANT, Floats, Graph, Ints
from scripts.base.domain import load_app
from scripts.base.process import ROOT

load_app("tweets")

from chalicelib.tweets.heads.delivery_rule import AuthorActivity, Mode, Rule, decide  # noqa: E402

MODES: tuple[Mode, Mode, Mode] = ("push", "pull", "frequent")
# Between the two bounds of a frequent reader (`ReaderLimits.frequent_reads`).
FREQUENT_READS = 12.0

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
        self.reads = self.loads[graph.follower]
        self.head_reads = graph.of_authors(self.reads)
        self.frequent = self.reads >= FREQUENT_READS
        self.frequent_followers = graph.of_authors(self.frequent.astype(float))
        self.frequent_reads = graph.of_authors(self.reads * self.frequent)
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

    @property
    def everywhere(self) -> float:
        """Heads of all authors, pages and rebuilds: paid in every hybrid."""
        return float(self.heads.sum()) + self.pages + self.rebuilds

    def hybrid(self, modes: Ints) -> float:
        """Each author in one of `MODES`, by number; every author has a head."""
        activity: Any = AuthorActivity(
            *(self.graph.tweets, self.graph.followers, self.active_followers, self.head_reads),
            *(self.frequent_followers, self.frequent_reads),
        )
        costs = np.stack([*self.rule.costs(activity).values()])
        return float(costs[modes, np.arange(self.graph.users)].sum()) + self.everywhere

    def threshold(self) -> float:
        """The best bound on followers that one could choose, knowing the costs."""
        bounds = np.geomspace(1, self.graph.followers.max() + 1, 100)
        return min(self.hybrid((self.graph.followers >= bound).astype(int)) for bound in bounds)

    def bound(self) -> float:
        """Lower bound: the cheaper way per follow; heads only where pulled.

        Nothing that shares pages and heads can be cheaper: caches answer as
        if all followers pulled.
        """
        graph = self.graph
        push = graph.tweets[graph.author] * self.entry * self.active
        pull = self.reads * self.read_price * self.miss[graph.author]
        mixed = graph.of_authors(np.minimum(push, pull)) + self.heads
        pushed = graph.tweets * self.active_followers * self.entry
        return float(np.minimum(mixed, pushed).sum()) + self.pages + self.rebuilds

    def decided(self, current: Mode, *, guessed: bool = False) -> Ints:
        """Modes of authors, by number, when all of them went ``current`` before.

        Args:
            guessed: only the mean pages of all frequent and of all other readers are known.
        """
        reads, frequent = self.head_reads, self.frequent_reads
        if guessed:
            often = self.loads >= FREQUENT_READS
            seldom = (self.graph.state != DORMANT) & ~often
            means = [float(self.loads[one].mean()) if one.any() else 0.0 for one in (often, seldom)]
            others = self.active_followers - self.frequent_followers
            frequent = self.frequent_followers * means[0]
            reads = frequent + others * means[1]
        columns = (
            self.graph.tweets,
            self.graph.followers,
            self.active_followers.astype(int),
            reads,
            self.frequent_followers.astype(int),
            frequent,
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        modes = (MODES.index(decide(AuthorActivity(*row), current, self.rule)) for row in rows)
        return np.fromiter(modes, np.int64, self.graph.users)

    def pushed_or_pulled(self) -> Ints:
        """The cheaper of the two for each author, as if there were no third mode."""
        push = self.graph.tweets * self.active_followers * self.entry
        return (push > self.head_reads * self.miss * self.read_price).astype(int)

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
    guessed = costs.decided("push", guessed=True)
    dollars = {
        "push to every follower": costs.push_every(),
        "push to the active": costs.push_active(),
        "pull of heads": costs.pull(),
        "best follower threshold": costs.threshold(),
        "cheaper of push and pull": costs.hybrid(costs.pushed_or_pulled()),
        OURS: costs.hybrid(ours),
        "ours, reading only guessed": costs.hybrid(guessed),
        BOUND: costs.bound(),
    }
    tweets, pushed = graph.tweets, ours == MODES.index("push")
    some = ours == MODES.index("frequent")
    entries = tweets * np.where(pushed, costs.active_followers, costs.frequent_followers)
    return {
        "dollars": {name: costs.per_thousand(value) for name, value in dollars.items()},
        "to_bound": round(dollars[OURS] / dollars[BOUND], 3),
        "pushed_authors": round(float(pushed[tweets > 0].mean()), 3),
        "pushed_tweets": round(float(tweets[pushed].sum() / tweets.sum()), 3),
        "pushed_to_frequent": round(float(tweets[some].sum() / tweets.sum()), 3),
        "entries_a_tweet": round(float(entries[pushed | some].sum() / tweets.sum()), 1),
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
    from bench.fanout import judged

    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--users", type=int, default=users_wanted())
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write the results")
    options = parser.parse_args()
    started = time.monotonic()
    results = measure(options.users)
    print("\n".join(report.simulation(results)))
    results["judged"] = judged.measure(options.users)
    print("\n".join(["", *judged.lines(results["judged"])]))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(f"{time.monotonic() - started:.1f} s; written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
