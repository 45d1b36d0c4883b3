"""Registration of devices: of apps, browsers and webhooks."""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from chalicelib.notifications.channels.endpoints import subscriptions, untrusted
from chalicelib.notifications.contacts import consents, devices
from chalicelib.notifications.contacts.devices import Device
from chalicelib.notifications.core import names

from shared.base.clock import iso
from shared.base.errors import Problem, invalid_request

# APNs' tokens are hexadecimal; Apple leaves their length open.
_IOS_TOKEN = re.compile(r"[0-9A-Za-z]{16,400}")
_ANDROID_TOKEN = re.compile(r"[0-9A-Za-z_:%.-]{16,4096}")


def register(user_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Register a device, or move it here from another user.

    Args:
        user_id: a user, or an outside contact.
        given: ``platform``, and ``token``, ``subscription`` or ``url``.

    Returns:
        the device; of a webhook with its ``secret``, which is shown this once.

    Raises:
        Problem: 400: the address does not fit the platform, or cannot be used.
    """
    platform = given["platform"]
    address, detail = _address(platform, given)
    identifier = _identifier(platform, user_id, address)
    before = devices.store().owner(identifier)
    made = devices.store().register(user_id, identifier, platform, address, detail)
    if before is not None and before != user_id:
        devices.withdraw(before, platform, "device_moved")
    consents.store().add(user_id, platform, "device_registration")
    shown = view(made)
    if platform == names.WEBHOOK:
        shown["secret"] = (made.detail or {})["secret"]
    return shown


def listed(user_id: str) -> list[dict[str, Any]]:
    """Return a user's devices, the last registered first."""
    return [view(one) for one in devices.store().of(user_id)]


def remove(user_id: str, device_id: str) -> None:
    """Remove a device; with the last of its platform the consent ends.

    Raises:
        Problem: 404: the user has no such device.
    """
    removed = devices.store().remove(user_id, device_id)
    if removed is None:
        raise Problem(
            404, "resource-not-found", "Not Found Error", "There is no device with this id."
        )
    devices.withdraw(user_id, removed.platform, "device_removed")


def view(device: Device) -> dict[str, Any]:
    """Return a device as the API shows it, without its address."""
    return {
        "id": device.id,
        "platform": device.platform,
        "registered_at": iso(device.registered_at),
        "created_at": iso(device.created_at),
    }


def _identifier(platform: str, user_id: str, address: str) -> str:
    # Several users may send to one webhook, each with a secret of their own.
    owner = user_id if platform == names.WEBHOOK else ""
    return hashlib.sha256(f"{platform}|{owner}|{address}".encode()).hexdigest()[:32]


def _address(platform: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None]:
    wanted = {names.WEBPUSH: "subscription", names.WEBHOOK: "url"}.get(platform, "token")
    if set(given) != {"platform", wanted}:
        raise invalid_request(f"A device of the platform [{platform}] has `{wanted}`.")
    if platform == names.WEBPUSH:
        return _subscription(given["subscription"])
    if platform == names.WEBHOOK:
        _check(given["url"], "url")
        return given["url"], {"secret": f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"}
    token = given["token"]
    form = _IOS_TOKEN if platform == names.IOS else _ANDROID_TOKEN
    if not form.fullmatch(token):
        raise invalid_request("The `token` is not a device token.", token=token[:20])
    return token, None


def _subscription(found: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    _check(found["endpoint"], "subscription")
    try:
        subscriptions.Subscription.of(found)
    except ValueError:
        raise invalid_request("The keys of the `subscription` cannot be used.") from None
    keys = {name: found["keys"][name] for name in ("p256dh", "auth")}
    return found["endpoint"], {"endpoint": found["endpoint"], "keys": keys}


def _check(url: str, name: str) -> None:
    from shared.net.answers import FetchError

    try:
        untrusted.check(url)
    except FetchError as error:
        raise invalid_request(f"Nothing can be sent to the `{name}`: {error.detail}.") from None
