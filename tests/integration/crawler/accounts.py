"""Accounts that are suspended for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.contracts import profiles


@contextmanager
def suspended(user_id: str) -> Iterator[None]:
    """Suspend an account until the block ends."""
    _set(user_id, "suspended")
    try:
        yield
    finally:
        _set(user_id, "active")


def _set(user_id: str, status: str) -> None:
    profiles.USERS.update({"id": user_id}, "SET #status = :status", {"status": status})
    profiles.forget(user_id)
