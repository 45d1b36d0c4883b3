"""Judging of authors day by day, as the review does it, and its price.

Nothing is known but by samples: tweets are drawn each day and enter the exponential mean, pages
are counted one in thirty-two, and of an author's followers 25 are looked at. The price holds the
units of all that, and what switches, workers and readers' states cost besides.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench import report
from bench.fanout import follow_graph, simulation
from bench.fanout.follow_graph import DORMANT, WEEKLY, Floats, Graph, Ints
from bench.fanout.simulation import MODES, Costs

from chalicelib.tweets.heads.delivery_rule import AuthorActivity, Rule  # isort: skip
from chalicelib.tweets.timelines.audience import AudienceLimits, interval  # isort: skip
from chalicelib.tweets.timelines.reader_state import ReaderLimits  # isort: skip

LOADS = 30
EXPONENTS, SEEDS = (0.6, 0.8, 1.0, 1.2), (3, 4, 5)
WARM_UP, DAYS = 40, 10
# Units of one author's review, with and without a sample of the followers: a part of a scan,
# counters; two Queries, 25 states and an update of the head.
REVIEW_READS, SAMPLE_READS, SAMPLE_WRITES = 0.625, 14.0, 1.0
SWITCH_READS, SWITCH_WRITES = 1.0, 4.0
# A process reads each of both lists of announcements every five seconds.
REFRESHES = 86_400 / 5 * 0.5
# Workers that deliver; each starts anew, without memory, every four hours.
WORKERS, WORKER_DAYS = 2, 4 / 24
COUNTED = 32
IDEALISED = (
    "caches: reads of a head arrive evenly over the day and over the processes",
    "reading: everyone keeps a rate; a weekly user opens a few pages each day",
    "workers: two, which start without memory every four hours",
    "the number of reader processes is the true one",
    "not in the price: Lambda, SQS, and what a platform pays that is nearly empty",
)


@dataclass
class Judgement:
    """Beliefs about authors and readers, and counts of what was done.

    Attributes:
        modes: of each author, by number.
        rate: mean of tweets per day.
        audience: four means by author, as `audience.Audience` has them.
        reads: mean of pages per day, of each reader; ``frequent``: who counts as frequent.
    """

    costs: Costs
    chance: np.random.Generator
    modes: Ints
    rate: Floats
    audience: Floats
    reads: Floats
    frequent: np.ndarray[Any, Any]
    samples: int = 0
    switches: int = 0
    changes: int = 0
    daily: list[float] = field(default_factory=list)

    @classmethod
    def begin(cls, costs: Costs, seed: int) -> "Judgement":
        """All authors are pushed, and nothing is known yet."""
        users = costs.graph.users
        nothing = np.zeros(users)
        chance = np.random.default_rng([seed, LOADS])
        audience = np.full((4, users), np.nan)
        frequent = np.zeros(users, bool)
        modes = np.zeros(users, np.int64)
        return cls(costs, chance, modes, nothing.copy(), audience, nothing.copy(), frequent)

    def live(self, day: int) -> None:
        """Let a day pass: everyone tweets and reads, and all authors are reviewed."""
        graph, limits = self.costs.graph, ReaderLimits()
        weight = limits.smoothing
        self.rate += weight * (self.chance.poisson(graph.tweets) - self.rate)
        pages = COUNTED * self.chance.poisson(self.costs.loads / COUNTED)
        self.reads += weight * (pages - self.reads)
        bound = np.where(self.frequent, limits.frequent_reads / 2, limits.frequent_reads)
        frequent = self.reads >= bound
        self.changes += int((frequent != self.frequent).sum())
        self.frequent = frequent
        self._review(day)

    def _review(self, day: int) -> None:
        graph, limits = self.costs.graph, AudienceLimits()
        mine = np.arange(graph.users)
        cost = self.costs.rule.costs(self._believed())
        by_mode = np.stack([*cost.values()])
        own = by_mode[self.modes, mine]
        by_mode[self.modes, mine] = np.inf
        others = by_mode.min(axis=0)
        days = [interval(*one, limits) for one in zip(own.tolist(), others.tolist(), strict=True)]
        wanted = np.isnan(self.audience[0]) | ((day + mine) % np.array(days) == 0)
        due = (self.rate > 1e-3) & (graph.followers > 0) & wanted
        self._sample(np.flatnonzero(due), limits)
        modes = decided(self._believed(), self.modes, self.costs.rule)
        self.switches += int((modes != self.modes).sum())
        self.modes = modes

    def _sample(self, authors: Ints, limits: AudienceLimits) -> None:
        """Take the means of some followers of each of these authors into account."""
        graph = self.costs.graph
        self.samples += authors.size
        drawn = self.chance.random((authors.size, limits.sample))
        places = graph.first[authors][:, None] + drawn * graph.followers[authors][:, None]
        followers = graph.by_author[places.astype(np.int64)]
        active = graph.state[followers] != DORMANT
        frequent = active & self.frequent[followers]
        reads = np.maximum(1.0, self.reads[followers])
        found = np.stack(
            [m.mean(axis=1) for m in (active, frequent, reads * active, reads * frequent)]
        )
        held = self.audience[:, authors]
        mean = held + limits.smoothing * (found - held)
        self.audience[:, authors] = np.where(np.isnan(held), found, mean)

    def _believed(self) -> Any:
        followers = self.costs.graph.followers
        active, frequent, reads, frequent_reads = np.nan_to_num(self.audience) * followers
        counts: Any = (self.rate, followers, np.rint(active), reads, np.rint(frequent))
        return AuthorActivity(*counts, frequent_reads)

    def price(self) -> float:
        """Dollars of this day's modes, by what authors and readers really do."""
        graph, costs = self.costs.graph, self.costs
        frequent = self.frequent[graph.follower] & (costs.active > 0)
        truth: Any = (
            *(graph.tweets, graph.followers, costs.active_followers, costs.head_reads),
            *(graph.of_authors(frequent.astype(float)), graph.of_authors(costs.reads * frequent)),
        )
        by_mode = np.stack([*costs.rule.costs(AuthorActivity(*truth)).values()])
        return float(by_mode[self.modes, np.arange(graph.users)].sum()) + costs.everywhere

    def state_reads(self) -> float:
        """Reader states read per day: each user once in a worker's life.

        Of users to whom nothing is pushed, active or not.
        """
        graph = self.costs.graph
        pushed = graph.tweets * (self.modes != MODES.index("pull"))
        met = np.bincount(graph.follower, weights=pushed[graph.author], minlength=graph.users)
        lives = WORKERS / WORKER_DAYS
        return float((lives * -np.expm1(-met / lives)).sum())


