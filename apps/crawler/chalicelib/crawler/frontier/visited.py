"""The visited records: one item per URL and run, the truth about every page.

Raw items instead of models: every link of every page passes through here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from chalicelib.crawler.core.limits import CLAIM_MS, KEEP_PAGES_SECONDS
from chalicelib.crawler.core.models import VISITED_TABLE

from shared.aws import dynamo, sdk
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.text import canonical_urls

QUEUED, FETCHED, FAILED, SKIPPED = "queued", "fetched", "failed", "skipped"


@dataclass(frozen=True)
class Page:
    """A page that this worker holds.

    Attributes:
        digest: key of the URL within the run.
        parent: digest of the page that found it, empty for the root.
        hops: redirects that led here since the last real page.
        attempts: how often it was claimed, this time included.
    """

    run_id: str
    digest: str
    url: str
    depth: int
    parent: str
    hops: int
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """How a page ended.

    Attributes:
        state: ``fetched`` (an answer below 400), ``failed`` or ``skipped`` (not asked for).
        new_links / checksum: number and fingerprint of the pages that this page added.
        dropped: links that found the budget used up.
    """

    state: str
    status_code: int | None = None
    title: str | None = None
    content_type: str | None = None
    bytes: int = 0
    error: str | None = None
    new_links: int = 0
    checksum: int = 0
    dropped: int = 0


def key(run_id: str, digest: str) -> dict[str, str]:
    """The record's primary key: a digest's first digit spreads a run over 16 hash keys."""
    return {"shard": f"{run_id}#{digest[0]}", "url_digest": digest}


def fingerprint(digest: str) -> int:
    """48 bits of a digest, for sums (the low end: the high end picks the shard)."""
    return int(digest[-12:], 16)


def new_record(run_id: str, url: str, depth: int, parent: str, hops: int = 0) -> Item:
    """A page that was just found."""
    now = now_ms()
    return {
        **key(run_id, canonical_urls.digest(url)),
        "url": url,
        "depth": depth,
        "parent": parent,
        "hops": hops or None,
        "state": QUEUED,
        "version": 1,
        "updated_at": now,
        "expires_at": now // 1000 + KEEP_PAGES_SECONDS,
    }


def mark(record: Item) -> Item | None:
    """Write a record unless the URL is known.

    Returns:
        ``None`` when written, else the record that was there first.
    """
    action = dynamo.put(VISITED_TABLE, record, unless_exists="url_digest")["Put"]
    return _unless_refused("put_item", action)


def known(run_id: str, digests: Iterable[str]) -> dict[str, Item]:
    """The records that exist, by digest (eventually consistent: `mark` has the last word)."""
    keys = [key(run_id, digest) for digest in digests]
    if not keys:
        return {}
    found = dynamo.batch_get({VISITED_TABLE: keys})[VISITED_TABLE]
    return {item["url_digest"]: item for item in found}


def claim(run_id: str, url: str, holder: str, heir_of: str | None = None) -> Page | None:
    """Take a queued page, so that a duplicate of its message fetches nothing.

    Args:
        holder: id of the message; its own later deliveries may claim again.
        heir_of: id of the message that this one was sent in place of.

    Returns:
        ``None`` when the page is done, gone, or in the hands of another
        message that is still alive.
    """
    now = now_ms()
    digest = canonical_urls.digest(url)
    try:
        answer = sdk.client("dynamodb").update_item(
            TableName=VISITED_TABLE,
            Key=dynamo.encode_item(key(run_id, digest)),
            UpdateExpression=(
                "SET holder = :holder, updated_at = :now ADD attempts :one, #version :one"
            ),
            ConditionExpression=(
                "#state = :queued AND (attribute_not_exists(holder) OR holder = :holder"
                " OR holder = :before OR updated_at < :abandoned)"
            ),
            ExpressionAttributeNames={"#state": "state", "#version": "version"},
            ExpressionAttributeValues={
                ":holder": {"S": holder},
                ":before": {"S": heir_of or holder},
                ":now": {"N": str(now)},
                ":one": {"N": "1"},
                ":queued": {"S": QUEUED},
                ":abandoned": {"N": str(now - CLAIM_MS)},
            },
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if _refused(error):
            return None
        raise
    item = dynamo.decode_item(answer["Attributes"])
    return page_of(run_id, item)


def page_of(run_id: str, item: Item) -> Page:
    """A record as the page to work on."""
    return Page(
        run_id, item["url_digest"], item["url"], item["depth"], item["parent"],
        item.get("hops", 0), item.get("attempts", 0),
    )  # fmt: skip


def settle(page: Page, outcome: Outcome) -> bool:
    """The page's last change: queued to its outcome, once.

    Returns:
        False when somebody else settled it before.
    """
    now = now_ms()
    values: dict[str, Any] = {
        "state": outcome.state,
        "status_code": outcome.status_code,
        "title": outcome.title,
        "content_type": outcome.content_type,
        "bytes": outcome.bytes or None,
        "error": outcome.error,
        "new_links": outcome.new_links or None,
        "checksum": outcome.checksum or None,
        "dropped": outcome.dropped or None,
        "fetched_at": now,
        "updated_at": now,
    }
    present = {name: value for name, value in values.items() if value is not None}
    names = {f"#{name}": name for name in present}
    sets = ", ".join(f"#{name} = :{name}" for name in present)
    request = {
        "TableName": VISITED_TABLE,
        "Key": dynamo.encode_item(key(page.run_id, page.digest)),
        "UpdateExpression": f"SET {sets} ADD #version :one",
        "ConditionExpression": "#state = :queued",
        "ExpressionAttributeNames": {**names, "#version": "version"},
        "ExpressionAttributeValues": {
            **{f":{name}": dynamo.encode(value) for name, value in present.items()},
            ":one": {"N": "1"},
            ":queued": {"S": QUEUED},
        },
    }
    return _unless_refused("update_item", request) is None


def withdraw(run_id: str, digest: str) -> bool:
    """Remove a record that nobody has claimed; False when somebody has."""
    request = {
        "TableName": VISITED_TABLE,
        "Key": dynamo.encode_item(key(run_id, digest)),
        "ConditionExpression": "#state = :queued AND attribute_not_exists(holder)",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":queued": {"S": QUEUED}},
    }
    return _unless_refused("delete_item", request) is None


def _refused(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"] == "ConditionalCheckFailedException")


def _unless_refused(operation: str, request: dict[str, Any]) -> Item | None:
    """Run a conditional write; the refusing item (or an empty one) when it is refused."""
    try:
        getattr(sdk.client("dynamodb"), operation)(**request)
    except ClientError as error:
        if not _refused(error):
            raise
        item: dict[str, Any] = error.response.get("Item") or {}
        return dynamo.decode_item(item)
    return None
