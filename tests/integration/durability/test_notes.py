"""Every kind of write leaves a note before it is answered."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.process import ROOT
from scripts.emulator.durable.journal import read_notes
from scripts.emulator.durable.states import TABLE_STORES
from scripts.emulator.stack import STACK_PYTHON
from tests.integration.durability.durability_support import BUCKET, PLAIN, TABLE, Aws, client

pytestmark = pytest.mark.integration

# Names of the emulator that the journal builds on; an update may take them away.
PRIVATE = {
    "services.dynamodb": (
        *("_set_item", "_remove_item", "_emit_stream_event", "_items_replaced", "_INDEX_MEMBERS"),
        *("_stream_records", "_next_stream_seq", "_tables", "_extract_key_val"),
        *(f"_{name}" for name in TABLE_STORES),
    ),
    "services.sqs": ("_queues", "_queue_name_to_url", "_rebuild_queue_name_index"),
    "services.ses": ("_sent_emails", "_sent_emails_list"),
    "services.ses_v2": ("_sent_emails_list",),
    "services.s3": (
        *("_persist_object", "_atomic_write", "_object_disk_path", "_key_history_meta"),
        *("_object_meta_from_record", "DATA_DIR"),
    ),
    "services.cloudformation": ("_stacks",),
    "core.persistence": ("_json_default", "_json_object_hook"),
    "core.router": ("detect_service",),
    "app": (
        *("_state_map", "_get_module", "_load_persisted_state", "save_all", "SERVICE_REGISTRY"),
        "_build_persistence_save_dict",
    ),
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    running = Aws(tmp_path_factory.mktemp("notes")).start()
    running.make_stores()
    yield running
    running.kill()


def noted(aws: Aws) -> list[list[Any]]:
    files = sorted((aws.state / "aws" / "journal").glob("*.wal"))
    return [note for path in files for note in read_notes(path)]


def asked_for(aws: Aws, operation: str) -> Any:
    item, key = {"id": {"S": operation}, "v": {"S": "1"}}, {"id": {"S": operation}}
    items, url = aws.items, aws.queue_url
    match operation:
        case "PutItem":
            return items.put_item(TableName=TABLE, Item=item)
        case "PutItem without a stream":
            return items.put_item(TableName=PLAIN, Item=item)
        case "UpdateItem":
            return items.update_item(TableName=TABLE, Key=key, AttributeUpdates={})
        case "BatchWriteItem":
            return items.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}}]})
        case "TransactWriteItems":
            put = {"Put": {"TableName": TABLE, "Item": item}}
            return items.transact_write_items(TransactItems=[put])
        case "ExecuteStatement":
            return items.execute_statement(Statement=f"INSERT INTO \"{TABLE}\" VALUE {{'id':'e'}}")
        case "DeleteItem":
            items.put_item(TableName=TABLE, Item=item)
            return items.delete_item(TableName=TABLE, Key=key)
        case "SendMessage":
            return aws.queues.send_message(QueueUrl=url, MessageBody="1")
        case "SendMessageBatch":
            entries = [{"Id": "1", "MessageBody": "1"}]
            return aws.queues.send_message_batch(QueueUrl=url, Entries=entries)
        case "PurgeQueue":
            aws.queues.send_message(QueueUrl=url, MessageBody="1")
            return aws.queues.purge_queue(QueueUrl=url)
        case "Publish":
            topics = client(aws.stack, "sns")
            topic = topics.create_topic(Name="notes")["TopicArn"]
            queue = aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            arn = queue["Attributes"]["QueueArn"]
            topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
            before = len(noted(aws))
            topics.publish(TopicArn=topic, Message="m")
            assert [note[0] for note in noted(aws)[before:]] == ["+"]
            return None
        case "CreateTopic":
            return client(aws.stack, "sns").create_topic(Name="structure")
        case "CreateKey":
            return aws.keys.create_key()
        case "SetQueueAttributes":
            attributes = {"VisibilityTimeout": "55"}
            return aws.queues.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        case "PutObject":
            return aws.objects.put_object(Bucket=BUCKET, Key="k", Body=b"1")
        case "CreateBucket":
            return aws.objects.create_bucket(Bucket="another-bucket")
    raise AssertionError(operation)


@pytest.mark.parametrize(
    ("operation", "kinds"),
    [
        ("PutItem", {"p", "s"}),
        ("PutItem without a stream", {"p"}),
        ("UpdateItem", {"p", "s"}),
        ("BatchWriteItem", {"p", "s"}),
        ("TransactWriteItems", {"p", "s"}),
        ("ExecuteStatement", {"p"}),
        ("DeleteItem", {"p", "d", "s"}),
        ("SendMessage", {"+"}),
        ("SendMessageBatch", {"+"}),
        ("PurgeQueue", {"+", "-"}),
        ("Publish", {"S", "+"}),
        ("CreateTopic", {"S"}),
        ("CreateKey", {"S"}),
        ("SetQueueAttributes", {"S"}),
        ("PutObject", {"o"}),
        ("CreateBucket", {"S"}),
    ],
)
def test_a_write_leaves_a_note_before_it_is_answered(
    aws: Aws, operation: str, kinds: set[str]
) -> None:
    before = len(noted(aws))
    asked_for(aws, operation)
    assert {note[0] for note in noted(aws)[before:]} == kinds


def test_reads_and_requests_that_change_nothing_leave_none(aws: Aws) -> None:
    key = aws.keys.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    before = len(noted(aws))
    aws.keys.sign(KeyId=key, Message=b"1", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")
    aws.items.get_item(TableName=TABLE, Key={"id": {"S": "none"}})
    aws.items.delete_item(TableName=TABLE, Key={"id": {"S": "none"}})
    aws.objects.list_buckets()
    assert noted(aws)[before:] == []


def test_what_the_journal_builds_on_is_there() -> None:
    lines = ["from ministack import app\nfrom scripts.emulator.durable.states import TABLE_STORES"]
    for module, names in PRIVATE.items():
        lines.append(f"import ministack.{module} as module")
        lines += [f"assert hasattr(module, {name!r}), ({module!r}, {name!r})" for name in names]
    lines.append("from ministack.services import dynamodb, sqs")
    lines.append("assert set(dynamodb.get_state()) == {'tables', *TABLE_STORES}")
    lines.append("assert set(sqs.get_state()) == {'queues', 'queue_name_to_url'}")
    done = subprocess.run(
        [STACK_PYTHON, "-c", "\n".join(lines)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
