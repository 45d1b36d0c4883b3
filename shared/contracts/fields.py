"""Query parameters of X's field selection.

Both dialects are accepted: X's specification 2.167 renamed tweets to posts.
Every name that X knows is accepted, also those that Rookery has no data for;
fields that an object lacks are left out of the answer, as by X.
"""

from typing import Any

from shared.base import pagination
from shared.base.components import Component
from shared.base.validation import Schema

TWEET_FIELDS = [
    "article",
    "attachments",
    "author_id",
    "card_uri",
    "community_id",
    "context_annotations",
    "conversation_id",
    "created_at",
    "display_text_range",
    "edit_controls",
    "edit_history_tweet_ids",
    "entities",
    "geo",
    "id",
    "in_reply_to_user_id",
    "lang",
    "media_metadata",
    "non_public_metrics",
    "note_tweet",
    "organic_metrics",
    "possibly_sensitive",
    "promoted_metrics",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
    "scopes",
    "source",
    "suggested_source_links",
    "suggested_source_links_with_counts",
    "text",
    "withheld",
    "article_title",
    "matched_media_notes",
    "note_post",
    "note_request_suggestions",
    "paid_partnership",
    "referenced_posts",
    "edit_history_post_ids",
    "username",
    "viewer",
]
USER_FIELDS = [
    "affiliation",
    "confirmed_email",
    "connection_status",
    "created_at",
    "description",
    "entities",
    "id",
    "is_identity_verified",
    "location",
    "most_recent_tweet_id",
    "most_recent_post_id",
    "name",
    "parody",
    "pinned_tweet_id",
    "pinned_post_id",
    "profile_banner_url",
    "profile_image_url",
    "protected",
    "public_metrics",
    "receives_your_dm",
    "subscribes_to_you",
    "subscription",
    "subscription_type",
    "url",
    "username",
    "verified",
    "verified_followers_count",
    "verified_type",
    "withheld",
]
MEDIA_FIELDS = [
    "alt_text",
    "duration_ms",
    "height",
    "media_key",
    "non_public_metrics",
    "organic_metrics",
    "preview_image_url",
    "promoted_metrics",
    "public_metrics",
    # Ours: for players.
    "subtitles",
    "type",
    "url",
    "variants",
    "width",
]
POLL_FIELDS = ["duration_minutes", "end_datetime", "id", "options", "voting_status"]
PLACE_FIELDS = [
    "contained_within",
    "country",
    "country_code",
    "full_name",
    "geo",
    "id",
    "name",
    "place_type",
]
TWEET_EXPANSIONS = [
    "article.cover_media",
    "article.media_entities",
    "attachments.media_keys",
    "attachments.media_source_tweet",
    "attachments.poll_ids",
    "author_id",
    "author_screen_name",
    "edit_history_tweet_ids",
    "edit_history_post_ids",
    "entities.mentions.username",
    "entities.note.mentions.username",
    "geo.place_id",
    "in_reply_to_user_id",
    "referenced_tweets.id",
    "referenced_posts",
    "referenced_posts.id",
    "username",
    "referenced_tweets.id.attachments.media_keys",
    "referenced_tweets.id.author_id",
    "referenced_posts.id.author_id",
    "referenced_posts.id.attachments.media_keys",
]
USER_EXPANSIONS = [
    "affiliation",
    "affiliation.user_id",
    "most_recent_tweet_id",
    "most_recent_post_id",
    "pinned_tweet_id",
    "pinned_post_id",
]
LIST_FIELDS = [
    "created_at",
    "description",
    "follower_count",
    "id",
    "member_count",
    "name",
    "owner_id",
    "private",
]

_SYNONYMS = {
    "referenced_posts": "referenced_tweets",
    "referenced_posts.id": "referenced_tweets.id",
    "referenced_posts.id.author_id": "referenced_tweets.id.author_id",
    "referenced_posts.id.attachments.media_keys": "referenced_tweets.id.attachments.media_keys",
    "edit_history_post_ids": "edit_history_tweet_ids",
    "note_post": "note_tweet",
    "most_recent_post_id": "most_recent_tweet_id",
    "pinned_post_id": "pinned_tweet_id",
    "username": "author_id",
}
# As a field it means the references, as an expansion the tweets that they refer to.
_EXPANSION_SYNONYMS = {**_SYNONYMS, "referenced_posts": "referenced_tweets.id"}


