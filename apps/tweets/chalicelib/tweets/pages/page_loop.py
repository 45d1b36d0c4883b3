"""Pages that stay put while tweets arrive.

A page's token is the id below which the next page begins, so new tweets never
shift it; `since_id` pages the other way, for clients that poll.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.tweets.pages import hydration, presentation, rules
from chalicelib.tweets.pages.hydration import Page
from chalicelib.tweets.pages.skeletons import Skeleton, Window

from shared.base.pagination import encode_token

Item = dict[str, Any]
# A page of nothing but filtered entries must not read a whole timeline.
_MAX_ROUNDS = 5


def unrepeated(shown: list[Item]) -> list[Item]:
    """A page without second appearances: a retweet goes where its original, or a newer retweet, is.

    Tweets are never dropped, and adding an older one to a page drops at most one other.
    """
    seen = {tweet["id"] for tweet in shown if tweet["kind"] != "retweet"}
    kept = []
    for tweet in shown:
        if tweet["kind"] == "retweet":
            if tweet["retweeted_tweet_id"] in seen:
                continue
            seen.add(tweet["retweeted_tweet_id"])
        kept.append(tweet)
    return kept


def page_of(
    page: Page,
    bounds: Window,
    skeleton: Callable[[Window], Skeleton],
    rule: rules.Rule,
    tidy: Callable[[list[Item]], list[Item]] = list,
) -> Item:
    """Fill one page, reading on while the rule leaves it short.

    Args:
        tidy: what the page as a whole leaves out.
    """
    shown: list[Item] = []
    rest, below = bounds, None
    for _ in range(_MAX_ROUNDS):
        if rest.empty:
            below = None
            break
        found = skeleton(rest)
        below = _fill(page, shown, found, bounds.size, rule, tidy)
        if below is None or below > rest.newest or len(shown) == bounds.size:
            break
        rest = rest.below(below)
    body = presentation.present(page, shown)
    body["meta"] = meta(shown)
    if below is not None:
        # Whoever comes back to the first page finds it as it was, below what has arrived since.
        first = {"below": int(body["meta"]["newest_id"]) + 1} if shown else None
        body["meta"]["next_token"] = encode_token(bounds.context, {"below": below}, first)
    return body


def meta(shown: list[Item]) -> Item:
    """``meta`` of a list of tweets, without its token."""
    described: Item = {"result_count": len(shown)}
    if shown:
        ids = [int(tweet["id"]) for tweet in shown]
        described |= {"newest_id": str(max(ids)), "oldest_id": str(min(ids))}
    return described


def _fill(
    page: Page,
    shown: list[Item],
    found: Skeleton,
    size: int,
    rule: rules.Rule,
    tidy: Callable[[list[Item]], list[Item]],
) -> int | None:
    """Add what passes the rule to ``shown``, hydrating no more than the page lacks.

    Returns:
        the id below which the next page begins, ``None`` when nothing is left.
    """
    entries = found.entries
    position = 0
    while position < len(entries) and len(shown) < size:
        batch = entries[position : position + size - len(shown)]
        tweets = hydration.hydrate(page, batch)
        hydration.load_authors(page, tweets, followed=rule is rules.followed)
        shown[:] = tidy([*shown, *presentation.apply(page, tweets, rule)])
        position += len(batch)
    if position < len(entries):
        return int(entries[position - 1].tweet_id)
    return found.floor
