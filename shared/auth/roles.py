"""Roles and their permissions: the one table of authorization."""

# Permissions of every account, within its token's scopes.
READ, WRITE = "read", "write"

_MODERATOR = {"reports.review", "accounts.limit", "accounts.suspend", "tweets.remove"}
_ADMIN = {
    *_MODERATOR,
    "roles.assign",
    "accounts.verify",
    "audit.read",
    "crawls.manage",
    "notifications.send",
    "notifications.manage",
}

# Permissions as data. A role beyond `user` adds to it and takes nothing away.
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "user": frozenset({READ, WRITE}),
    "moderator": frozenset({READ, WRITE, *_MODERATOR}),
    "admin": frozenset({READ, WRITE, *_ADMIN}),
    "advertiser": frozenset({READ, WRITE, "ads.manage"}),
}
# Permissions of an app that acts for no user.
APP_PERMISSIONS: frozenset[str] = frozenset({READ})

PERMISSIONS: frozenset[str] = frozenset().union(*ROLE_PERMISSIONS.values())
# An account must lose these roles before it can be suspended.
PRIVILEGED: frozenset[str] = frozenset({"moderator", "admin"})
