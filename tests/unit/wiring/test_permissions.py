"""Calls of functions are recorded and compared with their policies."""

import tomllib
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from scripts.checks import permissions
from scripts.checks.permissions import needs
from scripts.checks.permissions_check import Grant, all_grants, compare, grants, line, recorded
from scripts.wiring.rights import statements


@pytest.mark.parametrize(
    ("service", "operation", "given", "found"),
    [
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"},
         [("dynamodb:Query", "table/t/index/i")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}, "u": {}}},
         [("dynamodb:BatchGetItem", "table/t"), ("dynamodb:BatchGetItem", "table/u")]),
        ("dynamodb", "TransactWriteItems",
         {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]},
         [("dynamodb:PutItem", "table/t"), ("dynamodb:ConditionCheckItem", "table/u")]),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://h/0/q"}, [("sqs:SendMessage", "q")]),
        ("sns", "PublishBatch", {"TopicArn": "arn:aws:sns:r:0:t"}, [("sns:Publish", "t")]),
        ("kms", "Sign", {"KeyId": "alias/a"}, [("kms:Sign", "alias/a")]),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "b")]),
        ("ses", "SendEmail", {}, [("ses:SendEmail", "")]),
    ],
)  # fmt: skip
def test_a_call_needs_permissions(service, operation, given, found):
    assert needs(service, operation, given) == found


TABLE = "arn:aws:dynamodb:*:*:table/rookery-dev-users-things"
POLICY = {
    "Statement": [
        {"Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": [TABLE, f"{TABLE}/index/i"]},
        {"Action": ["kms:Sign"], "Resource": ["arn:aws:kms:*:*:key/*"],
         "Condition": {"StringLike": {"kms:RequestAlias": "alias/rookery-dev-users-a"}}},
    ]
}  # fmt: skip


def test_what_is_missing_unused_and_excepted_is_told():
    granted = list(grants("users/api", POLICY))
    # An index cannot be read by key, so nobody is asked to test that.
    assert len(granted) == 4
    table, place = "table/rookery-dev-users-things", "apps/users/functions.toml [api]"
    calls = {
        ("users", "api", "dynamodb:GetItem", table),
        ("users", "api", "dynamodb:PutItem", table),
        ("users", "api", "kms:Sign", "alias/rookery-dev-users-b"),
        ("no-such-app", "api", "dynamodb:PutItem", table),
    }
    found = compare(calls, granted, {"kms:Sign": "…", "users/api dynamodb:Scan": "…"})
    assert found.missing == [
        f'{place}: put = ["things"]  (dynamodb:PutItem on {table})',
        f'{place}: sign = ["b"]  (kms:Sign on alias/rookery-dev-users-b)',
    ]
    assert found.unused == [
        f'{place}: query = ["things"]  (dynamodb:Query on {table})',
        f'{place}: query = ["things/i"]  (dynamodb:Query on {table}/index/i)',
    ]
    assert found.stale == ["users/api dynamodb:Scan"]
    lucky = compare(calls, granted, {}, {"kms:Sign": "…", "dynamodb:Query": "…", "x:Y": "…"})
    assert (lucky.unused, lucky.stale) == ([], ["x:Y"])
    used = compare({("users", "api", "kms:Sign", "alias/rookery-dev-users-a")}, granted, {})
    assert not any("kms" in line for line in used.unused + used.missing)


def test_every_policy_is_read():
    granted = all_grants()
    assert Grant("users/api", "dynamodb:UpdateItem", "table/rookery-dev-users-users") in (granted)
    assert len({grant.function for grant in granted}) > 40


@pytest.mark.parametrize(
    ("action", "resource", "declared"),
    [
        ("dynamodb:GetItem", "table/rookery-dev-tweets-tweets", 'get = ["tweets"]'),
        ("dynamodb:GetItem", "table/rookery-dev-users-users", 'get = ["users.users"]'),
        ("dynamodb:Query", "table/rookery-dev-users-follows/index/followers",
         'query = ["users.follows/followers"]'),
        ("sqs:SendMessage", "rookery-dev-tweets-fanout-ranges", 'send = ["fanout-ranges"]'),
        ("sns:Publish", "rookery-dev-tweets-events", 'publish = ["events"]'),
        ("kms:GenerateMac", "alias/rookery-dev-tweets-media-urls", 'make_mac = ["media-urls"]'),
        ("s3:PutObject", "rookery-dev-tweets-media-000000000000-us-east-1/uploads/1",
         'put_object = ["media/uploads/1"]'),
        ("s3:PutObject", "rookery-dev-users-exports-*/parts/*/data/*",
         'put_object = ["users.exports/parts/*/data/*"]'),
        ("s3:ListBucket", "rookery-dev-tweets-media-*", 'list_bucket = ["media"]'),
        ("ses:SendEmail", "identity/*", 'send_mail = ["*"]'),
    ],
)  # fmt: skip
def test_the_line_to_add_is_told(action: str, resource: str, declared: str):
    """It is the line that grants the very action on the very resource."""
    alias = resource if resource.startswith("alias/") else ""
    told = line(Grant("tweets/api", action, resource, alias))
    assert told.startswith(f"apps/tweets/functions.toml [api]: {declared}  (")
    rights = tomllib.loads(declared)
    given = {"Statement": statements(rights, "tweets", "dev")}
    # A mail's right extends to the set of events that it names.
    assert all(made.allows(action, resource) for made in grants("tweets/api", given))


def test_what_no_verb_says_follows_from_the_kind():
    told = line(Grant("tweets/api", "dynamodb:GetRecords", "table/rookery-dev-x/stream/*"))
    assert told.endswith("table/rookery-dev-x/stream/*, which follows from its kind")


def test_only_calls_inside_a_function_are_noted_each_once(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(permissions, "_notes", None)
    monkeypatch.setattr(permissions.handlers, "BUILTIN_HANDLERS", list(
        permissions.handlers.BUILTIN_HANDLERS))  # fmt: skip
    monkeypatch.setattr(permissions.ThreadPoolExecutor, "submit",
                        permissions.ThreadPoolExecutor.submit)  # fmt: skip
    monkeypatch.setenv(permissions.VARIABLE, str(tmp_path))
    permissions.watch()
    client = boto3.session.Session().client("dynamodb", region_name="eu-west-1")
    with Stubber(client) as answers, permissions.ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            answers.add_response("get_item", {})
        answers.add_response("list_tables", {})
        item = {"TableName": "t", "Key": {"id": {"S": "1"}}}
        client.get_item(**item)
        with permissions.running("users", "api"):
            client.get_item(**item)
            pool.submit(client.get_item, **item).result()
            with permissions.outside():
                client.list_tables()
    assert recorded(tmp_path) == {("users", "api", "dynamodb:GetItem", "table/t")}
    assert sum(len(path.read_text().splitlines()) for path in tmp_path.iterdir()) == 1
