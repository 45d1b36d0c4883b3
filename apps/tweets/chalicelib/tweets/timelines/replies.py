"""Replies to a tweet, oldest first: skeleton → hydrate → rules → present."""

from chalicelib.tweets.core.models import BY_REPLIED, TWEETS
from chalicelib.tweets.pipeline.fill import page_meta, with_token
from chalicelib.tweets.pipeline.hydration import (
    HydrationState,
    load_authors,
    load_entries,
    load_tweets,
)
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import not_limited, visible
from chalicelib.tweets.pipeline.skeletons import Entry, positions
from chalicelib.tweets.posting import reply_permissions

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.base.ids import MAX_ID
from shared.base.pagination import decode_position, encode_token
from shared.contracts import tweet_object


def replies(tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of direct replies to a tweet.

    Hidden replies are shown only to the author of the conversation. A deleted tweet keeps its
    replies, for those who might read its author.

    Raises:
        Problem: 404 when the viewer cannot see the tweet.
    """
    context = f"replies:{tweet_id}"
    position = decode_position(context, query.get("pagination_token"), above=int)
    size = query["max_results"]
    state = HydrationState(viewer_id, query)
    ids = skeleton(state, tweet_id, position["above"] if position else 0, size + 1)
    entries = [Entry(str(reply_id)) for reply_id in ids[:size]]
    tweets = load_entries(state, entries)
    replied = state.tweets.get(tweet_id)
    if replied and replied.get("retweeted_tweet_id"):
        load_tweets(state, [replied["retweeted_tweet_id"]])
    load_authors(state, [*tweets, *([replied] if replied else [])])
    if replied is None or not visible(state, {**replied, "deleted": False}):
        raise not_found("tweet", tweet_id)
    tweets = [tweet for tweet in tweets if not_limited(state, tweet)]
    shown = reply_permissions.without_hidden(viewer_id, tweets)
    body = {**present(state, shown), "meta": page_meta(shown)}
    return with_token(body, encode_token(context, {"above": ids[size - 1]}) if ids[size:] else None)


def skeleton(state: HydrationState, tweet_id: str, above: int, limit: int) -> list[int]:
    """Return ids of replies above an id, oldest first.

    Calls: the tweet, and one Query per version of it.

    Replies stay with the version that they answered; here they belong together.
    """
    replied = load_entries(state, [Entry(tweet_id)])
    versions = tweet_object.edit_history(replied[0]) if replied else [tweet_id]
    return sorted(
        int(item["id"])
        for version in versions
        for item in positions(
            TWEETS,
            BY_REPLIED,
            "in_reply_to_tweet_id",
            version,
            above + 1,
            MAX_ID,
            limit,
            ascending=True,
        )
    )
