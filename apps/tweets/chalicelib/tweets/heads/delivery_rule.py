"""Rule of delivery modes: push or pull, whichever costs less.

A push writes one entry for every active follower of a tweet; a pull lets every
home page read the author's head, which caches answer for the most part. The
cheaper way differs by author and follows from the author's rate of tweets and
the followers' rate of reading, not from fame (Silberstein et al., "Feeding
Frenzy", SIGMOD 2010). Between them stands a third: push to frequent readers,
while the others, who open few pages, pull. Fame matters for latency only: a celebrity
is always pulled, since nobody's tweets should wait behind a million deliveries.
"""

from dataclasses import dataclass
from typing import Literal

from shared.base.config import settings

Mode = Literal["push", "pull", "frequent"]

_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class AuthorActivity:
    """Facts that decide about one author.

    Attributes:
        tweets_per_day: retweets included, averaged over days.
        followers: number of all followers.
        active_followers: followers who would get a pushed entry.
        head_reads_per_day: home pages per day of all followers together; each
            would read the author's head if the author were pulled.
        frequent_followers / frequent_reads_per_day: the part of frequent readers in both.
    """

    tweets_per_day: float
    followers: int
    active_followers: int
    head_reads_per_day: float
    frequent_followers: int = 0
    frequent_reads_per_day: float = 0.0


@dataclass(frozen=True)
class Rule:
    """Prices and bounds of the decision.

    Attributes:
        write_unit_price / read_unit_price: dollars per unit (list, on demand, us-east-1).
        entry_write_units: units of one pushed entry (up to 1 KB, no index).
        head_read_units: units of one head (up to 4 KB, eventually consistent).
        cache_seconds: a process keeps a head for so long.
        reader_processes: processes that share the reads, each with its own cache.
        hysteresis: an author is switched when the present mode is so many times
            dearer than the other; at least 1.
        celebrity_followers: authors with so many followers are always pulled.
        celebrity_return: share of that bound below which a pulled author may be pushed again.
    """

    write_unit_price: float = 0.625e-6
    read_unit_price: float = 0.125e-6
    entry_write_units: float = 1.0
    head_read_units: float = 0.5
    cache_seconds: float = 5.0
    reader_processes: float = 2.0
    hysteresis: float = 1.2
    celebrity_followers: int = 10_000
    celebrity_return: float = 0.9

    def miss_rate(self, head_reads_per_day: float) -> float:
        """Return the share of reads that no cache answers.

        That is one in (1 + reads per cached copy).
        """
        reads_per_process = head_reads_per_day / _DAY_SECONDS / self.reader_processes
        return 1 / (1 + reads_per_process * self.cache_seconds)

    def push_cost(self, activity: AuthorActivity) -> float:
        """Return the dollars per day that pushing the author costs."""
        return self._entries_cost(activity.tweets_per_day * activity.active_followers)

    def pull_cost(self, activity: AuthorActivity) -> float:
        """Return the dollars per day that pulling the author costs.

        The head itself is written either way.
        """
        return self._heads_cost(activity.head_reads_per_day)

    def frequent_cost(self, activity: AuthorActivity) -> float:
        """Return the dollars per day if only frequent readers are pushed to."""
        entries = activity.tweets_per_day * activity.frequent_followers
        others = activity.head_reads_per_day - activity.frequent_reads_per_day
        return self._entries_cost(entries) + self._heads_cost(others)

    def costs(self, activity: AuthorActivity) -> dict[Mode, float]:
        """Return the dollars per day of each mode."""
        return {
            "push": self.push_cost(activity),
            "pull": self.pull_cost(activity),
            "frequent": self.frequent_cost(activity),
        }

    def _entries_cost(self, entries: float) -> float:
        return entries * self.entry_write_units * self.write_unit_price

    def _heads_cost(self, reads: float) -> float:
        return reads * self.miss_rate(reads) * self.head_read_units * self.read_unit_price


def decide(activity: AuthorActivity, current: Mode, rule: Rule) -> Mode:
    """Return the mode in which an author's tweets should go from now on.

    Only a clear advantage moves an author off the ``current`` mode: figures that
    tremble around the break-even, or around the celebrity bound, switch nobody.
    """
    bound = rule.celebrity_followers
    if current == "pull":
        bound = min(bound, int(bound * rule.celebrity_return))
    if activity.followers >= bound:
        return "pull"
    costs = rule.costs(activity)
    # Of equal ones the first: a mode for nobody is none.
    best = min(costs, key=costs.__getitem__)
    return best if costs[current] > costs[best] * rule.hysteresis else current


def configured_rule() -> Rule:
    """Return the rule with the bound in ``CELEBRITY_FOLLOWERS``."""
    return Rule(celebrity_followers=settings().celebrity_followers)
