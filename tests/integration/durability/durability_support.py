"""An embedded AWS to kill, and clients that record acknowledgements."""

import json
import random
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.emulator.stack import Stack, start

TABLE, PLAIN, QUEUE, BUCKET = "kept-items", "kept-counts", "kept-queue", "kept-bucket"
GONE = "gone"


def client(stack: Stack, service: str) -> Any:
    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20,
        s3={"addressing_style": "path"},
    )  # fmt: skip
    return boto3.client(
        service, endpoint_url=stack.endpoint_url, region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test", config=config,
    )  # fmt: skip


class Aws:
    """An embedded AWS over one state directory, through several lives."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.stack: Stack = None  # type: ignore[assignment]
        self.log = state / "logs" / "aws.log"

    def start(self, *options: str) -> "Aws":
        self.stack = start(self.state, options=options)
        self.items, self.queues = client(self.stack, "dynamodb"), client(self.stack, "sqs")
        self.objects, self.mails = client(self.stack, "s3"), client(self.stack, "ses")
        self.streams, self.keys = client(self.stack, "dynamodbstreams"), client(self.stack, "kms")
        return self

    def kill(self) -> None:
        assert self.stack.process is not None
        self.stack.process.kill()
        self.stack.process.wait()

    def end(self) -> int:
        assert self.stack.process is not None
        self.stack.process.terminate()
        return self.stack.process.wait(30)

    def status(self) -> dict[str, Any]:
        address = f"{self.stack.endpoint_url}/_rookery/storage"
        with urllib.request.urlopen(address, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def outbox(self) -> list[dict[str, Any]]:
        address = f"{self.stack.endpoint_url}/_ministack/ses/messages"
        with urllib.request.urlopen(address, timeout=10) as answer:
            found: dict[str, list[dict[str, Any]]] = json.load(answer)["messages"]
        return [one for mails in found.values() for one in mails]

    def make_stores(self) -> None:
        for name, stream in ((TABLE, True), (PLAIN, False)):
            self.items.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
                if stream
                else {"StreamEnabled": False},
            )
        self.queues.create_queue(QueueName=QUEUE)
        self.objects.create_bucket(Bucket=BUCKET)

    @property
    def queue_url(self) -> str:
        return str(self.queues.get_queue_url(QueueName=QUEUE)["QueueUrl"])

    def all_items(self, table: str = TABLE) -> dict[str, dict[str, Any]]:
        pages = self.items.get_paginator("scan").paginate(TableName=table)
        return {one["id"]["S"]: one for page in pages for one in page["Items"]}

    def all_messages(self) -> dict[str, str]:
        found: dict[str, str] = {}
        url = self.queue_url
        while True:
            answer = self.queues.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60
            )
            if not answer.get("Messages"):
                break
            for one in answer["Messages"]:
                assert one["MessageId"] not in found
                found[one["MessageId"]] = one["Body"]
        return found

    def stream_records(self) -> list[dict[str, Any]]:
        arn = self.items.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
        shards = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = self.streams.get_shard_iterator(
            StreamArn=arn, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found: list[dict[str, Any]] = []
        while iterator:
            answer = self.streams.get_records(ShardIterator=iterator, Limit=1000)
            if not answer["Records"]:
                break
            found += (one["dynamodb"] for one in answer["Records"])
            iterator = answer.get("NextShardIterator")
        return found


class Writer(threading.Thread):
    """A client that writes of all kinds until the AWS is gone.

    ``sure`` is what was acknowledged, ``open`` what was asked for and not answered.
    Keys are this writer's own.
    """

    def __init__(self, aws: Aws, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.aws, self.own, self.random = aws, name, random.Random(f"{name}-{seed}")
        self.sure: dict[tuple[str, str], Any] = {}
        self.open: dict[tuple[str, str], Any] = {}
        self.done = 0
        self.quit = threading.Event()

    def run(self) -> None:
        kinds: list[Callable[[], None]] = [
            *(self.put, self.put, self.remove, self.add, self.transact),
            *(self.batch, self.send, self.take, self.upload),
        ]
        self.url = self.aws.queue_url
        while not self.quit.is_set():
            try:
                self.random.choice(kinds)()
            except (BotoCoreError, ClientError, OSError):
                return
            self.done += 1

    def _doing(self, wanted: dict[tuple[str, str], Any], ask: Callable[[], Any]) -> Any:
        self.open = wanted
        answer = ask()
        self.sure.update(wanted)
        self.open = {}
        return answer

    def _key(self) -> str:
        return f"{self.own}-{self.random.randrange(60)}"

    def _value(self) -> str:
        return str(self.random.getrandbits(60))

    def put(self) -> None:
        key, value = self._key(), self._value()
        item = {"id": {"S": key}, "v": {"S": value}}
        self._doing({("item", key): value},
                    lambda: self.aws.items.put_item(TableName=TABLE, Item=item))  # fmt: skip

    def remove(self) -> None:
        key = self._key()
        self._doing({("item", key): GONE}, lambda: self.aws.items.delete_item(
            TableName=TABLE, Key={"id": {"S": key}}))  # fmt: skip

    def add(self) -> None:
        following = self.sure.get(("count", self.own), 0) + 1
        self._doing({("count", self.own): following}, lambda: self.aws.items.update_item(
            TableName=PLAIN, Key={"id": {"S": self.own}}, UpdateExpression="ADD x :one",
            ExpressionAttributeValues={":one": {"N": "1"}}))  # fmt: skip

    def transact(self) -> None:
        value, keys = self._value(), [f"{self._key()}{half}" for half in "ab"]
        puts = [{"Put": {"TableName": TABLE, "Item": {"id": {"S": one}, "v": {"S": value}}}}
                for one in keys]  # fmt: skip
        self._doing({("item", one): value for one in keys},
                    lambda: self.aws.items.transact_write_items(TransactItems=puts))  # fmt: skip

    def batch(self) -> None:
        value, key = self._value(), self._key()
        keys = [f"{key}/{number}" for number in range(10)]
        puts = [{"PutRequest": {"Item": {"id": {"S": one}, "v": {"S": value}}}} for one in keys]
        self._doing({("item", one): value for one in keys}, lambda: (
            self.aws.items.batch_write_item(RequestItems={TABLE: puts})))  # fmt: skip

    def send(self) -> None:
        value = f"{self.own}:{self._value()}"
        self._doing({("message", value): 1}, lambda: self.aws.queues.send_message(
            QueueUrl=self.url, MessageBody=value))  # fmt: skip

    def take(self) -> None:
        answer = self.aws.queues.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=2, VisibilityTimeout=600
        )
        for one in answer.get("Messages", []):
            self._doing({("message", one["Body"]): GONE}, lambda one=one: (  # type: ignore[misc]
                self.aws.queues.delete_message(
                    QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])))  # fmt: skip

    def upload(self) -> None:
        key, value = self._key(), self._value()
        self._doing({("object", key): value}, lambda: self.aws.objects.put_object(
            Bucket=BUCKET, Key=key, Body=value.encode() * 40))  # fmt: skip
