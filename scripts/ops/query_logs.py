"""`make query-logs STAGE= SINCE= MATCH=`: search archived logs.

    python -m scripts.ops.query_logs --stage prod --since 2026-11-25T10 [--until …] [--group users]
                                 [--match TEXT] [--field level=ERROR …]

    python -m scripts.ops.query_logs --attempts --since … [--channel email]
                                 [--field outcome=failed …]

The second form searches the log of delivery attempts, which lies in S3 by day and channel.
Lines come out in the order of the archive, oldest hour first, one a line with time and log group.
CloudWatch has the last days (14 in dev, 90 in prod) and Logs Insights searches them; the archive
has what is older.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.deploy.account import Account, DeployError, connect, in_words

HOUR = timedelta(hours=1)
# Firehose collects for so long; what was logged before lies in the hour of its delivery.
_BUFFERED = timedelta(minutes=15)
_GZIP = b"\x1f\x8b"

Line = tuple[datetime, str, str]


def messages(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield CloudWatch's messages of an archived object: concatenated JSON."""
    text, decoder, at = gzip.decompress(content).decode(), json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        message, at = decoder.raw_decode(text, at)
        # CloudWatch also tells that it still delivers.
        if message.get("messageType") == "DATA_MESSAGE":
            yield message


def _fits(text: str, match: str, fields: Sequence[tuple[str, str]]) -> bool:
    if match not in text:
        return False
    if not fields:
        return True
    try:
        entry = json.loads(text)
    except ValueError:
        return False
    return isinstance(entry, dict) and all(str(entry.get(name)) == value for name, value in fields)


def _hours(since: datetime, until: datetime) -> Iterator[str]:
    at = since.replace(minute=0, second=0, microsecond=0)
    while at < until + _BUFFERED:
        yield f"logs/{at:%Y/%m/%d/%H}/"
        at += HOUR


def search(
    account: Account,
    stage: str,
    since: datetime,
    until: datetime,
    *,
    group: str = "",
    match: str = "",
    fields: Sequence[tuple[str, str]] = (),
) -> Iterator[Line]:
    """Time, log group and text of the archived lines that fit, hour by hour.

    Args:
        group: a part of the log group's name.
        match: a part of the line, as it is written.
        fields: members of a structured line and their values.

    Raises:
        ClientError: there is no archive, or it may not be read.
    """
    s3, bucket = account.client("s3"), account.bucket(stage, "logs")
    pages = s3.get_paginator("list_objects_v2")
    for prefix in _hours(since, until):
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", []):
                content = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
                for message in messages(content):
                    if group not in message["logGroup"]:
                        continue
                    for event in message["logEvents"]:
                        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                        if since <= at < until and _fits(event["message"], match, fields):
                            yield at, message["logGroup"], event["message"].rstrip("\n")


def attempts(
    account: Account,
    stage: str,
    since: datetime,
    until: datetime,
    *,
    channel: str = "",
    match: str = "",
    fields: Sequence[tuple[str, str]] = (),
) -> Iterator[Line]:
    """Time, channel and text of the delivery attempts that fit, day by day.

    Args:
        channel: such as ``email``; all of them when empty.
        match: a part of the line, as it is written.
        fields: members and their values, such as ``outcome`` and ``failed``.

    Raises:
        ClientError: there is no archive, or it may not be read.
    """
    s3, bucket = account.client("s3"), account.bucket(stage, "attempts")
    pages = s3.get_paginator("list_objects_v2")
    for prefix in _days(since, until):
        for page in pages.paginate(Bucket=bucket, Prefix=prefix + (channel and f"{channel}/")):
            for one in page.get("Contents", []):
                content = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
                for text in _unpacked(content).splitlines():
                    at, name = _attempt(text)
                    if since <= at < until and _fits(text, match, fields):
                        yield at, name, text


def _days(since: datetime, until: datetime) -> Iterator[str]:
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until + _BUFFERED:
        yield f"attempts/{day:%Y/%m/%d}/"
        day += timedelta(days=1)


def _unpacked(content: bytes) -> str:
    # The embedded AWS stores records as they come.
    return (gzip.decompress(content) if content[:2] == _GZIP else content).decode()


def _attempt(text: str) -> tuple[datetime, str]:
    entry = json.loads(text)
    return datetime.fromisoformat(entry["at"]), entry["channel"]


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _field(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    return name, value


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--since", type=_moment, required=True, help="2026-11-25T10:00, UTC")
    parser.add_argument("--until", type=_moment, help="now, when left out")
    parser.add_argument("--group", default="", help="a part of the log group's name")
    parser.add_argument("--match", default="", help="a part of the line")
    parser.add_argument("--field", type=_field, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--attempts", action="store_true", help="search delivery attempts")
    parser.add_argument("--channel", default="", help="of delivery attempts: email, sms, …")
    options = parser.parse_args()
    until, wanted = options.until or datetime.now(UTC), (options.match, options.field)
    try:
        account = connect()
        place = (account, options.stage, options.since, until)
        found = (
            attempts(*place, channel=options.channel, match=wanted[0], fields=wanted[1])
            if options.attempts
            else search(*place, group=options.group, match=wanted[0], fields=wanted[1])
        )
        for at, group, text in found:
            print(f"{at:%Y-%m-%dT%H:%M:%SZ} {group} {text}")
    except DeployError as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
