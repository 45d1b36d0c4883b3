"""Channels of social notifications, by recipients' preferences.

They are chosen before the notification is stored: a like that is only wanted in the inbox costs
nothing anywhere else, and one that is wanted nowhere is never stored.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.notifications.contacts import devices, phones
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.planning import categories, preferences
from chalicelib.notifications.planning.settings import Preferences

# Channels that every account has a target for.
_ALWAYS = (names.INBOX, names.EMAIL)


def routed(contents: Sequence[Content]) -> list[Content]:
    """Return notifications with the channels that their recipients want.

    Those that nobody wants are left out; all but social ones keep the channels they came with.
    Pushes and webhooks are for recipients with such a device, text messages for those with a
    verified number. One BatchGetItem per hundred recipients that are not cached, and one SQL
    statement per hundred who want pushes or webhooks, or text messages.
    """
    social = [content for content in contents if content.category == SOCIAL]
    own = preferences.of_many(content.user_id for content in social)
    wanted = {
        content.id: _wanted(content, own[content.user_id], names.CHANNELS) for content in social
    }
    pushed = {one.user_id for one in social if set(wanted[one.id]) & set(names.DEVICE_CHANNELS)}
    reached = devices.store().platforms(sorted(pushed)) if pushed else {}
    texted = {one.user_id for one in social if names.SMS in wanted[one.id]}
    for user_id in phones.store().verified_among(sorted(texted)) if texted else ():
        reached.setdefault(user_id, set()).add(names.SMS)
    found = []
    for content in contents:
        channels: tuple[str, ...] = content.channels
        if content.category == SOCIAL:
            there = {*_ALWAYS, *reached.get(content.user_id, ())}
            channels = tuple(one for one in wanted[content.id] if one in there)
        if channels:
            found.append(replace(content, channels=channels))
    return found


def _wanted(content: Content, own: Preferences, channels: Sequence[str]) -> tuple[str, ...]:
    category = categories.category_of(content)
    return tuple(channel for channel in channels if own.allows(category, channel))
