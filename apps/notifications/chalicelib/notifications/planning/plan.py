"""Decisions about a notification, one per channel."""

from dataclasses import dataclass
from typing import Literal

from chalicelib.notifications.core.content import Content

Action = Literal["send", "defer", "digest", "suppress"]


@dataclass(frozen=True)
class Decision:
    """Outcome of the plan for one channel.

    Attributes:
        at: Unix ms of the end of a deferral, or of the digest.
        reason: of a deferral or suppression: one of `channels.message.REASONS`.
    """

    action: Action
    at: int | None = None
    reason: str | None = None


def plan(content: Content, channel: str, now: int) -> Decision:
    """Decide whether a notification is sent in a channel now (Unix ms)."""
    del content, channel, now
    return Decision("send")


def plan_all(content: Content, now: int) -> dict[str, Decision]:
    """Decide for each channel of a notification."""
    return {channel: plan(content, channel, now) for channel in content.channels}
