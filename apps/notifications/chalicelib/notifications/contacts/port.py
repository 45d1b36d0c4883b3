"""Where people can be reached: what the stores of contacts have in common."""

from dataclasses import dataclass
from typing import Protocol


class ConfigurationError(Exception):
    """The settings name no usable store."""


@dataclass(frozen=True)
class Contact:
    """How to reach one person; members are ``None`` while no event has told them."""

    user_id: str
    email: str | None = None
    email_verified: bool = False
    username: str | None = None
    name: str | None = None


class Contacts(Protocol):
    """A store of contacts.

    Events are reordered on their way, so each write carries the version of the
    event it comes from and changes nothing when a newer one was there first.
    """

    def find(self, user_id: str) -> Contact | None:
        """The contact, ``None`` when nothing is known."""
        ...

    def set_email(self, user_id: str, email: str, version: int) -> None:
        """A new address, unverified unless a newer event has verified it."""
        ...

    def set_verified(self, user_id: str, version: int) -> None:
        """The address of that version or older is the person's own."""
        ...

    def set_name(self, user_id: str, username: str, name: str, version: int) -> None:
        """What the person is called; version 0 is a first guess that any name beats."""
        ...

    def set_pending(self, user_id: str, email: str, version: int) -> None:
        """An address that the person wants to use and has not proved yet."""
        ...

    def find_pending(self, user_id: str) -> str | None:
        """The address set last by `set_pending`."""
        ...

    def set_former(self, user_id: str, email: str, version: int) -> None:
        """The address before the last change, while the change may be undone."""
        ...

    def find_former(self, user_id: str) -> str | None:
        """The address set last by `set_former`."""
        ...

    def forget(self, user_id: str) -> None:
        """Erase everything about a person, for good: events that come late add nothing."""
        ...
