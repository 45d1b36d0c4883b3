"""Schemas of user objects."""

from shared.base.components import (
    COUNT,
    FLAG,
    ID,
    MOMENT,
    TEXT,
    URL,
    array,
    choice,
    component,
    record,
)
from shared.base.validation import Schema

USERNAME: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_]{1,15}$",
    "examples": ["ada"],
}
_SPAN: dict[str, Schema] = {"start": COUNT, "end": COUNT}
URL_ENTITY = component(
    "UrlEntity",
    "A link in a text, with the card of its page once that has been read.",
    {**_SPAN, "url": TEXT, "expanded_url": TEXT, "display_url": TEXT},
    {
        "title": TEXT,
        "description": TEXT,
        "unwound_url": TEXT,
        "status": {"type": "integer"},
        "images": array(record({"url": URL}, {"width": COUNT, "height": COUNT})),
    },
)
TAG_ENTITY = component("TagEntity", "A hashtag or cashtag in a text.", {**_SPAN, "tag": TEXT})
MENTION_ENTITY = component(
    "MentionEntity",
    "A mention of a user in a text.",
    {**_SPAN, "username": TEXT},
    {"id": ID},
)
USER_METRICS = component(
    "UserPublicMetrics",
    "Counts of a user, in both dialects (tweet and post).",
    dict.fromkeys(
        (
            *("followers_count", "following_count", "tweet_count", "post_count"),
            *("listed_count", "like_count", "media_count"),
        ),
        COUNT,
    ),
)
USER = component(
    "User",
    "A user. Members other than `id`, `name` and `username` are there when `user.fields` asks "
    "for them and the user has them.",
    {"id": ID, "name": TEXT, "username": USERNAME},
    {
        "confirmed_email": {"type": "string", "format": "email"},
        "connection_status": array(
            choice(
                "following",
                "follow_request_sent",
                "blocking",
                "muting",
                "followed_by",
                "follow_request_received",
            )
        ),
        "created_at": MOMENT,
        "description": TEXT,
        "entities": record(
            {},
            {
                "url": record({"urls": array(URL_ENTITY)}),
                "description": record(
                    {},
                    {
                        "urls": array(URL_ENTITY),
                        "hashtags": array(TAG_ENTITY),
                        "mentions": array(MENTION_ENTITY),
                    },
                ),
            },
        ),
        "location": TEXT,
        "most_recent_tweet_id": ID,
        "most_recent_post_id": ID,
        "pinned_tweet_id": ID,
        "pinned_post_id": ID,
        "profile_banner_url": URL,
        "profile_image_url": URL,
        "protected": FLAG,
        "public_metrics": USER_METRICS,
        "url": TEXT,
        "verified": FLAG,
        "verified_type": choice("blue", "none"),
    },
    {"id": "2244994945", "name": "Ada", "username": "ada", "verified": True},
)
