"""Reader of a DynamoDB stream's shards and iterators."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from scripts.pump.support import log_event

REFRESH_SECONDS = 60.0
LOST_ITERATOR = {"ExpiredIteratorException", "TrimmedDataAccessException"}

Records = list[dict[str, Any]]
Position = Callable[[str, str], str | None]


class StreamGoneError(RuntimeError):
    """The stream no longer exists: its table was deleted or made anew."""


class ShardReader:
    """New records of all open shards, parents before children."""

    def __init__(self, client: Any, stream_arn: str, position: Position) -> None:
        self.client, self.stream_arn, self._position = client, stream_arn, position
        self._iterators: dict[str, str] = {}
        self._parents: dict[str, str | None] = {}
        self._closed: set[str] = set()
        self._refreshed = -REFRESH_SECONDS

    def _iterator(self, shard: str, after: str | None, *, strict: bool = False) -> str:
        arguments = {"StreamArn": self.stream_arn, "ShardId": shard}
        if after is None:
            kind: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
        else:
            kind = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        try:
            return str(self.client.get_shard_iterator(**arguments, **kind)["ShardIterator"])
        except ClientError as error:
            trimmed = error.response["Error"]["Code"] == "TrimmedDataAccessException"
            if after is None or strict or not trimmed:
                raise
            # The embedded AWS keeps some thousand records over a restart, and AWS none after a day.
            log_event("checkpoint_trimmed", level=logging.WARNING, stream=self.stream_arn)
            return self._iterator(shard, None)

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed < REFRESH_SECONDS:
            return
        start: dict[str, str] = {}
        while True:
            answer = self.client.describe_stream(StreamArn=self.stream_arn, **start)
            found = answer["StreamDescription"]
            for shard in found["Shards"]:
                self._parents.setdefault(shard["ShardId"], shard.get("ParentShardId"))
            if not found.get("LastEvaluatedShardId"):
                break
            start = {"ExclusiveStartShardId": found["LastEvaluatedShardId"]}
        self._refreshed = time.monotonic()

    def _open_shards(self) -> Iterator[str]:
        """Shards to read now: a child waits until its parent is read to the end."""
        for shard, parent in self._parents.items():
            if shard not in self._closed and (
                parent not in self._parents or parent in self._closed
            ):
                yield shard

    def resumes(self) -> bool:
        """Return True if nothing after the known positions was trimmed."""
        self._refresh()
        for shard in list(self._open_shards()):
            after = self._position(self.stream_arn, shard)
            if after is None:
                return False
            try:
                self._iterators[shard] = self._iterator(shard, after, strict=True)
            except ClientError as error:
                if error.response["Error"]["Code"] == "TrimmedDataAccessException":
                    return False
                raise
        return True

    def read(self, limit: int) -> Iterator[tuple[str, Records]]:
        """Yield new records by shard; asking for the next moves its iterator on.

        Raises:
            StreamGoneError: the table has another stream now, or none.
        """
        try:
            self._refresh()
            for shard in list(self._open_shards()):
                yield from self._read_shard(shard, limit)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise StreamGoneError(self.stream_arn) from error
            raise

    def _read_shard(self, shard: str, limit: int) -> Iterator[tuple[str, Records]]:
        iterator = self._iterators.get(shard)
        if iterator is None:
            iterator = self._iterator(shard, self._position(self.stream_arn, shard))
        try:
            answer = self.client.get_records(ShardIterator=iterator, Limit=limit)
        except ClientError as error:
            if error.response["Error"]["Code"] not in LOST_ITERATOR:
                raise
            self._iterators.pop(shard, None)
            if error.response["Error"]["Code"] == "TrimmedDataAccessException":
                log_event("iterator_trimmed", level=logging.WARNING, stream=self.stream_arn)
                self._iterators[shard] = self._iterator(shard, None)
            # Not the end of the stream: the next round reads from the checkpoint.
            yield shard, []
            return
        if answer["Records"]:
            yield shard, answer["Records"]
        following = answer.get("NextShardIterator")
        if following:
            self._iterators[shard] = following
        else:
            self._iterators.pop(shard, None)
            self._closed.add(shard)
            self._refreshed = -REFRESH_SECONDS
            yield shard, []
