"""Timeline of a list: the newest tweets of its members.

A list reads like a user who follows its members (`following`): entries are pushed to it while
somebody reads it, and only heads of pulled members are read. So a page costs much the same for
five members and for five thousand.
"""

from functools import partial

from chalicelib.tweets.lists import lists
from chalicelib.tweets.pipeline.fill import fill_page
from chalicelib.tweets.pipeline.hydration import HydrationState, load_authors, load_entries
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import visible
from chalicelib.tweets.pipeline.skeletons import NO_KINDS, Entry
from chalicelib.tweets.pipeline.window import parse_window
from chalicelib.tweets.timelines import following, home
from chalicelib.tweets.timelines.followed_authors import FollowedAuthors

from shared.aws.dynamo import Item
from shared.base.clock import now_ms


def list_tweets(list_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of tweets by a list's members, newest first.

    Calls: the list; version and entries as for a home page; hydration as for every page. The
    first page after a week without any reads the heads of all members (a hundred per call).

    Raises:
        Problem: 404 when the viewer cannot see the list.
    """
    lists.load_visible(viewer_id, list_id)
    reader = following.of_list(list_id)
    members, version = following.load(reader)
    page = home.Home(reader, NO_KINDS, FollowedAuthors(members, now_ms()), version)
    body = fill_page(
        HydrationState(viewer_id, query, cached=True),
        parse_window(query, f"list:{list_id}"),
        skeleton=partial(home.skeleton, page),
        hydrate=_hydrate,
        rules=visible,
        present=present,
    )
    home.save(page)
    return body


def _hydrate(state: HydrationState, found: list[Entry]) -> list[Item]:
    """Return tweets of the newest versions, with authors and relations."""
    tweets = [tweet for tweet in load_entries(state, found) if not tweet.get("superseded_by")]
    load_authors(state, tweets)
    return tweets
