"""Channels of the platform's social notifications, by their recipients' preferences.

They are chosen before the notification is stored: a like that is only wanted in the inbox costs
nothing anywhere else, and one that is wanted nowhere is never stored.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.planning import categories, preferences

# Channels that every account has a target for.
_ALWAYS = (names.INBOX, names.EMAIL)


def routed(contents: Sequence[Content]) -> list[Content]:
    """Return notifications with the channels that their recipients want.

    Those that nobody wants are left out; all but social ones keep the channels they came with.
    One BatchGetItem per hundred recipients that are not cached.
    """
    social = [content for content in contents if content.category == SOCIAL]
    own = preferences.of_many(content.user_id for content in social)
    found = []
    for content in contents:
        if content.category == SOCIAL:
            category = categories.category_of(content)
            wanted = own[content.user_id]
            content = replace(
                content, channels=tuple(one for one in _ALWAYS if wanted.allows(category, one))
            )
        if content.channels:
            found.append(content)
    return found
