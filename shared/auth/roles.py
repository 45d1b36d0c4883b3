"""Roles and what they permit: the one table that authorization asks."""

# What every account may do, as far as its token's scopes reach.
READ, WRITE = "read", "write"

_MODERATOR = {"reports.review", "accounts.limit", "accounts.suspend", "tweets.remove"}
_ADMIN = {
    *_MODERATOR,
    "roles.assign",
    "accounts.verify",
    "audit.read",
    "crawls.manage",
    "notifications.send",
}

# Permissions as data. A role beyond `user` adds to it and takes nothing away.
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "user": frozenset({READ, WRITE}),
    "moderator": frozenset({READ, WRITE, *_MODERATOR}),
    "admin": frozenset({READ, WRITE, *_ADMIN}),
    "advertiser": frozenset({READ, WRITE, "ads.manage"}),
}
# What an app may do that acts for nobody.
APP_PERMISSIONS: frozenset[str] = frozenset({READ})

PERMISSIONS: frozenset[str] = frozenset().union(*ROLE_PERMISSIONS.values())
# Those who have one of these are not suspended before it is taken from them.
PRIVILEGED: frozenset[str] = frozenset({"moderator", "admin"})
