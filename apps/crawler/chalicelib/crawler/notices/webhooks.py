"""Webhooks: one signed POST when a run has ended, with retries.

The signature is the HMAC-SHA256 of ``<time>.<body>`` under the secret that the owner gave
with the webhook; the time (Unix seconds) lets a receiver refuse old requests.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import ENDED, Run
from chalicelib.crawler.core.names import DOMAIN, NOTICES_QUEUE
from chalicelib.crawler.runs import accounting, owners, runs, secrets

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.aws.events import RetryLater, send
from shared.base.clock import iso, now_seconds
from shared.base.config import settings
from shared.base.errors import invalid_request
from shared.base.observability import logger
from shared.net.answers import FetchError
from shared.net.fetch import check_url, fetch

SIGNATURE = "x-rookery-signature"
# Seconds until the next attempt; the fifth is the last.
RETRY_SECONDS = (30, 120, 600, 3600)
_SECONDS, _BYTES = 10.0, 64_000


def check(notify: Mapping[str, Any], allow_private: bool) -> None:
    """Check the webhook of a run that is to start.

    Raises:
        Problem: 400 for an address that may not be called.
    """
    try:
        private = allow_private and settings().private_fetch
        check_url(notify["webhook"], allow_private=private)
    except FetchError as error:
        message = f"options.notify.webhook: {error.detail}"
        raise invalid_request(message, webhook=notify["webhook"]) from error


def announce(run: Item) -> None:
    """Queue the notice of a run with a webhook that has just ended: one call."""
    if "notify" in json.loads(run.get("options") or "{}"):
        send(DOMAIN, NOTICES_QUEUE, [{"run": run["id"]}])


def deliver(record: Item) -> None:
    """Call the webhook of an ended run, unless its owner is not active.

    A receiver that was called twice sees the same ``id``; a run that was extended and has
    ended again has another one. Redirects are not followed: a signed request goes to the
    address that its owner gave.

    Raises:
        RetryLater: the receiver gave no success; the message comes again.
    """
    run = runs.find(json.loads(record["body"])["run"])
    notify = runs.options_of(run).get("notify") if run else None
    if run is None or run.status not in ENDED or not notify or owners.inactive([run.owner_id]):
        return
    secret = secrets.opened(run.owner_id, bytes(run.secrets or b""))["notify"]["secret"]
    outcome = _call(run, notify["webhook"], secret)
    if outcome is None:
        return
    attempt = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
    if attempt > len(RETRY_SECONDS):
        logger().warning("webhook given up", run_id=run.id, outcome=outcome)
        return
    _return_after(record, RETRY_SECONDS[attempt - 1])
    raise RetryLater(f"webhook: {outcome}")


def sign(secret: str, moment: int, body: bytes) -> str:
    """Return the signature header of a body at a moment (Unix seconds)."""
    digest = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _call(run: Run, url: str, secret: str) -> str | None:
    """Make the request; returns the reason of a failure."""
    body = json.dumps(_notice(run), separators=(",", ":")).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": limits.user_agent(),
        SIGNATURE: sign(secret, now_seconds(), body),
    }
    try:
        answer = fetch(
            url, method="POST", headers=headers, body=body, max_bytes=_BYTES,
            truncate=True, timeout_s=_SECONDS, max_redirects=0,
            allow_private=bool(run.allow_private) and settings().private_fetch,
        )  # fmt: skip
    except FetchError as error:
        return error.kind
    return None if 200 <= answer.status < 300 else f"http_{answer.status}"


def _notice(run: Run) -> Item:
    return {
        # The moment tells one end from another.
        "id": f"{run.id}:ended:{int(run.finished_at or 0)}",
        "type": "crawl.finished",
        "data": {
            "id": run.id,
            "url": run.url,
            "status": run.status,
            "reason": run.reason,
            "finished_at": iso(int(run.finished_at)) if run.finished_at else None,
            "stats": {name: int(getattr(run, name) or 0) for name in accounting.STATS},
        },
    }


def _return_after(record: Item, seconds: int) -> None:
    sdk.client("sqs").change_message_visibility(
        QueueUrl=settings().queue_url(DOMAIN, NOTICES_QUEUE),
        ReceiptHandle=record["receiptHandle"],
        VisibilityTimeout=seconds,
    )
