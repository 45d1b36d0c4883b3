"""Settings of one process, read once from the environment.

Every name of a resource is derived from the stage, so nothing here (or
anywhere else in the code) holds an account id, a region or a secret.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from shared.base.process import process

# Regions of an installation: ids have two bits for them.
REGIONS = 4


@dataclass(frozen=True)
class Settings:
    """Typed view of the environment.

    Attributes:
        stage: deployment stage, part of every resource name (``dev``, ``prod``).
        domains: every domain of the installation, in the order of names.
        region / account_id: where the resources live; together they spell ARNs.
        partition: ``aws``, ``aws-cn`` (China) or ``aws-us-gov``; ARNs begin with it.
        region_number: the region in ids, 0 to 3 (see `shared.base.ids`).
        endpoint_url: base URL of an AWS emulator, ``None`` on AWS.
        public_url: address that users open in a browser; issuer of our tokens.
        local: True on the local stack only (dev outbox, private crawls, http cookies).
        require_verified_email: an unverified account gets read scopes only.
        require_age_confirmation: registration asks for a confirmation of age.
        private_fetch: True lets the fetcher reach loopback (local stack only).
        fetch_denied_ports: ports the fetcher never contacts (the emulator's own).
        contacts_url: relational store of addresses (``sqlite:///…`` or ``postgresql://…``).
        mail_from: sender address of emails.
        edge_secret_digests: SHA-256 (hex) of the CDN's secret (see `shared.http.source_ip`).
        celebrity_followers: authors with this many followers are never pushed.
        cache_url: Valkey or Redis shared by processes (``redis://``, ``rediss://``); may be empty.
    """

    stage: str
    domains: tuple[str, ...]
    region: str
    account_id: str
    partition: str
    region_number: int
    endpoint_url: str | None
    public_url: str
    local: bool
    require_verified_email: bool
    require_age_confirmation: bool
    private_fetch: bool
    fetch_denied_ports: frozenset[int]
    contacts_url: str
    mail_from: str
    edge_secret_digests: tuple[str, ...]
    celebrity_followers: int
    cache_url: str

    def name(self, domain: str, thing: str) -> str:
        """Return the name of a resource: ``rookery-<stage>-<domain>-<thing>``."""
        return f"rookery-{self.stage}-{domain}-{thing}"

    def bucket(self, domain: str, thing: str) -> str:
        """Return the name of a bucket, which no other account or region has."""
        return f"{self.name(domain, thing)}-{self.account_id}-{self.region}"

    def topic_arn(self, domain: str) -> str:
        """Return the ARN of the SNS topic of the domain's events."""
        place = f"arn:{self.partition}:sns:{self.region}:{self.account_id}"
        return f"{place}:{self.name(domain, 'events')}"

    @property
    def region_code(self) -> str:
        """Region as items name their writer: ``ew1`` for eu-west-1."""
        return "".join(part[0] for part in self.region.split("-"))

    @property
    def queues_url(self) -> str:
        """URL that the URLs of all queues begin with."""
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        base = self.endpoint_url or f"https://sqs.{self.region}.{suffix}"
        return f"{base}/{self.account_id}"

    def queue_url(self, domain: str, thing: str) -> str:
        """Return the URL of an SQS queue without a GetQueueUrl call."""
        return f"{self.queues_url}/{self.name(domain, thing)}"


def _flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def _domains(names: str) -> tuple[str, ...]:
    """Return the domains of the environment, or else of the repository."""
    if names:
        return tuple(sorted(names.split(",")))
    apps = Path(__file__).resolve().parents[2] / "apps"
    return tuple(sorted(path.parent.name for path in apps.glob("*/app.py")))


def _load_local_stack_environment() -> None:
    """Point ``chalice local`` at a running local stack.

    ``make stack`` leaves its settings in ``<state>/env``. Only ``chalice local``
    takes them (never by ``chalice deploy``, which must reach AWS)
    and never override what the caller set.
    """
    if Path(sys.argv[0]).name != "chalice" or "local" not in sys.argv[1:]:
        return
    root = Path(__file__).resolve().parents[2]
    env_file = Path(os.environ.get("ROOKERY_STATE", root / ".local")) / "env"
    if not env_file.is_file():
        return
    for line in env_file.read_text().splitlines():
        key, separator, value = line.partition("=")
        if separator:
            os.environ.setdefault(key.strip(), value.strip())


@process.lasting
def settings() -> Settings:
    """Return the settings, read from the environment at the first call."""
    _load_local_stack_environment()
    env = os.environ
    return Settings(
        stage=env.get("STAGE", "dev"),
        domains=_domains(env.get("DOMAINS", "")),
        region=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
        account_id=env.get("ACCOUNT_ID", ""),
        partition=env.get("PARTITION") or "aws",
        region_number=int(env.get("REGION_NUMBER") or 0),
        endpoint_url=env.get("AWS_ENDPOINT_URL") or None,
        public_url=env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        local=_flag("ROOKERY_LOCAL"),
        require_verified_email=_flag("REQUIRE_VERIFIED_EMAIL"),
        require_age_confirmation=_flag("REQUIRE_AGE_CONFIRMATION"),
        private_fetch=_flag("PRIVATE_FETCH"),
        fetch_denied_ports=frozenset(
            int(port) for port in env.get("FETCH_DENIED_PORTS", "").split(",") if port.strip()
        ),
        contacts_url=env.get("CONTACTS_URL", ""),
        mail_from=env.get("MAIL_FROM", "Rookery <no-reply@rookery.example>"),
        edge_secret_digests=tuple(
            digest.strip().lower()
            for digest in env.get("EDGE_SECRET_DIGESTS", "").split(",")
            if digest.strip() not in {"", "none"}
        ),
        celebrity_followers=int(env.get("CELEBRITY_FOLLOWERS", "10000")),
        cache_url=env.get("CACHE_URL", ""),
    )
