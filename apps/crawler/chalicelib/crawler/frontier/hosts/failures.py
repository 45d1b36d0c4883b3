"""Failures of turns: of AWS, which pass, and of a turn's own pages."""

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from shared.aws import dynamo

_SLOWDOWN = ("Throttl", "ThroughputExceeded", "LimitExceeded", "SlowDown", "InProgress")


def may_pass(failure: BaseException | None) -> bool:
    """Return true if the same turn may succeed later.

    A turn that AWS refuses for what it writes fails each time, so its attempts count.
    """
    if isinstance(failure, PynamoDBException):
        return may_pass(failure.cause)
    if isinstance(failure, dynamo.TransactionCanceled):
        return failure.may_pass
    if isinstance(failure, ClientError):
        status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = failure.response.get("Error", {}).get("Code", "")
        return status >= 500 or any(word in code for word in _SLOWDOWN)
    return isinstance(failure, BotoCoreError | dynamo.Unprocessed)
