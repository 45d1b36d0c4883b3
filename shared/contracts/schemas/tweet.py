"""Schemas of tweet objects."""

from shared.base.components import (
    COUNT,
    FLAG,
    ID,
    MOMENT,
    TEXT,
    array,
    choice,
    component,
    record,
)
from shared.contracts.schemas.media import MEDIA_KEY
from shared.contracts.schemas.user import MENTION_ENTITY, TAG_ENTITY, URL_ENTITY, USERNAME

TWEET_METRICS = component(
    "TweetPublicMetrics",
    "Counts of a tweet, in both dialects (retweet and repost).",
    dict.fromkeys(
        (
            *("retweet_count", "repost_count", "reply_count", "like_count"),
            *("quote_count", "bookmark_count", "impression_count"),
        ),
        COUNT,
    ),
)
REFERENCED_TWEET = component(
    "ReferencedTweet",
    "A tweet that another one retweets, quotes or replies to.",
    {"type": choice("retweeted", "quoted", "replied_to"), "id": ID},
)
ENTITIES = component(
    "TweetEntities",
    "Links, mentions, hashtags and cashtags in the text of a tweet.",
    {},
    {
        "urls": array(URL_ENTITY),
        "mentions": array(MENTION_ENTITY),
        "hashtags": array(TAG_ENTITY),
        "cashtags": array(TAG_ENTITY),
    },
)
NOTE = component(
    "NoteTweet",
    "The whole of a long text; `text` of the tweet is its start.",
    {"text": TEXT},
    {"entities": ENTITIES},
)
VIEWER = component(
    "TweetViewer",
    "The authenticated user's own actions on a tweet; `truncated` if `note_tweet` has more text.",
    {"liked": FLAG, "retweeted": FLAG},
    {"bookmarked": FLAG, "voted": FLAG, "hidden": FLAG, "truncated": FLAG},
)
REPLY_SETTINGS = choice("everyone", "following", "mentionedUsers", "verified")
TWEET = component(
    "Tweet",
    "A tweet. Members other than `id`, `text` and `edit_history_tweet_ids` are there when "
    "`tweet.fields` asks for them and the tweet has them.",
    {"id": ID, "text": TEXT, "edit_history_tweet_ids": array(ID, minItems=1)},
    {
        "attachments": record(
            {}, {"media_keys": array(MEDIA_KEY, minItems=1), "poll_ids": array(ID, minItems=1)}
        ),
        "author_id": ID,
        "conversation_id": ID,
        "created_at": MOMENT,
        "display_text_range": array(COUNT, minItems=2, maxItems=2),
        "edit_controls": record(
            {"edits_remaining": COUNT, "is_edit_eligible": FLAG, "editable_until": MOMENT}
        ),
        "edit_history_post_ids": array(ID, minItems=1),
        "entities": ENTITIES,
        "in_reply_to_user_id": ID,
        "lang": TEXT,
        "non_public_metrics": record({"impression_count": COUNT}),
        "note_post": NOTE,
        "note_tweet": NOTE,
        "organic_metrics": record(
            dict.fromkeys(("impression_count", "retweet_count", "reply_count", "like_count"), COUNT)
        ),
        "possibly_sensitive": FLAG,
        "public_metrics": TWEET_METRICS,
        "referenced_posts": array(REFERENCED_TWEET, minItems=1),
        "referenced_tweets": array(REFERENCED_TWEET, minItems=1),
        "reply_settings": REPLY_SETTINGS,
        "source": {**TEXT, "description": "Name of the app that posted the tweet."},
        "username": USERNAME,
        "viewer": VIEWER,
    },
    {
        "id": "1346889436626259968",
        "text": "A rook has landed on the chimney",
        "edit_history_tweet_ids": ["1346889436626259968"],
        "author_id": "2244994945",
        "created_at": "2026-01-06T18:40:40.000Z",
    },
)
