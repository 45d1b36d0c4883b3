"""AWS clients: created at first use, one per service and process.

Botocore sessions are not thread-safe while a client is being made, so the
making is locked; the clients themselves may be shared by threads.
"""

import random
import threading
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

from shared.aws.dynamo_parser import ParserFactory
from shared.base.config import settings
from shared.base.process import process

_ATTEMPTS = 5


@dataclass(frozen=True)
class ProviderLimits:
    """Patience with providers of messages.

    Attributes:
        seconds: for an answer. Their queues repeat what failed, with pauses that no worker sits
            out, so there is one attempt.
    """

    seconds: float = 10


class _Clients:
    """A session and the clients made of it, by service and kind."""

    def __init__(self) -> None:
        self.session: Session = get_session()
        self.session.register_component("response_parser_factory", ParserFactory())
        self._made: dict[tuple[str, bool, bool], Any] = {}
        self._lock = threading.Lock()

    def get(self, service: str, best_effort: bool, provider: bool) -> Any:
        """Return the client of a service, made at the first call."""
        key = (service, best_effort, provider)
        found = self._made.get(key)
        if found is not None:
            return found
        with self._lock:
            if key not in self._made:
                self._made[key] = self._client(*key)
            return self._made[key]

    def _client(self, service: str, best_effort: bool, provider: bool) -> Any:
        seconds: float = 20 + 5 if service == "sqs" else 10
        if provider:
            seconds = process.limits(ProviderLimits).seconds
        once = best_effort or provider
        config = Config(
            connect_timeout=1 if best_effort else 2,
            read_timeout=1 if best_effort else seconds,
            retries={"mode": "standard", "total_max_attempts": 1 if once else _ATTEMPTS},
            max_pool_connections=32,
            parameter_validation=False,
            # Otherwise botocore builds it for each call, twice.
            user_agent=self.session.user_agent(),
            # Presigned links to objects under a KMS key need version 4.
            signature_version="s3v4" if service == "s3" else None,
            s3=_s3_addresses() if service == "s3" else None,
        )
        made = self.session.create_client(service, region_name=settings().region, config=config)
        if service == "dynamodb" and not best_effort:
            made.meta.events.register("needs-retry.dynamodb", _wait_out_transaction)
        return made


clients = process.lasting(_Clients)


def session() -> Session:
    """Return the process's botocore session, for event hooks."""
    return clients().session


def client(service: str, *, best_effort: bool = False, provider: bool = False) -> Any:
    """Return the shared client of a service, such as ``dynamodb`` or ``sqs``.

    Standard retries with jitter (5 attempts), also of a plain write that meets
    another's transaction; 2 s to connect and 10 s to answer, except for SQS
    where a long poll lasts up to 20 s.

    Args:
        best_effort: one attempt with a timeout of 1 s, for optional work.
        provider: one attempt of 10 s, for a provider of messages whose queue repeats.
    """
    return clients().get(service, best_effort, provider)


def _wait_out_transaction(response: Any, attempts: int, **_: Any) -> float | None:
    """Seconds until the retry of a write that met a transaction on its item.

    The SDK does not retry these, though DynamoDB has written nothing.
    """
    answer = response[1] if response else {}
    if answer.get("Error", {}).get("Code") != "TransactionConflictException":
        return None
    return random.uniform(0, 0.05 * 2**attempts) if attempts < _ATTEMPTS else None  # noqa: S311


def _s3_addresses() -> dict[str, str] | None:
    """Addressing that names the bucket's region in presigned links.

    S3's global address redirects for a day after a bucket is made, which no signature
    survives. An emulator has no such names.
    """
    return None if settings().endpoint_url else {"addressing_style": "virtual"}
