"""Channels of social notifications, by recipients' preferences.

They are chosen before the notification is stored: a like that is only wanted in the inbox costs
nothing anywhere else, and one that is wanted nowhere is never stored.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.planning import categories, preferences
from chalicelib.notifications.planning.settings import Preferences

# Channels that every account has a target for.
_ALWAYS = (names.INBOX, names.EMAIL)


def routed(contents: Sequence[Content]) -> list[Content]:
    """Return notifications with the channels that their recipients want.

    Those that nobody wants are left out; all but social ones keep the channels they came with.
    One BatchGetItem per hundred recipients that are not cached.
    """
    social = [content for content in contents if content.category == SOCIAL]
    own = preferences.of_many(content.user_id for content in social)
    found = [
        replace(content, channels=_wanted(content, own[content.user_id]))
        if content.category == SOCIAL
        else content
        for content in contents
    ]
    return [content for content in found if content.channels]


def _wanted(content: Content, own: Preferences) -> tuple[str, ...]:
    category = categories.category_of(content)
    return tuple(channel for channel in _ALWAYS if own.allows(category, channel))