def decided(activity: Any, modes: Ints, rule: Rule) -> Ints:
    """`delivery_rule.decide` for all authors at once (a test compares both)."""
    by_mode = np.stack([*rule.costs(activity).values()])
    best, mine = by_mode.argmin(axis=0), np.arange(modes.size)
    stays = by_mode[modes, mine] <= by_mode[best, mine] * rule.hysteresis
    pull = MODES.index("pull")
    lower = int(rule.celebrity_followers * rule.celebrity_return)
    bound = np.where(modes == pull, lower, rule.celebrity_followers)
    return np.where(activity.followers >= bound, pull, np.where(stays, modes, best))


def judge(graph: Graph, seed: int) -> dict[str, float]:
    """Cost to the bound of one network at thirty pages a day.

    Returns:
        ``known``: if all facts were known; ``ours``: without the costs of deciding; ``priced``:
        with them; ``switches`` and ``samples`` per day.
    """
    costs = Costs(graph, LOADS, Rule())
    known = max(costs.hybrid(costs.decided(mode)) for mode in ("push", "pull"))
    judged = Judgement.begin(costs, seed)
    for day in range(WARM_UP):
        judged.live(day)
    judged.samples = judged.switches = judged.changes = 0
    prices = []
    for day in range(DAYS):
        judged.live(WARM_UP + day)
        prices.append(judged.price())
    ours, bound = float(np.mean(prices)), costs.bound()
    price = _price_of_deciding(judged)
    priced = ours + sum(price.values())
    return {
        "known": round(known / bound, 3),
        "ours": round(ours / bound, 3),
        "priced": round(priced / bound, 3),
        "switches": round(judged.switches / DAYS),
        "samples": round(judged.samples / DAYS),
        **{name: round(dollars / bound, 3) for name, dollars in price.items()},
    }


def _price_of_deciding(judged: Judgement) -> dict[str, float]:
    """Dollars per day of judging, switches, states and announcements."""
    costs, graph, rule = judged.costs, judged.costs.graph, judged.costs.rule
    authors = int((graph.tweets > 0).sum())
    samples, switches = judged.samples / DAYS, judged.switches / DAYS
    returns = float((graph.state == DORMANT).sum()) * simulation.RETURNING / 30
    changes = judged.changes / DAYS
    followed = graph.follower.size / graph.users
    # A weekly user comes on one day of seven.
    arrivals = graph.daily + float((graph.state == WEEKLY).sum()) / 7
    pages = float(costs.loads.sum())
    lists = (rule.reader_processes + WORKERS) * REFRESHES
    units = {
        "review": (authors * REVIEW_READS + samples * SAMPLE_READS, samples * SAMPLE_WRITES),
        "switching": (switches * SWITCH_READS, switches * SWITCH_WRITES),
        "announcements": (lists + 0.5 * followed * changes, changes + returns),
        "worker reads": (0.5 * judged.state_reads(), 0.0),
        "reader states": (0.0, arrivals + pages / COUNTED),
    }
    return {
        name: reads * rule.read_unit_price + writes * rule.write_unit_price
        for name, (reads, writes) in units.items()
    }


def measure(users: int) -> dict[str, dict[str, float]]:
    """Judge networks of all exponents and seeds; by ``exponent, seed``."""
    found = {}
    for exponent in EXPONENTS:
        for seed in SEEDS:
            graph = follow_graph.make(users, seed=seed, exponent=exponent)
            found[f"{exponent}, {seed}"] = judge(graph, seed)
    return found


def lines(found: dict[str, dict[str, float]]) -> list[str]:
    """Return the table, and which inputs are idealised."""
    names = next(iter(found.values()))
    rows = [[network, *(f"{one[name]:g}" for name in names)] for network, one in found.items()]
    head = ["exponent, seed", *names]
    return [
        f"At {LOADS} pages per day, judged by samples; shares of the lower bound:",
        *report.table(head, rows),
        "Idealised:",
        *(f"- {one}" for one in IDEALISED),
    ]
