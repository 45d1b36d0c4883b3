"""A social network as arrays: follows, tweets and reads by power laws."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]

DORMANT, WEEKLY, DAILY = 0, 1, 2
# A weekly user's pages, as a share of a daily user's.
WEEKLY_SHARE = 0.08


@dataclass(frozen=True)
class Graph:
    """A network of ``users``; an edge is a follower and whom they follow.

    Attributes:
        follower / author: the two ends of every edge.
        followers: of each user.
        state: `DORMANT`, `WEEKLY` or `DAILY`.
        tweets: of each user a day.
    """

    users: int
    seed: int
    follower: Ints
    author: Ints
    followers: Ints
    state: Ints
    tweets: Floats

    @cached_property
    def by_author(self) -> Ints:
        """Followers of all authors, author by author."""
        return self.follower[np.argsort(self.author, kind="stable")]

    @cached_property
    def first(self) -> Ints:
        """Place of each author's first follower in `by_author`."""
        return np.cumsum(self.followers) - self.followers

    @property
    def daily(self) -> int:
        """Number of daily users."""
        return int((self.state == DAILY).sum())

    def of_authors(self, edges: Floats) -> Floats:
        """Sums over the followers of each author of a figure of each edge."""
        sums = np.bincount(self.author, weights=edges, minlength=self.users)
        return sums.astype(np.float64)

    def loads(self, per_day: float) -> Floats:
        """Home pages per user and day, lognormal around a daily user's mean."""
        chance = np.random.default_rng([self.seed, int(per_day)])
        drawn = chance.lognormal(np.log(per_day) - 0.5, 1.0, self.users)
        weekly = np.where(self.state == WEEKLY, per_day * WEEKLY_SHARE, 0.0)
        return np.where(self.state == DAILY, drawn, weekly)


def make(users: int, seed: int = 3, followees: int = 50, exponent: float = 0.8) -> Graph:
    """A network.

    Popularity falls with rank as 1/rank^exponent; 0.8 lets the most popular be
    followed by half of all. A fifth are daily users, a fifth weekly, the rest
    dormant. People follow a lognormal number of others (median ``followees``).
    Daily users write 1.6 tweets a day in the mean; the most popular thousandth
    write at least 3.

    Args:
        users: 200,000 give about 17 million edges.
    """
    chance = np.random.default_rng(seed)
    popularity = np.arange(1, users + 1) ** -exponent
    cumulated = np.cumsum(popularity / popularity.sum())
    drawn = chance.random(users)
    state = np.where(drawn < 0.20, DAILY, np.where(drawn < 0.40, WEEKLY, DORMANT))
    eager = np.choose(state, [0.6, 1.0, 1.6])
    wanted = chance.lognormal(np.log(followees), 1.2, users) * eager
    out = np.clip(wanted, 1, 5000).astype(np.int64)
    follower = np.repeat(np.arange(users), out)
    author = np.searchsorted(cumulated, chance.random(follower.size))
    author = np.minimum(author, users - 1)
    # One edge a pair, and nobody follows themselves.
    edges = np.unique((follower * users + author)[follower != author])
    follower, author = (edges // users).astype(np.int32), (edges % users).astype(np.int32)
    followers = np.bincount(author, minlength=users)
    tweets = np.where(state == DAILY, chance.lognormal(np.log(0.6), 1.4, users), 0.0)
    tweets = np.where(state == WEEKLY, 0.05, tweets)
    famous = followers > np.quantile(followers, 0.999)
    tweets = np.minimum(np.where(famous, np.maximum(tweets, 3.0), tweets), 150.0)
    return Graph(users, seed, follower, author, followers, state, tweets)
