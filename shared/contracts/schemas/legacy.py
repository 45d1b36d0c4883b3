"""Schemas of objects of X's API 1.1 (`shared.contracts.legacy_objects`)."""

from shared.base.components import COUNT, FLAG, ID, TEXT, array, component, record
from shared.base.validation import Schema
from shared.contracts.legacy_objects import OF_VIEWERS
from shared.contracts.schemas.user import USERNAME

_NUMBER: Schema = {"type": "integer", "minimum": 0}
_OR_NULL: Schema = {"type": ["string", "null"]}
_NUMBER_OR_NULL: Schema = {"type": ["integer", "null"]}
_NULL: Schema = {"type": "null"}
_INDICES = array(COUNT, minItems=2, maxItems=2)
_MOMENT: Schema = {**TEXT, "examples": ["Tue Jan 06 18:40:40 +0000 2026"]}
_URLS = record(
    {
        "urls": array(
            record({"url": TEXT, "expanded_url": TEXT, "display_url": TEXT, "indices": _INDICES})
        )
    }
)
_USER = {"id": _NUMBER, "id_str": ID, "name": TEXT, "screen_name": USERNAME}
_USER_MORE: dict[str, Schema] = {
    "location": TEXT,
    "description": TEXT,
    "url": _OR_NULL,
    "entities": record({"description": _URLS}, {"url": _URLS}),
    "protected": FLAG,
    "verified": FLAG,
    "followers_count": COUNT,
    "friends_count": COUNT,
    "listed_count": COUNT,
    "favourites_count": COUNT,
    "statuses_count": COUNT,
    "created_at": _MOMENT,
    "default_profile_image": FLAG,
    "profile_image_url": TEXT,
    "profile_image_url_https": TEXT,
    "profile_banner_url": TEXT,
    "following": FLAG,
    "follow_request_sent": FLAG,
    "email": {**TEXT, "description": "With `include_email`, if the token may see it."},
}
USER_V1 = component("UserV1", "A user in the shape of X API 1.1.", _USER, _USER_MORE)
_TAG = record({"text": TEXT, "indices": _INDICES})
_SIZE = record({"w": COUNT, "h": COUNT, "resize": TEXT})
_MEDIUM = component(
    "MediaEntityV1",
    "Media of a tweet in the shape of X API 1.1.",
    {
        "id": _NUMBER,
        "id_str": ID,
        "indices": _INDICES,
        "media_url": TEXT,
        "media_url_https": TEXT,
        "url": TEXT,
        "display_url": TEXT,
        "expanded_url": TEXT,
        "type": TEXT,
        "sizes": record(dict.fromkeys(("thumb", "small", "medium", "large"), _SIZE)),
    },
    {
        "ext_alt_text": TEXT,
        "video_info": record(
            {"variants": array(record({"content_type": TEXT, "url": TEXT}, {"bitrate": COUNT}))},
            {"duration_millis": COUNT},
        ),
    },
)
_ENTITIES = record(
    {
        "hashtags": array(_TAG),
        "symbols": array(_TAG),
        "user_mentions": array(
            record(
                {"screen_name": TEXT, "name": TEXT, "indices": _INDICES},
                {"id": _NUMBER, "id_str": ID},
            )
        ),
        "urls": _URLS["properties"]["urls"],
    },
    {"media": array(_MEDIUM)},
)
_STATUS: dict[str, Schema] = {
    "created_at": _MOMENT,
    "id": _NUMBER,
    "id_str": ID,
    "truncated": FLAG,
    "entities": _ENTITIES,
    "source": TEXT,
    "in_reply_to_status_id": _NUMBER_OR_NULL,
    "in_reply_to_status_id_str": _OR_NULL,
    "in_reply_to_user_id": _NUMBER_OR_NULL,
    "in_reply_to_user_id_str": _OR_NULL,
    "in_reply_to_screen_name": _OR_NULL,
    "user": {"anyOf": [USER_V1, _NULL]},
    "geo": _NULL,
    "coordinates": _NULL,
    "place": _NULL,
    "contributors": _NULL,
    "is_quote_status": FLAG,
    "retweet_count": COUNT,
    "favorite_count": COUNT,
    "favorited": FLAG,
    "retweeted": FLAG,
    "possibly_sensitive": FLAG,
    "lang": TEXT,
}
_TEXTS: dict[str, Schema] = {
    "text": TEXT,
    "full_text": {**TEXT, "description": "In place of `text`, with `tweet_mode=extended`."},
    "display_text_range": _INDICES,
    "extended_entities": record({"media": array(_MEDIUM)}),
    "quoted_status_id": _NUMBER,
    "quoted_status_id_str": ID,
}
_INNER = component("InnerTweetV1", "A tweet within a tweet of X API 1.1.", _STATUS, _TEXTS)
TWEET_V1 = component(
    "TweetV1",
    "A tweet in the shape of X API 1.1.",
    _STATUS,
    {**_TEXTS, "quoted_status": _INNER, "retweeted_status": _INNER},
)
TWEETS_V1 = array(TWEET_V1)
_LATEST = component(
    "LatestTweetV1",
    "The latest tweet of a user in the shape of X API 1.1.",
    {name: schema for name, schema in _STATUS.items() if name not in OF_VIEWERS},
    _TEXTS,
)
PROFILE_V1 = component(
    "ProfileV1",
    "A user with their latest tweet in the shape of X API 1.1.",
    _USER,
    {**_USER_MORE, "status": _LATEST},
)
_BY_ID: Schema = {
    "type": "object",
    "additionalProperties": {"anyOf": [TWEET_V1, {"type": "null"}]},
    "description": "With `map`: every id that was asked for, `null` for missing tweets.",
}
LOOKUP_V1: Schema = {"anyOf": [TWEETS_V1, record({"id": _BY_ID})]}
USERS_V1 = array(USER_V1)
_CURSORS: dict[str, Schema] = {
    "next_cursor": {"type": "integer"},
    "next_cursor_str": TEXT,
    "previous_cursor": {"type": "integer"},
    "previous_cursor_str": TEXT,
}
IDS_V1 = component(
    "IdPageV1",
    "A page of ids in the shape of X API 1.1. A `next_cursor` of 0 ends the list.",
    {"ids": array({"type": ["integer", "string"]}), **_CURSORS},
)
USER_PAGE_V1 = component(
    "UserPageV1",
    "A page of users in the shape of X API 1.1. A `next_cursor` of 0 ends the list.",
    {"users": array(USER_V1), **_CURSORS},
)
_SOURCE = record(
    {"id": _NUMBER, "id_str": ID, "screen_name": TEXT, "following": FLAG, "followed_by": FLAG},
    dict.fromkeys(
        (
            *("following_requested", "following_received", "can_dm", "blocking", "muting"),
            "blocked_by",
        ),
        FLAG,
    ),
)
RELATIONSHIP_V1 = component(
    "RelationshipV1",
    "The relation of two users in the shape of X API 1.1.",
    {
        "relationship": record(
            {
                "source": _SOURCE,
                "target": record(
                    {
                        "id": _NUMBER,
                        "id_str": ID,
                        "screen_name": TEXT,
                        "following": FLAG,
                        "followed_by": FLAG,
                    },
                    {"following_requested": FLAG, "following_received": FLAG},
                ),
            }
        )
    },
)
CONNECTIONS_V1 = array(
    component(
        "ConnectionV1",
        "Your relation to a user in the shape of X API 1.1.",
        {
            "id": _NUMBER,
            "id_str": ID,
            "name": TEXT,
            "screen_name": USERNAME,
            "connections": array(
                {
                    "type": "string",
                    "enum": [
                        *("following", "following_requested", "followed_by", "blocking"),
                        *("muting", "none"),
                    ],
                }
            ),
        },
    )
)
BANNER_V1 = record(
    {
        "sizes": {
            "type": "object",
            "additionalProperties": record({"w": COUNT, "h": COUNT, "url": TEXT}),
        }
    }
)
SETTINGS_V1 = component(
    "SettingsV1",
    "Settings of an account in the shape of X API 1.1.",
    {
        "screen_name": USERNAME,
        "protected": FLAG,
        "language": TEXT,
        "geo_enabled": FLAG,
        "always_use_https": FLAG,
        "discoverable_by_email": FLAG,
        "discoverable_by_mobile_phone": FLAG,
    },
)
LANGUAGES_V1 = array(
    record({"code": TEXT, "name": TEXT, "local_name": TEXT, "debug": FLAG, "status": TEXT})
)
LIST_V1 = component(
    "ListV1",
    "A list in the shape of X API 1.1.",
    {
        "id": _NUMBER,
        "id_str": ID,
        "name": TEXT,
        "slug": TEXT,
        "full_name": TEXT,
        "uri": TEXT,
        "description": TEXT,
        "mode": {"type": "string", "enum": ["public", "private"]},
        "member_count": COUNT,
        "subscriber_count": COUNT,
        "created_at": _MOMENT,
        "user": USER_V1,
    },
)
LISTS_V1 = array(LIST_V1)
LIST_PAGE_V1 = component(
    "ListPageV1",
    "A page of lists in the shape of X API 1.1. A `next_cursor` of 0 ends the list.",
    {"lists": LISTS_V1, **_CURSORS},
)