def _choice(name: str, names: list[str]) -> Schema:
    items = {"type": "string", "enum": sorted(set(names))}
    what = "Expansions" if name.endswith("Expansions") else "Fields"
    words = f"{what} to return beside the default ones, separated by commas."
    return Component(name, {"type": "array", "items": items, "description": words})


TWEET_QUERY: dict[str, Schema] = {
    "tweet.fields": _choice("TweetFields", TWEET_FIELDS),
    "post.fields": _choice("TweetFields", TWEET_FIELDS),
    "user.fields": _choice("UserFields", USER_FIELDS),
    "media.fields": _choice("MediaFields", MEDIA_FIELDS),
    "poll.fields": _choice("PollFields", POLL_FIELDS),
    "place.fields": _choice("PlaceFields", PLACE_FIELDS),
    "expansions": _choice("TweetExpansions", TWEET_EXPANSIONS),
}
MEDIA_FIELD_QUERY: dict[str, Schema] = {"media.fields": _choice("MediaFields", MEDIA_FIELDS)}
USER_QUERY: dict[str, Schema] = {
    "user.fields": _choice("UserFields", USER_FIELDS),
    "tweet.fields": _choice("TweetFields", TWEET_FIELDS),
    "post.fields": _choice("TweetFields", TWEET_FIELDS),
    "expansions": _choice("UserExpansions", USER_EXPANSIONS),
}
LIST_QUERY: dict[str, Schema] = {
    "list.fields": _choice("ListFields", LIST_FIELDS),
    "user.fields": _choice("UserFields", USER_FIELDS),
    "expansions": _choice("ListExpansions", ["owner_id"]),
}

ID: Schema = {"type": "string", "pattern": "^[0-9]{1,19}$"}
EXCLUDE: Schema = {
    "type": "array",
    "items": {"type": "string", "enum": ["replies", "retweets"]},
    "uniqueItems": True,
    "description": "Kinds of tweets to leave out.",
}
PAGE_TOKEN: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": pagination.MAX_LENGTH,
    "description": "`next_token` or `previous_token` of another page.",
}
DATE_TIME: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
}


def max_results(least: int, most: int, default: int) -> Schema:
    """Return the schema of ``max_results`` of a list."""
    return {
        "type": "integer",
        "minimum": least,
        "maximum": most,
        "default": default,
        "description": "Number of results on a page, at most.",
    }


def ids(most: int = 100) -> Schema:
    """Return the schema of a comma-separated list of ids."""
    return {
        "type": "array",
        "items": ID,
        "minItems": 1,
        "maxItems": most,
        "description": f"IDs, separated by commas, at most {most}.",
    }


def chosen(query: dict[str, Any], kind: str) -> frozenset[str]:
    """Return the requested fields, in either dialect, under their tweet names.

    Args:
        kind: ``tweet``, ``user``, … or ``expansions``.
    """
    expansions = kind == "expansions"
    names = set(query.get("expansions" if expansions else f"{kind}.fields", ()))
    if kind == "tweet":
        names |= set(query.get("post.fields", ()))
    synonyms = _EXPANSION_SYNONYMS if expansions else _SYNONYMS
    renamed = {synonyms.get(name, name) for name in names}
    return frozenset(renamed | names)


def in_posts(query: dict[str, Any]) -> bool:
    """Return true if an expansion is named in the dialect of posts."""
    return any("post" in name for name in query.get("expansions", ()))


def included_tweets(tweets: list[dict[str, Any]], posts: bool) -> dict[str, Any]:
    """Return ``includes`` with tweets, also as ``posts`` if `in_posts`."""
    return {"tweets": tweets, **({"posts": tweets} if posts else {})}
