"""OAuth 2.0 scopes, and the access that a route demands."""

from dataclasses import dataclass, field

from shared.auth.roles import PERMISSIONS, READ, WRITE

# X's scopes (docs: "OAuth 2.0 Authorization Code Flow with PKCE", Scopes), in words for consent.
X_SCOPES: dict[str, str] = {
    "tweet.read": "See posts you can see, including those of protected accounts",
    "tweet.write": "Post and repost for you",
    "tweet.moderate.write": "Hide and unhide replies to your posts",
    "users.read": "See accounts you can see, including protected ones",
    "users.email": "See your email address",
    "follows.read": "See who you follow and who follows you",
    "follows.write": "Follow and unfollow accounts for you",
    "offline.access": "Stay connected until you revoke access",
    "space.read": "See Spaces you can see",
    "mute.read": "See accounts you have muted",
    "mute.write": "Mute and unmute accounts for you",
    "like.read": "See posts you have liked",
    "like.write": "Like and unlike posts for you",
    "list.read": "See lists you have made or follow, including private ones",
    "list.write": "Make and manage lists for you",
    "block.read": "See accounts you have blocked",
    "block.write": "Block and unblock accounts for you",
    "bookmark.read": "See posts you have bookmarked",
    "bookmark.write": "Bookmark posts and remove bookmarks for you",
    "dm.read": "See your direct messages",
    "dm.write": "Send and manage direct messages for you",
    "media.write": "Upload media for you",
    "timeline.read": "See your home timeline and reposts of your posts",
}

# Rookery's own scopes, which X does not have.
PLATFORM_SCOPES: dict[str, str] = {
    "notifications.read": "See your notifications",
    "notifications.write": "Send notifications and mark yours as read",
    "crawls.read": "See your crawls and the pages they found",
    "profile.write": "Change your profile picture and banner",
    "crawls.write": "Start and stop crawls for you",
    "reports.write": "Report posts and accounts for you",
}

# Only for a user's own session, never for a third party's application.
FIRST_PARTY_SCOPES: dict[str, str] = {
    "account.read": "See your account settings",
    "account.write": "Change your profile and account settings",
    "apps.write": "Manage your developer apps",
    "moderation.read": "See reports and the audit log, where your roles permit it",
    "moderation.write": "Moderate and administer, where your roles permit it",
}

# Scopes of the API keys that outside callers of a domain hold; ``admin`` includes the others.
# With ``notifications.users`` a key reaches people who did not give it their address.
KEY_ADMIN, KEY_USERS = "admin", "notifications.users"
KEY_SCOPES: dict[str, str] = {
    "notifications.read": "See notifications, contacts and topics of the key",
    "notifications.write": "Send and cancel notifications, manage contacts and topics",
    KEY_USERS: "Send also to users of the platform, within their preferences",
    "templates.read": "See templates",
    "templates.write": "Write and publish templates",
    KEY_ADMIN: "All of these, and API keys, channels and dead letters",
}

GRANTABLE_SCOPES = X_SCOPES | PLATFORM_SCOPES
ALL_SCOPES = GRANTABLE_SCOPES | FIRST_PARTY_SCOPES
READ_SCOPES = frozenset(s for s in ALL_SCOPES if s.endswith(".read")) | {"account.write"}

# X's words for kinds of authentication.
OAUTH1 = "OAuth 1.0a User Context"
OAUTH2_USER = "OAuth 2.0 User Context"
OAUTH2_APP = "OAuth 2.0 Application-Only"
API_KEY = "API Key"


@dataclass(frozen=True)
class Access:
    """Access of a route: kinds of caller, scopes and permission.

    Attributes:
        user: tokens that act for a user are accepted.
        app: app-only tokens are accepted.
        scopes: required of user tokens, all of them.
        permission: one of the caller's roles must grant this (see `shared.auth.roles`); empty
            only for public routes.
        keys: API keys with one of these scopes are accepted too.

    Raises:
        ValueError: an unknown permission, or none on a route that is not public.
    """

    user: bool
    app: bool
    scopes: tuple[str, ...]
    permission: str
    keys: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.public and self.permission not in PERMISSIONS:
            raise ValueError(f"no such permission: {self.permission!r}")
        if unknown := set(self.keys) - KEY_SCOPES.keys():
            raise ValueError(f"unknown scopes of API keys: {sorted(unknown)}")

    @property
    def kinds(self) -> list[str]:
        """Kinds of authentication that work, in X's words."""
        signed = self.user and not set(self.scopes) & FIRST_PARTY_SCOPES.keys()
        return [
            *([OAUTH1] if signed else []),
            *([OAUTH2_USER] if self.user else []),
            *([OAUTH2_APP] if self.app else []),
            *([API_KEY] if self.keys else []),
        ]

    @property
    def public(self) -> bool:
        """True if the route needs no credentials."""
        return not self.user and not self.app


PUBLIC = Access(user=False, app=False, scopes=(), permission="")


def user_access(*scopes: str, permission: str | None = None, keys: tuple[str, ...] = ()) -> Access:
    """Require a user token with all the scopes, or an API key with one.

    Args:
        permission: a role must grant it; if left out, ``write`` if a scope writes, else
            ``read``, which every account has.
        keys: scopes of API keys, each of which is enough.
    """
    return Access(True, False, _known(scopes), permission or _ordinary(scopes), keys)


def any_access(*scopes: str) -> Access:
    """Require a user token with all the scopes, or an app-only token."""
    return Access(True, True, _known(scopes), _ordinary(scopes))


def _ordinary(scopes: tuple[str, ...]) -> str:
    return WRITE if any(scope.endswith(".write") for scope in scopes) else READ


def _known(scopes: tuple[str, ...]) -> tuple[str, ...]:
    if not scopes:
        raise ValueError("a route declares at least one scope (or PUBLIC)")
    unknown = set(scopes) - set(ALL_SCOPES)
    if unknown:
        raise ValueError(f"unknown scopes: {sorted(unknown)}")
    return scopes
