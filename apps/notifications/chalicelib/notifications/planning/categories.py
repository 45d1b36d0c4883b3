"""Categories that preferences are by, and what reaches people by default.

The platform's social notifications have one category in content, ``social``, and one of these
per kind in preferences, so that people can have mails about mentions and none about likes.
Callers' own categories are their names.
"""

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import CRAWL, MESSAGE, SOCIAL, URGENT, Content

# They skip preferences, quiet hours, throttles and digests, and offer no unsubscribing.
ESSENTIAL = URGENT

DIGEST = "digest"
DIGEST_TYPE = "digest"

CHANNELS = names.CHANNELS
# They disturb nobody.
SILENT = frozenset({names.INBOX, names.WEBHOOK})

# Categories of social notifications by type.
_SOCIAL_KINDS = {
    "like": "likes",
    "retweet": "retweets",
    "follow": "follows",
    "follow_request": "follow_requests",
    "reply": "mentions",
    "mention": "mentions",
    "quote": "mentions",
    "tweet": "posts",
    "poll": "polls",
}
SOCIAL_CATEGORIES = tuple(dict.fromkeys(_SOCIAL_KINDS.values()))
# What a preference page shows: callers' categories appear once somebody has set them.
SHOWN = (*SOCIAL_CATEGORIES, MESSAGE, CRAWL, DIGEST)

# Frequent and small news are not mailed or pushed, as on other platforms.
_SOCIAL_ON = {
    names.INBOX: frozenset(SOCIAL_CATEGORIES),
    names.EMAIL: frozenset({"mentions", "follow_requests"}),
    **dict.fromkeys(names.PUSH_CHANNELS, frozenset({"mentions", "follow_requests", "posts"})),
}
_NAMES = {
    "likes": "likes",
    "retweets": "reposts",
    "follows": "new followers",
    "follow_requests": "follow requests",
    "mentions": "mentions, replies and quotes",
    "posts": "posts of accounts you watch",
    "polls": "polls",
    SOCIAL: "social activity",
    MESSAGE: "messages",
    CRAWL: "crawls",
    DIGEST: "digests",
}


def category_of(content: Content) -> str:
    """Return the category that preferences have for a notification."""
    if content.category == SOCIAL:
        return _SOCIAL_KINDS.get(content.type, SOCIAL)
    return content.category


def parent_of(category: str) -> str | None:
    """Return the category whose setting a category takes where it has none."""
    return SOCIAL if category in SOCIAL_CATEGORIES else None


def is_on_by_default(category: str, channel: str) -> bool:
    """True if notifications of a category reach people who set nothing."""
    if category in SOCIAL_CATEGORIES:
        return category in _SOCIAL_ON.get(channel, ())
    if category == SOCIAL:
        return channel in _SOCIAL_ON
    return True


def words(category: str) -> str:
    """Return a category in words for a sentence or a page."""
    return _NAMES.get(category, category.replace("_", " "))
