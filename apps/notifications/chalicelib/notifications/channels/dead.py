"""Targets that a provider has declared dead."""

from chalicelib.notifications.channels.port import PermanentFailure


class DeadTarget(PermanentFailure):
    """A provider's word that a target will never work again.

    Attributes:
        reason: ``unregistered`` for a device, ``opted_out`` or ``bounced`` for an address.
    """
