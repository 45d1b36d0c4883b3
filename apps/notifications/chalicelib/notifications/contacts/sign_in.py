"""Sign-in by IAM to Aurora DSQL and RDS: tokens in place of passwords.

A token is signed on this machine (no call), and the server checks it when a connection
opens. So every connection takes a new one, and none is ever too old.
"""

import re

from chalicelib.notifications.contacts.port import ConfigurationError

from shared.aws import sdk
from shared.base.config import settings

PASSWORD = "password"
DSQL = "dsql"
RDS = "rds"
KINDS = (PASSWORD, DSQL, RDS)

# DSQL's user with all rights, whose token another action permits.
_ADMIN = "admin"
# Every host of both services names its region: `<id>.dsql.<region>.on.aws`,
# `<name>.<hash>.<region>.rds.amazonaws.com`.
_DSQL_HOST = re.compile(r"[^.]+\.dsql(?:-[^.]+)?\.([a-z0-9-]+)\.on\.aws")
_RDS_HOST = re.compile(r".+\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?")


def kind_of(host: str, given: str | None, password: str | None) -> str:
    """Return how a URL signs in: as its option ``auth`` says, else by host.

    Raises:
        ConfigurationError: the option is unknown, or a password is given beside IAM.
    """
    kind = given or PASSWORD
    if given is None and password is None:
        if _DSQL_HOST.fullmatch(host):
            kind = DSQL
        elif _RDS_HOST.fullmatch(host):
            kind = RDS
    if kind not in KINDS:
        raise ConfigurationError(f"CONTACTS_URL: auth must be one of {', '.join(KINDS)}.")
    if kind != PASSWORD and password is not None:
        raise ConfigurationError(f"CONTACTS_URL: auth={kind} takes no password.")
    return kind


def token(kind: str, host: str, port: int, user: str) -> str:
    """Return a token for a new connection, valid for 15 minutes (no call).

    Raises:
        botocore.exceptions.NoCredentialsError: the process has no credentials to sign with.
    """
    client, region = sdk.client(kind), _region(host)
    if kind == RDS:
        made: str = client.generate_db_auth_token(host, port, user, Region=region)
    elif user == _ADMIN:
        made = client.generate_db_connect_admin_auth_token(host, Region=region)
    else:
        made = client.generate_db_connect_auth_token(host, Region=region)
    return made


def _region(host: str) -> str:
    found = _DSQL_HOST.fullmatch(host) or _RDS_HOST.fullmatch(host)
    return found[1] if found else settings().region
