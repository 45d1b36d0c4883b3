"""The page budget of a run: tickets, taken from one counter.

A page that marked new URLs takes one ticket for each and withdraws those that
lie beyond the budget, before anything is queued. So no more than ``max_pages``
pages are ever fetched.

A try that died after marking cannot say whether it took its tickets, so the
next try takes them (again). These are counted apart; when they make the budget
look used up, the records themselves are counted and the counter is corrected.
"""

import threading

from botocore.exceptions import ClientError
from cachetools import TTLCache
from chalicelib.crawler.core.limits import KEEP_PAGES_SECONDS
from chalicelib.crawler.core.models import COUNTERS_TABLE
from chalicelib.crawler.frontier import shards

from shared.aws import dynamo, sdk
from shared.base.clock import now_seconds

_CORRECTIONS = 3
# Runs known to have used their budget up: it never comes back.
_lock = threading.Lock()
_full: TTLCache[str, bool] = TTLCache(1000, 3600)


def exhausted(run_id: str) -> bool:
    """Whether this process has seen the run's budget used up."""
    with _lock:
        return run_id in _full


def take(run_id: str, max_pages: int, count: int, again: int = 0) -> int:
    """Take tickets for pages that are marked.

    Args:
        again: how many of them an earlier try marked, and may have taken tickets for.

    Returns:
        how many of them lie beyond the budget; the root holds the first ticket.
    """
    if count == 0:
        return 0
    taken, doubtful = _add(run_id, count, again)
    for _ in range(_CORRECTIONS):
        if taken < max_pages or not doubtful:
            break
        taken, doubtful = _correct(run_id, taken)
    if taken >= max_pages and not doubtful:
        with _lock:
            _full[run_id] = True
    return min(count, max(0, taken - max_pages))


def _add(run_id: str, count: int, again: int) -> tuple[int, int]:
    """Tickets taken so far, the root's included, and how many of them are in doubt."""
    answer = sdk.client("dynamodb").update_item(
        TableName=COUNTERS_TABLE,
        Key=_key(run_id),
        UpdateExpression=(
            "ADD taken :count, doubtful :again SET expires_at = if_not_exists(expires_at, :expires)"
        ),
        ExpressionAttributeValues={
            ":count": {"N": str(count)},
            ":again": {"N": str(again)},
            ":expires": {"N": str(now_seconds() + KEEP_PAGES_SECONDS)},
        },
        ReturnValues="ALL_NEW",
    )
    item = dynamo.decode_item(answer["Attributes"])
    return item["taken"] + 1, item["doubtful"]


def _correct(run_id: str, taken: int) -> tuple[int, int]:
    """Set the counter to the number of records, unless it moved meanwhile.

    Safe: whoever holds a ticket has written its record before, so the records
    counted are at least as many as the tickets that are rightly held.
    """
    records = shards.count(run_id)
    try:
        sdk.client("dynamodb").update_item(
            TableName=COUNTERS_TABLE,
            Key=_key(run_id),
            UpdateExpression="SET taken = :records, doubtful = :none",
            ConditionExpression="taken = :seen",
            ExpressionAttributeValues={
                ":records": {"N": str(records - 1)},
                ":none": {"N": "0"},
                ":seen": {"N": str(taken - 1)},
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return _add(run_id, 0, 0)
    return records, 0


def _key(run_id: str) -> dict[str, dict[str, str]]:
    return {"key": {"S": f"budget#{run_id}"}}
