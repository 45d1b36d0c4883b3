"""All channels by name.

A channel is a module with a class that implements `Channel`, an entry here, a queue in
resources.yaml and a handler in app.py; no other module knows how many there are.
"""

from chalicelib.notifications.channels.email import EmailChannel
from chalicelib.notifications.channels.inbox import InboxChannel
from chalicelib.notifications.channels.port import Channel

CHANNELS: dict[str, Channel] = {
    channel.name: channel for channel in (InboxChannel(), EmailChannel())
}
