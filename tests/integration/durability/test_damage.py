"""Damaged files are named and set aside; a full disk refuses in words."""

import json
import resource
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from scripts.base.process import wait_until
from scripts.deploy.provision import ProvisionError, provision_all
from scripts.emulator.stack import StackError
from tests.integration.durability.durability_support import BUCKET, TABLE, Aws

pytestmark = pytest.mark.integration


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    running = Aws(tmp_path)
    yield running
    if running.stack is not None:
        running.kill()


def put(aws: Aws, name: str, size: int = 1) -> None:
    aws.items.put_item(TableName=TABLE, Item={"id": {"S": name}, "v": {"S": "x" * size}})


def snapshots(aws: Aws) -> list[Path]:
    return sorted((aws.state / "aws" / "snapshots").glob("[0-9]*"))


def journals(aws: Aws) -> list[Path]:
    return sorted((aws.state / "aws" / "journal").glob("*.wal"))


@pytest.fixture(scope="module")
def ended_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state after two clean ends, and so with two snapshots."""
    aws = Aws(tmp_path_factory.mktemp("ended"))
    aws.start().make_stores()
    for number in range(2):
        put(aws, f"one-{number}")
        assert aws.end() == 0
        aws.start()
    put(aws, "in the journal")
    aws.kill()
    return aws.state


@pytest.fixture
def twice(aws: Aws, ended_twice: Path) -> Aws:
    """One's own copy of that state."""
    shutil.copytree(ended_twice, aws.state, dirs_exist_ok=True)
    return aws


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        *(("rows.jsonl", "cut"), ("rows.jsonl", "changed"), ("rows.jsonl", "gone")),
        *(("dynamodb.json", "changed"), ("sqs.json", "gone"), ("manifest.json", "cut")),
    ],
)
def test_a_damaged_snapshot_is_set_aside_and_the_one_before_used(
    twice: Aws, file: str, harm: str
) -> None:
    aws = twice
    newest = snapshots(aws)[-1]
    content = (newest / file).read_bytes()
    if harm == "gone":
        (newest / file).unlink()
    else:
        half = len(content) // 2
        rest = b"" if harm == "cut" else bytes([content[half] ^ 1]) + content[half + 1 :]
        (newest / file).write_bytes(content[:half] + rest)
    aws.start()
    assert sorted(aws.all_items()) == ["in the journal", "one-0", "one-1"]
    assert f"snapshot {newest} is damaged; set aside as damaged-" in aws.log.read_text()
    assert newest not in snapshots(aws)


def test_without_any_snapshot_and_beginning_one_line_says_so(twice: Aws) -> None:
    aws = twice.start()
    aws.end()
    for path in snapshots(aws):
        (path / "rows.jsonl").write_bytes(b"{")
    with pytest.raises(StackError, match="make reset") as refused:
        aws.start()
    assert "Traceback" not in str(refused.value)
    assert aws.stack.process is not None


