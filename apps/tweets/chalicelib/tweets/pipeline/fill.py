"""Fill one page of a list of tweets: skeleton → hydrate → rules → present.

Pages stay put while tweets arrive: a page token is the id below which the next
page begins, so new tweets never shift it. `since_id` pages the other way, for
clients that poll.
"""

from collections.abc import Callable

from chalicelib.tweets.pipeline.hydration import HydrationState
from chalicelib.tweets.pipeline.rules import Rule
from chalicelib.tweets.pipeline.skeletons import Entry, Skeleton
from chalicelib.tweets.pipeline.window import PageLimits, Window

from shared.aws.dynamo import Item
from shared.base.pagination import encode_token
from shared.base.process import process

Hydrate = Callable[[HydrationState, list[Entry]], list[Item]]
Present = Callable[[HydrationState, list[Item]], Item]
Tweets = list[Item]


def fill_page(
    state: HydrationState,
    window: Window,
    *,
    skeleton: Callable[[Window], Skeleton],
    hydrate: Hydrate,
    rules: Rule,
    present: Present,
    deduplicate: Callable[[Tweets], Tweets] = list,
) -> Item:
    """Return one page, reading on while the rules leave it short.

    Args:
        skeleton: entries of a window, newest first.
        hydrate: the entries' tweets; loads everything else that the rules look at.
        rules: true for a tweet to show.
        present: ``data`` and ``includes`` of the tweets to show.
        deduplicate: drops repetitions from the page as a whole.
    """
    shown: Tweets = []
    rest, below = window, None
    for _ in range(process.limits(PageLimits).rounds):
        if rest.empty:
            below = None
            break
        found = skeleton(rest)
        position = 0
        while position < len(found.entries) and len(shown) < window.size:
            # Hydrate no more than the page lacks.
            batch = found.entries[position : position + window.size - len(shown)]
            tweets = [tweet for tweet in hydrate(state, batch) if rules(state, tweet)]
            shown = deduplicate([*shown, *tweets])
            position += len(batch)
        below = found.floor
        if position < len(found.entries):
            below = int(found.entries[position - 1].tweet_id)
        if below is None or below > rest.newest or len(shown) == window.size:
            break
        rest = rest.below(below)
    body = present(state, shown)
    body["meta"] = page_meta(shown)
    if below is not None:
        # A reader who comes back to the first page finds it as it was, below newer tweets.
        first = {"below": int(body["meta"]["newest_id"]) + 1} if shown else None
        body["meta"]["next_token"] = encode_token(window.context, {"below": below}, first)
    return body


def page_meta(shown: Tweets) -> Item:
    """Return ``meta`` of a list of tweets, without its token."""
    described: Item = {"result_count": len(shown)}
    if shown:
        ids = [int(tweet["id"]) for tweet in shown]
        described |= {"newest_id": str(max(ids)), "oldest_id": str(min(ids))}
    return described


def with_token(body: Item, token: str | None) -> Item:
    """Return a page with the token of the next one, if there is one."""
    if token is not None:
        body["meta"]["next_token"] = token
    return body
