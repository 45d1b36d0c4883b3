"""Timeline of a list: the newest tweets of its members."""

from functools import partial

from chalicelib.tweets.heads import store
from chalicelib.tweets.lists import lists, membership
from chalicelib.tweets.pipeline.fill import fill_page
from chalicelib.tweets.pipeline.hydration import HydrationState, hydrate
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import visible
from chalicelib.tweets.pipeline.skeletons import NO_KINDS, Skeleton, merge
from chalicelib.tweets.pipeline.window import Window, parse_window
from chalicelib.tweets.timelines.head_skeletons import Depth, of_authors

from shared.aws.dynamo import Item


def list_tweets(list_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of tweets by a list's members, newest first.

    Calls: the list, its members, their heads (a hundred per call, cached for
    seconds), one Query per member whose head ends above the page (at most
    `head_skeletons.DepthLimits.queries`), then hydration as for every page.

    Raises:
        Problem: 404 when the viewer cannot see the list.
    """
    lists.load_visible(viewer_id, list_id)
    members = membership.user_ids(list_id, "member", limit=membership.MAX_MEMBERS)
    heads, depth = store.load(members), Depth()

    def merge_members(window: Window) -> Skeleton:
        return merge(*of_authors(heads.values(), window, NO_KINDS, depth))

    return fill_page(
        HydrationState(viewer_id, query),
        parse_window(query, f"list:{list_id}"),
        skeleton=partial(depth.limit, read=merge_members),
        hydrate=hydrate,
        rules=visible,
        present=present,
    )
