"""OAuth 2.0 scopes and what a route asks of its caller."""

from dataclasses import dataclass

# X's scopes (docs: "OAuth 2.0 Authorization Code Flow with PKCE", Scopes), in words for consent.
X_SCOPES: dict[str, str] = {
    "tweet.read": "See posts you can see, including those of protected accounts",
    "tweet.write": "Post and repost for you",
    "tweet.moderate.write": "Hide and unhide replies to your posts",
    "users.read": "See accounts you can see, including protected ones",
    "users.email": "See your e-mail address",
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

# Rookery's own, which X has no words for.
PLATFORM_SCOPES: dict[str, str] = {
    "notifications.read": "See your notifications",
    "notifications.write": "Send notifications and mark yours as read",
    "crawls.read": "See your crawls and the pages they found",
    "crawls.write": "Start and stop crawls for you",
}

# Never granted to another party's application: only to a user's own session.
FIRST_PARTY_SCOPES: dict[str, str] = {
    "account.read": "See your account settings",
    "account.write": "Change your profile and account settings",
    "apps.write": "Manage your developer apps",
}

GRANTABLE_SCOPES = X_SCOPES | PLATFORM_SCOPES
ALL_SCOPES = GRANTABLE_SCOPES | FIRST_PARTY_SCOPES
READ_SCOPES = frozenset(s for s in ALL_SCOPES if s.endswith(".read")) | {"account.write"}


@dataclass(frozen=True)
class Access:
    """What a route demands: the kinds of caller it serves and the scopes a user token needs.

    Attributes:
        user: a token that acts for a user is welcome.
        app: an app-only token is welcome.
        scopes: all of these, for user tokens.
        permission: a role must grant this (moderation and administration).
    """

    user: bool
    app: bool
    scopes: tuple[str, ...]
    permission: str | None = None

    @property
    def public(self) -> bool:
        """No credentials are asked for."""
        return not self.user and not self.app


PUBLIC = Access(user=False, app=False, scopes=())


def user_access(*scopes: str, permission: str | None = None) -> Access:
    """A user token with all the scopes."""
    return Access(user=True, app=False, scopes=_known(scopes), permission=permission)


def any_access(*scopes: str) -> Access:
    """A user token with all the scopes, or an app-only token."""
    return Access(user=True, app=True, scopes=_known(scopes))


def _known(scopes: tuple[str, ...]) -> tuple[str, ...]:
    if not scopes:
        raise ValueError("a route declares at least one scope (or PUBLIC)")
    unknown = set(scopes) - set(ALL_SCOPES)
    if unknown:
        raise ValueError(f"unknown scopes: {sorted(unknown)}")
    return scopes


# Permissions as data: what each role may do beyond an ordinary user.
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "user": frozenset(),
    "moderator": frozenset({"reports.review", "accounts.suspend"}),
    "admin": frozenset(
        {
            "reports.review",
            "accounts.suspend",
            "roles.assign",
            "crawls.manage",
            "notifications.send",
        }
    ),
    "advertiser": frozenset({"ads.manage"}),
}
