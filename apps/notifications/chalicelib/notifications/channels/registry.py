"""The adapters of each channel, as the configuration chooses.

The inbox has none: it is our own table (`channels.inbox`).
"""

from collections.abc import Callable

from chalicelib.notifications.channels import configuration, dead
from chalicelib.notifications.channels.port import Adapter
from chalicelib.notifications.core import names

from shared.base.process import process


def _ios() -> tuple[Adapter, ...]:
    """APNs and SNS, as far as they are configured.

    APNs comes first, unless the setting says otherwise. Without either it is SNS, which tells
    what is missing.
    """
    chosen = configuration.setting("IOS_ADAPTER")
    direct = configuration.setting("APNS_URL") or configuration.content("APNS_KEY_FILE")
    mobile = configuration.setting("SNS_IOS_APPLICATION_ARN")
    if chosen == "apns" or (direct and chosen != "sns"):
        return (_apns(), _sns()) if mobile else (_apns(),)
    return (_sns(), _apns()) if direct else (_sns(),)


def _apns() -> Adapter:
    from chalicelib.notifications.channels.push.apns import ApnsAdapter

    return ApnsAdapter()


def _sns() -> Adapter:
    from chalicelib.notifications.channels.push.sns_mobile import SnsMobileAdapter

    return SnsMobileAdapter()


def _android() -> tuple[Adapter, ...]:
    from chalicelib.notifications.channels.push.fcm import FcmAdapter

    return (FcmAdapter(),)


def _sms() -> tuple[Adapter, ...]:
    if configuration.setting("SMS_ADAPTER") == "pinpoint":
        from chalicelib.notifications.channels.sms.pinpoint import PinpointAdapter

        return (PinpointAdapter(),)
    from chalicelib.notifications.channels.sms.end_user_messaging import EndUserMessagingAdapter

    return (EndUserMessagingAdapter(),)


def _email() -> tuple[Adapter, ...]:
    from chalicelib.notifications.channels.mail.ses import SesAdapter

    return (SesAdapter(),)


def _web_push() -> tuple[Adapter, ...]:
    from chalicelib.notifications.channels.endpoints.webpush import WebPushAdapter

    return (WebPushAdapter(),)


def _webhook() -> tuple[Adapter, ...]:
    from chalicelib.notifications.channels.endpoints.webhook import WebhookAdapter

    return (WebhookAdapter(),)


# A function imports the adapter of its own channel alone.
_MAKERS: dict[str, Callable[[], tuple[Adapter, ...]]] = {
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
def _made() -> dict[str, tuple[Adapter, ...]]:
    return {}


def adapters(channel: str) -> tuple[Adapter, ...]:
    """Return the adapters of a channel: the primary, then its stand-in.

    Empty if the channel has no provider.

    Raises:
        ConfigurationFailure: a key file cannot be read.
    """
    maker, made = _MAKERS.get(channel), _made()
    if maker is None:
        return ()
    if channel not in made:
        made[channel] = tuple(dead.kept(one) for one in maker())
    return made[channel]