def test_the_end_of_a_journal_may_be_torn_but_its_middle_may_not(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.start().make_stores()
    for number in range(20):
        put(aws, f"{number:02d}", size=200)
    aws.kill()
    newest = journals(aws)[-1]
    content = newest.read_bytes()
    newest.write_bytes(content[:-7])
    assert sorted(aws.start().all_items()) == [f"{number:02d}" for number in range(19)]
    assert len(aws.stream_records()) == 19
    put(aws, "after")
    aws.kill()
    middle = content.index(b'"10"')
    newest.write_bytes(content[:middle] + b"\x00" + content[middle + 1 :])
    with pytest.raises(StackError, match=f"{newest.name} is damaged at byte"):
        aws.start()
    monkeypatch.setenv("ROOKERY_RECOVER", "1")
    left = sorted(aws.start().all_items())
    monkeypatch.delenv("ROOKERY_RECOVER")
    assert "after" in left
    assert len(left) >= 20
    assert (newest.parent / f"damaged-{newest.name}").exists()
    aws.kill()
    assert sorted(aws.start().all_items()) == left


def test_an_upload_into_a_bucket_that_no_state_knows_does_not_stop_a_start(aws: Aws) -> None:
    aws.start().make_stores()
    aws.objects.put_object(Bucket=BUCKET, Key="a/b", Body=b"kept")
    aws.kill()
    stray = aws.state / "aws" / "s3" / "000000000000" / "made-by-a-stack-that-was-broken-off"
    stray.mkdir()
    (stray / "object").write_bytes(b"1")
    aws.start()
    names = [one["Name"] for one in aws.objects.list_buckets()["Buckets"]]
    assert names == [BUCKET]
    aws.objects.create_bucket(Bucket=stray.name)
    assert aws.objects.list_objects_v2(Bucket=stray.name)["KeyCount"] == 0
    assert aws.objects.get_object(Bucket=BUCKET, Key="a/b")["Body"].read() == b"kept"


def test_resources_whose_making_is_broken_off_are_made_at_the_next_start(aws: Aws) -> None:
    for number in range(3):
        aws.start()
        found = threading.Thread(target=provisioned, args=(aws.stack.endpoint_url,))
        found.start()
        # By what is there and not by the clock.
        while len(aws.items.list_tables()["TableNames"]) <= number * 4:
            assert found.is_alive()
        aws.kill()
        found.join()
    aws.start()
    assert provisioned(aws.stack.endpoint_url)
    tables = aws.items.list_tables()["TableNames"]
    buckets = aws.objects.list_buckets()["Buckets"]
    assert len(tables) > 20
    for one in buckets:
        aws.objects.put_object(Bucket=one["Name"], Key="a", Body=b"1")
    aws.kill()
    aws.start()
    assert aws.items.list_tables()["TableNames"] == tables
    assert aws.objects.list_buckets()["Buckets"] == buckets
    assert provisioned(aws.stack.endpoint_url)


def provisioned(endpoint_url: str) -> bool:
    try:
        provision_all(endpoint_url)
    except (ProvisionError, BotoCoreError, ClientError):
        return False
    return True


def test_a_body_whose_description_was_not_replaced_gets_it(aws: Aws) -> None:
    aws.start().make_stores()
    aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"old", ContentType="text/old")
    beside = aws.state / "aws" / "s3" / "000000000000" / BUCKET / "k.meta.json"
    old = beside.read_bytes()
    aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"new body", ContentType="text/new")
    aws.kill()
    beside.write_bytes(old)
    answer = aws.start().objects.get_object(Bucket=BUCKET, Key="k")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"new body", "text/new")


def test_keys_queues_mails_and_attributes_survive(aws: Aws) -> None:
    aws.start().make_stores()
    key = aws.keys.create_key()["KeyMetadata"]["KeyId"]
    url = aws.queue_url
    aws.queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    aws.queues.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)
    aws.items.update_time_to_live(
        TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    aws.mails.verify_email_identity(EmailAddress="from@example.com")
    text = {"Data": "secret word"}
    aws.mails.send_email(
        Source="from@example.com",
        Destination={"ToAddresses": ["to@example.com"]},
        Message={"Subject": text, "Body": {"Text": text}},
    )
    put(aws, "deleted with its table")
    aws.items.delete_table(TableName=TABLE)
    aws.kill()
    aws.start()
    assert aws.keys.describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key
    attributes = aws.queues.get_queue_attributes(
        QueueUrl=aws.queue_url, AttributeNames=["All"]
    )["Attributes"]  # fmt: skip
    assert attributes["VisibilityTimeout"] == "77"
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"
    assert TABLE not in aws.items.list_tables()["TableNames"]
    outbox = aws.outbox()
    assert [one["BodyText"] for one in outbox] == ["secret word"]


def test_two_do_not_use_one_state(aws: Aws) -> None:
    aws.start()
    with pytest.raises(StackError, match="another embedded AWS"):
        Aws(aws.state).start()


def test_answers_may_wait_for_the_disk(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_SYNC", "often")
    with pytest.raises(StackError, match="choose 'second'"):
        Aws(aws.state).start()
    monkeypatch.setenv("ROOKERY_SYNC", "always")
    aws.start().make_stores()
    put(aws, "synced")
    aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"synced")
    aws.kill()
    aws.start()
    assert list(aws.all_items()) == ["synced"]
    assert aws.objects.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"synced"


def limit_files(aws: Aws, size: int) -> None:
    """Let the AWS write no file beyond a size, as if its disk were full."""
    assert aws.stack.process is not None
    hard = resource.RLIM_INFINITY
    resource.prlimit(aws.stack.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def fill(aws: Aws) -> tuple[list[str], list[Any]]:
    kept: list[str] = []
    refusals: list[Any] = []
    for number in range(200):
        try:
            put(aws, f"{number:03d}", size=5_000)
            kept.append(f"{number:03d}")
        except ClientError as error:
            refusals.append(error.response)
    assert len(kept) > 20
    assert len(refusals) > 20
    return kept, refusals


def test_a_full_disk_refuses_writes_in_words_and_keeps_what_was_answered(aws: Aws) -> None:
    aws.start().make_stores()
    assert aws.status()["status"] == "ok"
    limit_files(aws, 400_000)
    kept, refusals = fill(aws)
    assert kept == [f"{number:03d}" for number in range(len(kept))]
    assert {one["ResponseMetadata"]["HTTPStatusCode"] for one in refusals} == {507}
    assert all("saves nothing" in one["Error"]["Message"] for one in refusals)
    assert aws.status()["status"] == "refusing"
    with pytest.raises(ClientError, match="507"):
        aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    with pytest.raises(ClientError, match="saves nothing"):
        aws.queues.send_message(QueueUrl=aws.queue_url, MessageBody="1")
    assert set(kept) <= set(aws.all_items())
    assert aws.log.read_text().count("writes are refused from here on") == 1
    aws.kill()
    assert sorted(aws.start().all_items()) == kept
    put(aws, "again")


def test_writes_are_taken_again_once_all_is_saved(aws: Aws) -> None:
    aws.start("--retry-seconds", "0.2").make_stores()
    limit_files(aws, 400_000)
    kept, _ = fill(aws)
    assert aws.status()["status"] == "refusing"
    limit_files(aws, resource.RLIM_INFINITY)
    assert wait_until(lambda: aws.status()["status"] == "ok", 20)
    put(aws, "again")
    there = set(aws.all_items())
    assert {*kept, "again"} <= there
    aws.kill()
    assert set(aws.start().all_items()) == there


def test_an_object_that_cannot_be_written_is_refused(aws: Aws) -> None:
    aws.start().make_stores()
    aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"small")
    limit_files(aws, 400_000)
    with pytest.raises(ClientError, match="507"):
        aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"x" * 500_000)
    aws.kill()
    answer = aws.start().objects.get_object(Bucket=BUCKET, Key="k")
    assert answer["Body"].read() == b"small"


