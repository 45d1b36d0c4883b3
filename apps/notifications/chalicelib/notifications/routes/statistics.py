"""``/1/admin/channels/statistics``: numbers of the channels."""

from typing import Any

from chalicelib.notifications.core.names import CHANNELS
from chalicelib.notifications.history import statistics
from chalicelib.notifications.routes import answers

from shared.auth.scopes import KEY_ADMIN, user_access
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")


@api.endpoint(
    "GET",
    "/1/admin/channels/statistics",
    access=user_access("moderation.read", permission="notifications.manage", keys=(KEY_ADMIN,)),
    summary="Get delivery statistics",
    answer=answers.STATISTICS,
)
def channel_statistics(call: Call) -> dict[str, Any]:
    """Count the notifications of each channel in the last 24 hours.

    The counts of busy channels may lag half a minute behind, and miss as much when a server stops.
    """
    del call
    return {"data": statistics.of_channels(list(CHANNELS))}
