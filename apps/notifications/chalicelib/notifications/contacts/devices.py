"""Devices of users: tokens of iOS and Android, web push, webhooks.

A device is known by the digest of its address, so that an address is one device, whoever
registers it. ``device_owners`` decides whose it is: a single row, so at each moment one user
gets what is sent there, also if the other statements of a move are lost.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.notifications.contacts import consents, directory
from chalicelib.notifications.contacts.sql import Engine, Row

from shared.base.clock import now_ms
from shared.base.process import process

# Devices of one user; further ones replace those that registered longest ago.
MOST = 50
# Users in one statement.
_TOGETHER = 100

_OWN = """
INSERT INTO device_owners (id, user_id) VALUES (:id, :user_id)
ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id
"""
_OWNER = "SELECT user_id FROM device_owners WHERE id = :id"
_DISOWN = "DELETE FROM device_owners WHERE id = :id AND user_id = :user_id"
_PUT = """
INSERT INTO devices (user_id, id, platform, address, detail, registered_at, created_at)
VALUES (:user_id, :id, :platform, :address, :detail, :now, :now)
ON CONFLICT (user_id, id) DO UPDATE SET
    detail = excluded.detail,
    registered_at = CASE
        WHEN devices.registered_at < excluded.registered_at THEN excluded.registered_at
        ELSE devices.registered_at
    END
"""
_OF = """
SELECT d.id, d.platform, d.address, d.detail, d.registered_at, d.created_at
FROM devices d JOIN device_owners o ON o.id = d.id AND o.user_id = d.user_id
WHERE d.user_id = :user_id
ORDER BY d.registered_at DESC, d.id
"""
_PLATFORMS = """
SELECT DISTINCT d.user_id, d.platform
FROM devices d JOIN device_owners o ON o.id = d.id AND o.user_id = d.user_id
WHERE d.user_id IN
"""
_REMOVE = "DELETE FROM devices WHERE user_id = :user_id AND id = :id"
_DROP = f"{_REMOVE} AND registered_at <= :registered_at RETURNING id"
_EACH = "SELECT id FROM devices WHERE user_id = :user_id AND created_at <= :until"


@dataclass(frozen=True)
class Device:
    """A registered device.

    Attributes:
        id: digest of platform and address.
        platform: name of its channel.
        address: token, endpoint of a subscription, or URL of a webhook.
        detail: subscription of web push, or ``secret`` of a webhook.
        registered_at: Unix ms of the last registration.
        created_at: Unix ms of the first one by this user.
    """

    id: str
    platform: str
    address: str
    detail: Mapping[str, Any] | None
    registered_at: int
    created_at: int


class Devices:
    """Devices behind an engine."""

    def __init__(self, engine: Engine) -> None:
        self._run = engine.run

    def register(
        self,
        user_id: str,
        device_id: str,
        platform: str,
        address: str,
        detail: Mapping[str, Any] | None = None,
    ) -> Device:
        """Add or move a device; a repetition moves ``registered_at`` forward."""
        key = {"user_id": user_id, "id": device_id}
        packed = None if detail is None else json.dumps(detail, sort_keys=True)
        before = self.owner(device_id)
        now = now_ms()
        values = {**key, "platform": platform, "address": address, "detail": packed}
        self._run(_PUT, {**values, "now": now})
        self._run(_OWN, key)
        if before is not None and before != user_id:
            self._run(_REMOVE, {"user_id": before, "id": device_id})
        found = self.of(user_id)
        for surplus in found[MOST:]:
            self.remove(user_id, surplus.id)
        made = Device(device_id, platform, address, detail, now, now)
        # Another user may have taken it already.
        return next((one for one in found if one.id == device_id), made)

    def of(self, user_id: str) -> list[Device]:
        """Return a user's devices, the last registered first."""
        return [_device(row) for row in self._run(_OF, {"user_id": user_id})]

    def owner(self, device_id: str) -> str | None:
        """Return the user of a device, or ``None``."""
        rows = self._run(_OWNER, {"id": device_id})
        return str(rows[0][0]) if rows else None

    def platforms(self, user_ids: Sequence[str]) -> dict[str, set[str]]:
        """Return platforms of users with devices (1 statement per hundred)."""
        found: dict[str, set[str]] = {}
        for start in range(0, len(user_ids), _TOGETHER):
            some = user_ids[start : start + _TOGETHER]
            names = {f"id{number}": one for number, one in enumerate(some)}
            places = ", ".join(f":{name}" for name in names)
            for user_id, platform in self._run(f"{_PLATFORMS} ({places})", names):
                found.setdefault(user_id, set()).add(platform)
        return found

    def remove(self, user_id: str, device_id: str) -> Device | None:
        """Remove a device from its user and return it; ``None`` if not theirs."""
        found = next((one for one in self.of(user_id) if one.id == device_id), None)
        if found is not None:
            key = {"user_id": user_id, "id": device_id}
            self._run(_DISOWN, key)
            self._run(_REMOVE, key)
        return found

    def drop(self, device_id: str, registered_at: int) -> str | None:
        """Remove a dead device, unless it registered after that moment (ms).

        Returns:
            its user, ``None`` if nothing was removed.
        """
        owner = self.owner(device_id)
        if owner is None:
            return None
        values = {"user_id": owner, "id": device_id, "registered_at": registered_at}
        return owner if self._run(_DROP, values) else None

    def forget(self, user_id: str, until: int = 2**63 - 1) -> None:
        """Erase a user's devices that were added up to a moment (Unix ms)."""
        for row in self._run(_EACH, {"user_id": user_id, "until": until}):
            key = {"user_id": user_id, "id": row[0]}
            self._run(_DISOWN, key)
            self._run(_REMOVE, key)


def withdraw(user_id: str, platform: str, source: str) -> None:
    """Record that a user's last device of a platform is gone; repeatable."""
    if all(one.platform != platform for one in store().of(user_id)):
        consents.store().add(user_id, platform, source, granted=False)


@process.lazy
def store() -> Devices:
    """Return the process's devices, in the database of its contacts."""
    return Devices(directory.database())


def _device(row: Row) -> Device:
    device_id, platform, address, packed, registered_at, created_at = row
    detail = json.loads(packed) if packed else None
    return Device(device_id, platform, address, detail, int(registered_at), int(created_at))
