"""The port of the relational store of contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class ConfigurationError(Exception):
    """The settings name no usable store of contacts."""


@dataclass(frozen=True)
class Contact:
    """Address and names of a recipient, ``None`` until an event brings them.

    Attributes:
        user_id: a user, or an outside contact ``contact:<owner>:<key>``.
        phone / locale / time_zone: E.164, BCP 47, IANA; of outside contacts.
        attributes: what an outside caller knows of them, for segments.
    """

    user_id: str
    email: str | None = None
    email_verified: bool = False
    username: str | None = None
    name: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    attributes: Mapping[str, str] | None = None


class Contacts(Protocol):
    """A store of contacts.

    Events may arrive out of order, so each write carries its event's version and changes
    nothing if a newer one came first.
    """

    def find(self, user_id: str) -> Contact | None:
        """Return a contact, or ``None``."""
        ...

    def set_email(self, user_id: str, email: str, version: int) -> None:
        """Set the address, unverified unless a newer event has verified it."""
        ...

    def set_verified(self, user_id: str, version: int) -> None:
        """Mark the address of this or an earlier version as verified."""
        ...

    def set_name(self, user_id: str, username: str, name: str, version: int) -> None:
        """Set the names; version 0 is a first guess that any later name replaces."""
        ...

    def set_pending(self, user_id: str, email: str, version: int) -> None:
        """Set a new address that is not verified yet."""
        ...

    def find_pending(self, user_id: str) -> str | None:
        """Return the address that `set_pending` set last."""
        ...

    def set_former(self, user_id: str, email: str, version: int) -> None:
        """Set the address before the last change, which may be undone."""
        ...

    def find_former(self, user_id: str) -> str | None:
        """Return the address that `set_former` set last."""
        ...

    def forget(self, user_id: str, until: int | None = None) -> None:
        """Erase a user for good, or delete an outside contact.

        Late events add nothing to an erased user.

        Args:
            until: leave a contact that was made after that moment (Unix ms).
        """
        ...

    def erased_among(self, recipient_ids: Sequence[str]) -> set[str]:
        """Return recipients who were erased.

        Calls: 1 statement per hundred users, and per hundred contacts of an owner.


        Outside contacts that do not exist are; users of whom nothing is known are not.
        """
        ...

    def put_outside(self, contact: Contact) -> None:
        """Make or replace an outside contact."""
        ...

    def outside_among(self, recipient_ids: Sequence[str]) -> list[Contact]:
        """Return those of one owner's contacts that exist (100 per statement)."""
        ...

    def outside_page(self, owner: str, after: str, limit: int) -> list[Contact]:
        """Return contacts of one owner after a recipient id, in order.

        Args:
            after: empty at the beginning.
        """
        ...

    def users_page(self, after: str, limit: int) -> list[str]:
        """Return users after a user id, in order, without those who were erased.

        Args:
            after: empty at the beginning.
        """
        ...

    def holders(self, number: str) -> list[str]:
        """Return recipients who have or had a phone number, a hundred at most."""
        ...
