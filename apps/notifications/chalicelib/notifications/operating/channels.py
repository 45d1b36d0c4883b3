"""State of every channel: its provider, and how that does."""

from typing import Any

from chalicelib.notifications.channels import registry
from chalicelib.notifications.core import names
from chalicelib.notifications.delivery import breakers

from shared.base.clock import iso


def states() -> list[dict[str, Any]]:
    """Return the state of each channel (1 GetItem per provider)."""
    return [_state(channel) for channel in names.CHANNELS]


def _state(channel: str) -> dict[str, Any]:
    if channel == names.INBOX:
        # Our own table: it has no provider.
        return _shown(channel, names.INBOX, {"breaker": breakers.CLOSED})
    adapter = registry.adapter(channel)
    if adapter is None:
        return _shown(channel, None, {"breaker": breakers.CLOSED})
    return _shown(channel, adapter.name, breakers.state(f"{channel}#{adapter.name}"))


def _shown(channel: str, adapter: str | None, found: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "channel": channel,
        "adapter": adapter,
        "breaker": found["breaker"],
        "last_error": found.get("last_error"),
    }
    if "last_error_at" in found:
        shown["last_error_at"] = iso(found["last_error_at"])
    return shown
