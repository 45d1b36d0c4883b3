"""The caller of a request, as notifications remember it."""

from dataclasses import dataclass

from chalicelib.notifications.core.content import OUTSIDE

from shared.auth.authentication import Principal
from shared.auth.scopes import KEY_USERS
from shared.base.errors import unauthorized

# Permission to notify other users.
SEND_PERMISSION = "notifications.send"
# Permission and scope of operators, who see every notification's deliveries.
_MANAGE_PERMISSION = "notifications.manage"
_MANAGE_SCOPE = "moderation.read"
# Beginning of the senders that are API keys.
KEY = "key:"


@dataclass(frozen=True)
class Caller:
    """A user or an API key.

    Attributes:
        id: user id, or ``key:<id>``.
        subject: by which limits and idempotency keys are counted.
        to_others: may notify others than themselves, one by one.
        to_users: users of the platform are among these others.
        to_everybody: may notify all users of the platform at once.
        operates: may see notifications of others.
    """

    id: str
    subject: str
    to_others: bool
    to_everybody: bool = False
    to_users: bool = False
    operates: bool = False

    @classmethod
    def of(cls, principal: Principal | None) -> "Caller":
        """Return the caller behind a principal.

        Raises:
            Problem: 401 without one.
        """
        if principal is None:
            raise unauthorized()
        everybody = principal.may(SEND_PERMISSION)
        operates = principal.may(_MANAGE_PERMISSION)
        if principal.api_key:
            users = everybody or KEY_USERS in principal.scopes
            return cls(principal.client_id, principal.subject, True, everybody, users, operates)
        if principal.user_id is None:
            raise unauthorized()
        # An operator's app sees no more than its scopes name.
        operates = operates and _MANAGE_SCOPE in principal.scopes
        return cls(principal.user_id, principal.subject, everybody, everybody, everybody, operates)

    @property
    def is_key(self) -> bool:
        """True for an API key."""
        return self.id.startswith(KEY)

    @property
    def owner(self) -> str:
        """Owner of the caller's outside contacts and topics."""
        return self.id.removeprefix(KEY)

    @property
    def contact_prefix(self) -> str:
        """Beginning of the recipient ids of the caller's outside contacts."""
        return self.contacts_of(self.owner)

    @staticmethod
    def contacts_of(owner: str) -> str:
        """Return the beginning of the recipient ids of an owner's contacts."""
        return f"{OUTSIDE}{owner}:"


def shown_id(recipient_id: str) -> str:
    """Return a recipient as its sender named it: a user id or a contact's key."""
    if recipient_id.startswith(OUTSIDE):
        return recipient_id.split(":", 2)[2]
    return recipient_id
