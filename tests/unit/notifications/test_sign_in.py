"""Sign-in by IAM to the store of contacts."""

from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from chalicelib.notifications.contacts import postgres, sign_in
from chalicelib.notifications.contacts.port import ConfigurationError

from scripts.wiring.rights import statements
from shared.base.process import process

DSQL = "abc123.dsql.eu-west-1.on.aws"
RDS = "contacts.xyz.eu-central-1.rds.amazonaws.com"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    process.restart()
    yield
    monkeypatch.undo()
    process.restart()


class Server:
    """Counts connections; answers every statement."""

    opened: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, **settings: Any) -> None:
        self.opened.append(settings)

    def run(self, statement: str, **parameters: Any) -> list[list[Any]]:
        return [[1]]

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"postgresql://rookery@{DSQL}/postgres", "dsql"),
        (f"postgresql://rookery@{RDS}/contacts", "rds"),
        (f"postgresql://rookery:word@{RDS}/contacts", "password"),
        ("postgresql://rookery@db.internal/contacts?auth=rds", "rds"),
        ("postgresql://rookery@db.internal/contacts", "password"),
        (f"postgresql://rookery@{RDS}/contacts?auth=password", "password"),
    ],
)
def test_the_host_or_the_url_says_how_to_sign_in(url: str, kind: str) -> None:
    assert postgres.sign_in_kind(url) == kind


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://rookery@{DSQL}/postgres?auth=kerberos",
        f"postgresql://rookery:word@{DSQL}/postgres?auth=dsql",
        f"postgresql://rookery@{DSQL}/postgres?sslmode=disable",
    ],
)
def test_a_contradiction_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="CONTACTS_URL: auth"):
        postgres.sign_in_kind(url)


@pytest.mark.parametrize(
    ("kind", "host", "user", "action", "region"),
    [
        ("dsql", DSQL, "rookery", "DbConnect", "eu-west-1"),
        ("dsql", DSQL, "admin", "DbConnectAdmin", "eu-west-1"),
        ("rds", RDS, "rookery", "connect", "eu-central-1"),
        ("rds", "db.internal", "rookery", "connect", "us-east-1"),
    ],
)
def test_a_token_is_signed_for_host_user_and_region(
    kind: str, host: str, user: str, action: str, region: str
) -> None:
    made = urlsplit("https://" + sign_in.token(kind, host, 5432, user))
    query = parse_qs(made.query)
    assert made.hostname == host
    assert query["Action"] == [action]
    assert f"/{region}/" in query["X-Amz-Credential"][0]
    assert query["X-Amz-Expires"] == ["900"]
    if kind == "rds":
        assert query["DBUser"] == [user]


def test_every_connection_takes_a_new_token_and_ends_before_the_server_ends_it() -> None:
    Server.opened = []
    engine = postgres.PostgresEngine(f"postgresql://rookery@{DSQL}", Server)
    for _ in range(3):
        assert engine.run("SELECT 1", {}) == [[1]]
    assert len(Server.opened) == 1
    with process.clock.ahead(49 * 60):
        engine.run("SELECT 1", {})
    assert len(Server.opened) == 1
    with process.clock.ahead(51 * 60):
        engine.run("SELECT 1", {})
    assert len(Server.opened) == 2
    for settings in Server.opened:
        assert "X-Amz-Signature" in settings["password"]
        assert settings["database"] == "postgres" and settings["ssl_context"].check_hostname


def test_a_connection_with_a_password_stays() -> None:
    Server.opened = []
    engine = postgres.PostgresEngine("postgresql://me:word@db.internal/x", Server)
    engine.run("SELECT 1", {})
    with process.clock.ahead(24 * 3600):
        engine.run("SELECT 1", {})
    assert [one["password"] for one in Server.opened] == ["word"]


def test_functions_may_sign_in_to_the_databases_of_their_stage_only() -> None:
    rights = {"sign_in_dsql": ["*"], "sign_in_rds": ["contacts"]}
    rds, dsql = statements(rights, "notifications", "prod")
    assert rds["Resource"] == ["arn:aws:rds-db:*:*:dbuser:*/rookery-prod-notifications-contacts"]
    assert dsql["Condition"] == {"StringEquals": {"aws:ResourceTag/rookery:stage": "prod"}}
