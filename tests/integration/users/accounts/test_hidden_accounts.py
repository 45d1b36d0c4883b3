"""Hidden accounts: recent ones are known without a read."""

import pytest

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.base.process import process
from tests.platform import Platform

pytestmark = pytest.mark.integration


def test_a_suspension_that_nobody_remembers_hides_old_tweets(platform: Platform) -> None:
    author, fan = platform.register(), platform.register()
    fan.follow(author)
    tweet_id = str(first_id_at(now_ms() - 40 * 86_400_000))
    old = {
        "id": tweet_id, "position": int(tweet_id), "author_id": author.id, "kind": "tweet",
        "text": "long ago", "conversation_id": tweet_id, "version": 1, "updated_at": 1,
    }  # fmt: skip
    dynamo.batch_write("rookery-dev-tweets-tweets", puts=[old])
    platform.settle()
    assert fan.home() == [tweet_id]
    # After a month only the card says so.
    sdk.client("dynamodb").update_item(
        TableName="rookery-dev-users-users",
        Key={"id": {"S": author.id}},
        UpdateExpression="SET #status = :suspended",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":suspended": {"S": "suspended"}},
    )
    platform.settle()
    assert fan.home() == []


def test_a_note_ends_when_it_expires_and_not_when_it_is_deleted(platform: Platform) -> None:
    person = platform.register()
    # DynamoDB has deleted the note of the end, and not yet that of the beginning.
    note = {"list": "clients", "at": f"{1:013d}#suspended:{person.id}", "expires_at": 2}
    dynamo.batch_write("rookery-dev-users-revocations", puts=[note])
    process.reset()
    assert person.call("GET", "/2/users/me").status == 200
