"""Tables of tokens: grants, apps, revocations and login attempts.

Keys and access patterns: docs/data-model.md.
"""

from chalicelib.users.core.names import DOMAIN
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from shared.aws.models import BaseModel, MetaBase, VersionedModel, table_name
from shared.aws.table import Table

# Indexes.
BY_USER = "by_user"
BY_OWNER = "by_owner"


class Grant(BaseModel):
    """Session, authorization code or OAuth 1.0a token (made by `grants`).

    ``previous_digest`` and ``last_answer`` are of the refresh token before the present one
    (`lost_answers`). A code that has been exchanged keeps ``session_id``, the session that
    it opened.

    ``holder_id`` equals ``user_id`` except for codes: the key of the sparse index
    of a user's grants.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "grants")

    key = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(null=True)
    holder_id = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute()
    scope = UnicodeAttribute()
    device = UnicodeAttribute(null=True)
    refreshed_at = NumberAttribute(null=True)
    refresh_digest = UnicodeAttribute(null=True)
    previous_digest = UnicodeAttribute(null=True)
    last_answer = BinaryAttribute(legacy_encoding=False, null=True)
    redirect_uri = UnicodeAttribute(null=True)
    session_id = UnicodeAttribute(null=True)
    code_challenge = UnicodeAttribute(null=True)
    code_challenge_method = UnicodeAttribute(null=True)
    secret = BinaryAttribute(legacy_encoding=False, null=True)
    created_at = NumberAttribute()
    expires_at = NumberAttribute()


GRANTS = Table.of(Grant)


class Client(VersionedModel):
    """Developer app, or its alias by consumer key (made by `clients`).

    Their keys are ``client#<client id>`` and ``consumer#<consumer key>``.

    Only apps have an ``owner_id``: the key of the sparse index of a user's apps.
    Made by `clients`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "clients")

    key = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    owner_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    type = UnicodeAttribute(null=True)
    redirect_uris = UnicodeSetAttribute(null=True)
    secret_digest = UnicodeAttribute(null=True)
    consumer_key = UnicodeAttribute(null=True)
    consumer_secret_digest = UnicodeAttribute(null=True)
    consumer_secret = BinaryAttribute(legacy_encoding=False, null=True)
    created_at = NumberAttribute(null=True)


CLIENTS = Table.of(Client)


class Revocation(BaseModel):
    """Revocation of tokens before they expire (made by `revocation_items`).

    Every domain reads them: `shared.auth.revocations`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "revocations")

    list = UnicodeAttribute(hash_key=True, default="revoked")
    at = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute(null=True)


REVOCATIONS = Table.of(Revocation)


class Attempt(BaseModel):
    """Token bucket of login attempts (made by `throttle`)."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "attempts")

    key = UnicodeAttribute(hash_key=True)
    full_at = NumberAttribute(null=True)
    known = BooleanAttribute(null=True)
    expires_at = NumberAttribute()


ATTEMPTS = Table.of(Attempt)
