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
    adapters = registry.adapters(channel)
    if not adapters:
        return _shown(channel, None, {"breaker": breakers.CLOSED})
    first, *behind = (
        _shown(channel, one.name, breakers.state(f"{channel}#{one.name}")) for one in adapters
    )
    return {**first, "standby": behind[0]} if behind else first


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
