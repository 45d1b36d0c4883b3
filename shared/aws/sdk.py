"""AWS clients: created at first use, one per service and process.

Botocore sessions are not thread-safe while a client is being made, so the
making is locked; the clients themselves may be shared by threads.
"""

import random
import threading
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

from shared.aws.dynamo_parser import ParserFactory
from shared.base.config import settings

_ATTEMPTS = 5
_lock = threading.Lock()
_clients: dict[str, Any] = {}
_session: Session | None = None


def session() -> Session:
    """The process's botocore session; event hooks (faults, metering) attach here."""
    global _session
    if _session is None:
        _session = get_session()
        _session.register_component("response_parser_factory", ParserFactory())
    return _session


def client(service: str, *, hasty: bool = False) -> Any:
    """The shared client of a service, such as ``dynamodb`` or ``sqs``.

    Standard retries with jitter (5 attempts), also of a plain write that meets
    another's transaction; 2 s to connect and 10 s to answer, except for SQS
    where a long poll lasts up to 20 s.

    Args:
        hasty: one attempt of a second, for what can be done without.
    """
    name = f"{service}, hasty" if hasty else service
    found = _clients.get(name)
    if found is not None:
        return found
    with _lock:
        if name not in _clients:
            patient = 25 if service == "sqs" else 10
            config = Config(
                connect_timeout=1 if hasty else 2,
                read_timeout=1 if hasty else patient,
                retries={"mode": "standard", "total_max_attempts": 1 if hasty else _ATTEMPTS},
                max_pool_connections=32,
                parameter_validation=False,
                # Otherwise botocore puts it together anew for each call, twice.
                user_agent=session().user_agent(),
                # Links to objects under a KMS key need it; botocore would sign them the old way.
                signature_version="s3v4" if service == "s3" else None,
                s3=_s3_addresses() if service == "s3" else None,
            )
            made = session().create_client(service, region_name=settings().region, config=config)
            if service == "dynamodb" and not hasty:
                made.meta.events.register("needs-retry.dynamodb", _wait_out_transaction)
            _clients[name] = made
        return _clients[name]


def _wait_out_transaction(response: Any, attempts: int, **_: Any) -> float | None:
    """Seconds until a write that met a transaction on its item is tried again.

    The SDK does not retry these, though DynamoDB has written nothing.
    """
    answer = response[1] if response else {}
    if answer.get("Error", {}).get("Code") != "TransactionConflictException":
        return None
    return random.uniform(0, 0.05 * 2**attempts) if attempts < _ATTEMPTS else None  # noqa: S311


def _s3_addresses() -> dict[str, str] | None:
    """Signed links name the bucket's region: the world's address redirects for a day after a
    bucket is made, which no signature survives. An endpoint of our own has no such names.
    """
    return None if settings().endpoint_url else {"addressing_style": "virtual"}


def reset() -> None:
    """Forget every client (tests that change the endpoint call this)."""
    global _session
    with _lock:
        _clients.clear()
        _session = None