def test_a_snapshot_that_fails_leaves_the_journal_and_says_so(aws: Aws) -> None:
    aws.start().make_stores()
    for number in range(40):
        put(aws, f"{number:02d}", size=5_000)
    aws.kill()
    # The journal goes on in a new file; the snapshot's rows are one file that is too large.
    aws.start("--checkpoint-bytes", "280000", "--retry-seconds", "0.2")
    limit_files(aws, 150_000)
    for number in range(40, 55):
        put(aws, f"{number:02d}", size=5_000)
    assert wait_until(lambda: aws.status()["status"] == "unsaved", 20)
    assert not list((aws.state / "aws" / "snapshots").glob("making-*"))
    put(aws, "while it failed")
    limit_files(aws, resource.RLIM_INFINITY)
    assert wait_until(lambda: aws.status()["status"] == "ok", 20)
    assert len(snapshots(aws)) == 1
    aws.kill()
    assert len(aws.start().all_items()) == 56


def test_state_of_a_version_without_a_journal_is_taken_over(aws: Aws) -> None:
    aws.start().make_stores()
    put(aws, "of old")
    aws.queues.send_message(QueueUrl=aws.queue_url, MessageBody="of old")
    assert aws.end() == 0
    newest, old = snapshots(aws)[-1], aws.state / "aws" / "state"
    old.mkdir()
    rows = [json.loads(line) for line in (newest / "rows.jsonl").read_text().splitlines()]
    for path in newest.glob("*.json"):
        found = json.loads(path.read_text())
        if path.stem == "dynamodb":
            for table in found["tables"]["data"].values():
                mine = [row[2] for row in rows if row[:2] == ["i", table["TableArn"]]]
                table["items"] = {pk: {sk: one} for batch in mine for pk, sk, one in batch}
        elif path.stem == "sqs":
            for queue in found["queues"]["data"].values():
                queue["messages"] = [row[2] for row in rows if row[0] == "+"]
        content = {"__ministack_format__": 2, "payload": found}
        if path.stem != "manifest":
            (old / path.name).write_text(json.dumps(content))
    shutil.rmtree(aws.state / "aws" / "snapshots")
    shutil.rmtree(aws.state / "aws" / "journal")
    aws.start()
    assert not old.exists()
    aws.kill()
    assert sorted(aws.start().all_items()) == ["of old"]
    assert list(aws.all_messages().values()) == ["of old"]
