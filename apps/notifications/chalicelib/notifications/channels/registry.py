"""The adapter of each channel, as the configuration chooses.

The inbox has none: it is our own table (`channels.inbox`). A channel without an adapter
takes notifications and delivers them nowhere (``no_target``).
"""

from chalicelib.notifications.channels.email import SesAdapter
from chalicelib.notifications.channels.port import Adapter
from chalicelib.notifications.core import names

from shared.base.process import process


@process.lazy
def _adapters() -> dict[str, Adapter]:
    return {names.EMAIL: SesAdapter()}


def adapter(channel: str) -> Adapter | None:
    """Return the adapter of a channel, ``None`` if it has none."""
    return _adapters().get(channel)
