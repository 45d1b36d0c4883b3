"""The adapter of each channel, as the configuration chooses.

The inbox has none: it is our own table (`channels.inbox`).
"""

from collections.abc import Callable

from chalicelib.notifications.channels import configuration, dead
from chalicelib.notifications.channels.port import Adapter
from chalicelib.notifications.core import names

from shared.base.process import process


def _ios() -> Adapter:
    """APNs when its address or its key is given; SNS otherwise."""
    chosen = configuration.setting("IOS_ADAPTER")
    direct = configuration.setting("APNS_URL") or configuration.content("APNS_KEY_FILE")
    if chosen == "apns" or (direct and chosen != "sns"):
        from chalicelib.notifications.channels.push.apns import ApnsAdapter

        return ApnsAdapter()
    from chalicelib.notifications.channels.push.sns_mobile import SnsMobileAdapter

    return SnsMobileAdapter()


def _android() -> Adapter:
    from chalicelib.notifications.channels.push.fcm import FcmAdapter

    return FcmAdapter()


def _sms() -> Adapter:
    if configuration.setting("SMS_ADAPTER") == "pinpoint":
        from chalicelib.notifications.channels.sms.pinpoint import PinpointAdapter

        return PinpointAdapter()
    from chalicelib.notifications.channels.sms.end_user_messaging import EndUserMessagingAdapter

    return EndUserMessagingAdapter()


def _email() -> Adapter:
    from chalicelib.notifications.channels.mail.ses import SesAdapter

    return SesAdapter()


def _web_push() -> Adapter:
    from chalicelib.notifications.channels.endpoints.webpush import WebPushAdapter

    return WebPushAdapter()


def _webhook() -> Adapter:
    from chalicelib.notifications.channels.endpoints.webhook import WebhookAdapter

    return WebhookAdapter()


# A function imports the adapter of its own channel alone.
_MAKERS: dict[str, Callable[[], Adapter]] = {
    names.IOS: _ios,
    names.ANDROID: _android,
    names.SMS: _sms,
    names.EMAIL: _email,
    names.WEBPUSH: _web_push,
    names.WEBHOOK: _webhook,
}


# Their addresses are of many servers, so the failures of one say nothing about the others.
_OF_MANY_SERVERS = frozenset({names.WEBPUSH, names.WEBHOOK})


def has_breaker(channel: str) -> bool:
    """Return True if one provider serves the whole channel."""
    return channel not in _OF_MANY_SERVERS


@process.lazy
def _made() -> dict[str, Adapter]:
    return {}


def adapter(channel: str) -> Adapter | None:
    """Return the adapter of a channel, ``None`` if it has none.

    Raises:
        ConfigurationFailure: a key file cannot be read.
    """
    maker, made = _MAKERS.get(channel), _made()
    if maker is None:
        return None
    if channel not in made:
        made[channel] = dead.kept(maker())
    return made[channel]
