"""Dead letters of every queue of the platform: seen, and driven back.

SQS has a call of its own for the latter, which moves a whole queue and which the embedded AWS
lacks; this one receives, sends and deletes, a bounded number at a time. A crash in between
leaves a message twice, which every handler bears.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import sdk
from shared.aws.events import PublishFailed
from shared.base.clock import iso
from shared.base.config import settings
from shared.base.errors import Problem, not_found

SUFFIX = "-dlq"
# What SNS could not deliver to the events queue of a domain.
_SUBSCRIPTION = "-subscription"
_EVENTS = "-events"
SHOWN = 50
MOVED = 500
_BATCH = 10
# Long enough for a page to be read, short enough to see it again soon.
_LOOK_SECONDS = 10
_MOVE_SECONDS = 60
_QUEUES = 1000


def queues() -> list[dict[str, Any]]:
    """Return all dead-letter queues with the number of waiting messages.

    Calls: 1 ListQueues, 1 GetQueueAttributes per queue: the platform has some fifty.
    """
    prefix = settings().name("", "").removesuffix("-")
    found = sdk.client("sqs").list_queues(QueueNamePrefix=prefix, MaxResults=_QUEUES)
    names = sorted(url.rsplit("/", 1)[1] for url in found.get("QueueUrls", ()))
    return [
        {"queue": name, "waiting": _waiting(_url(name))} for name in names if name.endswith(SUFFIX)
    ]


def show(queue: str) -> dict[str, Any]:
    """Return some messages of a dead-letter queue, and how many wait.

    They stay in the queue; each look counts as a receipt. Calls: 1 receive per ten messages.

    Raises:
        Problem: 404 for a queue that is none of the platform's dead letters.
    """
    url = _require(queue)
    messages = list(itertools.islice(_receive(url, _LOOK_SECONDS), SHOWN))
    for some in _tens(messages):
        sdk.client("sqs").change_message_visibility_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
                for number, one in enumerate(some)
            ],
        )
    data = [_document(queue, one) for one in messages]
    return {"data": data, "meta": {"result_count": len(data), "waiting": _waiting(url)}}


def redrive(queue: str) -> dict[str, Any]:
    """Send the messages of a dead-letter queue back to where they failed.

    At most 500 per call; ``waiting`` says if there are more.

    Raises:
        Problem: 404 for a queue that is none of the platform's dead letters.
        PublishFailed: SQS refused some, which stay in the dead letters.
    """
    url, target, moved = _require(queue), _target(queue), 0
    for some in _tens(itertools.islice(_receive(url, _MOVE_SECONDS), MOVED)):
        _send(target, some)
        sdk.client("sqs").delete_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]}
                for number, one in enumerate(some)
            ],
        )
        moved += len(some)
    return {"queue": queue, "moved": moved, "waiting": _waiting(url)}


def _send(url: str, messages: list[dict[str, Any]]) -> None:
    answer = sdk.client("sqs").send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": str(number), "MessageBody": one["Body"]} for number, one in enumerate(messages)
        ],
    )
    if answer.get("Failed"):
        raise PublishFailed(answer["Failed"][0].get("Code", "unknown"))


def _receive(url: str, hidden_seconds: int) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    while True:
        answer = sdk.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=hidden_seconds,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        )
        fresh = [one for one in answer.get("Messages", ()) if one["MessageId"] not in seen]
        if not fresh:
            return
        seen.update(one["MessageId"] for one in fresh)
        yield from fresh


def _tens(messages: Any) -> Iterator[list[dict[str, Any]]]:
    left = iter(messages)
    while some := list(itertools.islice(left, _BATCH)):
        yield some


def _document(queue: str, message: dict[str, Any]) -> dict[str, Any]:
    attributes = message.get("Attributes", {})
    shown = {
        "id": message["MessageId"],
        "queue": queue,
        "body": message["Body"],
        "received": int(attributes.get("ApproximateReceiveCount", 0)),
    }
    if "SentTimestamp" in attributes:
        shown["sent_at"] = iso(int(attributes["SentTimestamp"]))
    return shown


def _require(queue: str) -> str:
    """URL of a dead-letter queue of this stage.

    Raises:
        Problem: 404 for anything else.
    """
    stage = settings().name("", "").removesuffix("-")
    if not queue.startswith(stage) or not queue.endswith(SUFFIX):
        raise _unknown(queue)
    url = _url(queue)
    _waiting(url)
    return url


def _target(queue: str) -> str:
    source = queue.removesuffix(SUFFIX)
    if source.endswith(_SUBSCRIPTION):
        source = source.removesuffix(_SUBSCRIPTION) + _EVENTS
    _waiting(_url(source))
    return _url(source)


def _waiting(url: str) -> int:
    """Number of visible messages, about.

    Raises:
        Problem: 404 if there is no such queue.
    """
    try:
        found = sdk.client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
    except ClientError as error:
        if "NonExistentQueue" in error.response["Error"]["Code"]:
            raise _unknown(url.rsplit("/", 1)[1]) from error
        raise
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def _unknown(queue: str) -> Problem:
    return not_found("dead_letter_queue", queue, "queue")


def _url(name: str) -> str:
    return f"{settings().queues_url}/{name}"
