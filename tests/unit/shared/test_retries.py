"""Return of records whose failures may pass."""

from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from shared.aws import retries, sdk
from shared.aws.retries import RetryAfter, RetryLater, delay, postpone


def record(number: int, receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": str(number),
        "receiptHandle": f"handle-{number}",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:some-queue",
        "attributes": {"ApproximateReceiveCount": str(receives)},
    }


def test_a_whole_batch_of_mails_returns_later() -> None:
    """SQS refuses more than ten entries per call; batches of mails hold fifty."""
    failed: list[tuple[dict[str, Any], Exception]] = [
        (record(number), RetryAfter("busy", 30)) for number in range(23)
    ]
    failed.insert(5, (record(99), RetryLater("by its visibility")))
    changed: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        changed.extend(params["Entries"])
        assert len(params["Entries"]) <= 10

    sqs = sdk.client("sqs")
    sqs.meta.events.register("provide-client-params.sqs.ChangeMessageVisibilityBatch", note)
    try:
        with Stubber(sqs) as stubbed:
            for _ in range(3):
                answer: dict[str, Any] = {"Successful": [], "Failed": []}
                expected = {"QueueUrl": ANY, "Entries": ANY}
                stubbed.add_response("change_message_visibility_batch", answer, expected)
            postpone(failed)
            stubbed.assert_no_pending_responses()
    finally:
        sqs.meta.events.unregister("provide-client-params.sqs.ChangeMessageVisibilityBatch", note)
    assert [one["ReceiptHandle"] for one in changed] == [f"handle-{n}" for n in range(23)]
    assert all(30 <= one["VisibilityTimeout"] <= 30 + retries.FIRST for one in changed)


@pytest.mark.parametrize("attempts", [1, 3, 20, 10_000])
def test_pauses_grow_to_a_bound(attempts: int) -> None:
    most = min(retries.LONGEST, retries.FIRST * 2 ** min(attempts - 1, 16))
    assert all(0 <= delay(attempts, 0) <= most for _ in range(50))
    assert delay(attempts, 5_000) == retries.LONGEST
