"""All apps, packaged and deployed to the embedded AWS.

The functions run in a bare Python: what a bundle lacks is missed here. The
tests build on one another, in order: deploy, use, update, break, destroy, again.
"""

import base64
import json
import os
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from xdk import Client

from scripts.base.cfn_yaml import load_template
from scripts.base.process import ROOT, free_ports
from scripts.deploy import stacks
from scripts.deploy.account import Account, DeployError
from scripts.deploy.command import app_stack, deploy
from scripts.deploy.destroy import destroy
from scripts.deploy.package import TEMPLATE
from scripts.deploy.provision import stack_name
from scripts.deploy.status import api_url, dead_letters, report
from scripts.deploy.templates import packaged
from scripts.local.rehearsal import deployed
from scripts.wiring.runtime import RUNTIME
from shared.http.cors import CORS
from tests.deploy.stage import World
from tests.deploy.world import (
    DOMAINS,
    STAGE,
    Person,
    Platform,
    copy_of,
    eventually,
    function_of,
    gateway,
    logged,
    site,
)
from tests.media_support import png

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("deploy"), pytest.mark.timeout(900)]

# Nobody is there to make it.
IMPOSSIBLE = {
    "Type": "AWS::CloudFormation::CustomResource",
    "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:no-such"},
}


def test_a_deployment_shows_its_changes_and_a_second_finds_none(world: World) -> None:
    assert "new stack rookery-dev-events-resources" in "\n".join(world.said)
    assert any(line.startswith("  + UsersTable (DynamoDB::GlobalTable)") for line in world.said)
    world.deploy()
    assert world.said and all(line.endswith(": no change") for line in world.said)
    lines = report(world.account, STAGE, DOMAINS)
    assert sum("CREATE_COMPLETE" in line for line in lines) == 10
    assert any("version" in line and "unknown" not in line for line in lines)


def test_people_register_follow_tweet_and_are_told(world: World) -> None:
    reader, author = (world.outside.register() for _ in range(2))
    world.people += [reader, author]
    reader.ok("POST", f"/2/users/{reader.id}/following", {"target_user_id": author.id})
    eventually(
        lambda: any(
            one["type"] == "follow"
            for one in author.ok("GET", "/1/notifications/inbox").get("data", [])
        )
    )
    picture = base64.b64encode(png()).decode()
    upload = {"media": picture, "media_category": "tweet_image", "media_type": "image/png"}
    media = author.ok("POST", "/2/media/upload", upload)["data"]["id"]
    tweet = {"text": f"hello @{reader.username}", "media": {"media_ids": [media]}}
    author.ok("POST", "/2/tweets", tweet)
    assert eventually(reader.home) == [f"hello @{reader.username}"]
    inbox = eventually(lambda: reader.ok("GET", "/1/notifications/inbox").get("data"))
    assert inbox[0]["actor"]["id"] == author.id
    me = Client(base_url=world.outside.url, access_token=reader.token).users.get_me()
    assert me.data is not None and me.data.username == reader.username


@pytest.mark.parametrize(
    ("domain", "path", "allowed", "refusing"),
    [
        ("users", "/1/accounts", "OPTIONS, POST", ("POST", 400)),
        ("tweets", "/2/tweets/1", "DELETE, GET, OPTIONS", ("GET", 401)),
    ],
)
def test_every_answer_may_be_read_by_pages_of_other_origins(
    world: World, domain: str, path: str, allowed: str, refusing: tuple[str, int]
) -> None:
    """Asked at the API itself: the local gateway has answers of its own."""
    api = Platform(deployed(world.account, STAGE)[domain])
    method, status = refusing
    answers = {
        405: api.call("PATCH", path, {}),
        404: api.call("GET", f"{path}/no/such/thing"),
        204: api.call("OPTIONS", path),
        status: api.call(method, path, {} if method == "POST" else None),
    }
    told = {}
    for expected, answer in answers.items():
        assert answer.status == expected, answer.body
        told[expected] = {name.lower(): value for name, value in answer.headers.items()}
        assert set(CORS) <= set(told[expected])
    assert told[405]["allow"] == told[204]["access-control-allow-methods"] == allowed
    assert answers[405].json()["status"] == 405 and answers[404].json()["status"] == 404


def schedule_for_now(world: World) -> None:
    """Schedule a crawl of a place where nobody answers, due at once."""
    crawl = {"url": "http://127.0.0.1:9/scheduled", "allow_private": True}
    body = {"expression": "rate(1 day)", "crawl": crawl}
    made = world.people[0].ok("POST", "/1/crawl_schedules", body)["data"]
    world.account.client("dynamodb").update_item(
        TableName=f"rookery-{STAGE}-crawler-crawl_schedules",
        Key={"owner_id": {"S": world.people[0].id}, "id": {"S": made["id"]}},
        UpdateExpression="SET next_at = :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time() * 1000))}},
    )


def test_a_crawl_ends_with_all_pages(world: World) -> None:
    schedule_for_now(world)
    with site(pages=6) as root:
        body = {"url": root, "allow_private": True, "max_pages": 20}
        run = world.people[0].ok("POST", "/1/crawls", body)["data"]["id"]

        def finished() -> Any:
            found = world.people[0].ok("GET", f"/1/crawls/{run}")["data"]
            return found if found["status"] != "running" else None

        data = eventually(finished)
    assert data["status"] == "finished"
    assert data["stats"]["fetched"] == 7


def test_one_bad_message_of_a_batch_ends_among_the_dead_letters(world: World) -> None:
    sqs = world.account.client("sqs")
    url = sqs.get_queue_url(QueueName=f"rookery-{STAGE}-tweets-follows")["QueueUrl"]
    dead = f"rookery-{STAGE}-tweets-follows-dlq"
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    policy = {**json.loads(arn["RedrivePolicy"]), "maxReceiveCount": 2}
    # Otherwise a message comes back after minutes.
    sqs.set_queue_attributes(
        QueueUrl=url,
        Attributes={"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(policy)},
    )
    reader, author = world.people
    author.ok("POST", f"/2/users/{author.id}/following", {"target_user_id": reader.id})
    reader.ok("POST", "/2/tweets", {"text": "seen by back-fill or delivery"})
    sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(n), "MessageBody": f"no event {n}"} for n in range(2)],
    )
    name = stack_name("tweets", STAGE)
    eventually(lambda: dead_letters(world.account, name).get(dead) == 2 or None)
    eventually(lambda: "seen by back-fill or delivery" in author.home())
    assert f"{dead} 2" in "\n".join(report(world.account, STAGE, DOMAINS))


def test_an_update_in_place_keeps_what_people_wrote(world: World) -> None:
    bundle = copy_of(world.built, "tweets", world.state / "update")
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("release.txt", "the next release")
    before = _code(world.account, "tweets")
    run = world.run()
    assert run.apps({"tweets": bundle})
    assert any(line.startswith("  ~ APIHandler (Lambda::Function)") for line in world.said)
    assert _code(world.account, "tweets") != before
    reader, author = world.people
    assert f"hello @{reader.username}" in reader.home()
    author.ok("POST", "/2/tweets", {"text": "after the update"})
    eventually(lambda: "after the update" in reader.home())


def test_a_broken_update_is_rolled_back_and_the_old_version_serves(world: World) -> None:
    template = packaged(world.account, world.run().bucket, world.built["users"].parent / TEMPLATE)
    before = _code(world.account, "users")
    template["Resources"]["APIHandler"]["Properties"]["MemorySize"] = 2048
    template["Resources"]["Broken"] = {**IMPOSSIBLE, "DependsOn": "APIHandler"}
    with pytest.raises(DeployError, match="What ran before runs on"):
        world.run().apply(app_stack("users", STAGE), template)
    assert stacks.status(world.account, app_stack("users", STAGE)) == "UPDATE_ROLLBACK_COMPLETE"
    function = function_of(world.account, "users", "APIHandler")
    standing = world.account.client("lambda").get_function_configuration(FunctionName=function)
    assert (standing["MemorySize"], _code(world.account, "users")) == (1024, before)
    world.people[0].log_in()
    # And the next good one goes through.
    assert world.run().apps({"users": world.built["users"]})


def test_a_stack_whose_creation_failed_is_made_anew(world: World) -> None:
    name = f"rookery-{STAGE}-sample-resources"
    table: dict[str, Any] = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "Properties": {
            "TableName": f"rookery-{STAGE}-sample-things",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    }
    broken = {**IMPOSSIBLE, "DependsOn": "Things"}
    with pytest.raises(DeployError, match="Broken"):
        world.run().apply(name, {"Resources": {"Things": table, "Broken": broken}})
    assert stacks.status(world.account, name) in stacks.STILLBORN
    # The failed creation left its table behind; the next one takes it over.
    assert world.run().apply(name, {"Resources": {"Things": table}})
    assert any("delete" in line for line in world.said)
    assert stacks.status(world.account, name) in stacks.GOOD
    stacks.delete(world.account, name, world.said.append)


def test_a_stage_has_one_owner(world: World) -> None:
    functions = world.account.client("lambda")
    source = functions.get_function(FunctionName=function_of(world.account, "users", "APIHandler"))
    functions.create_function(
        FunctionName=f"rookery-users-{STAGE}",
        Runtime=RUNTIME,
        Handler="app.app",
        Role=source["Configuration"]["Role"],
        Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
    )
    try:
        with pytest.raises(DeployError, match="belongs to `chalice deploy`"):
            deploy(world.account, STAGE, ["users"], say=world.said.append)
    finally:
        functions.delete_function(FunctionName=f"rookery-users-{STAGE}")


def test_the_schedule_has_fired(world: World) -> None:
    function = function_of(world.account, "crawler", "SweepRuns")
    eventually(lambda: logged(world.account, function))


def test_a_scheduled_crawl_has_started_once(world: World) -> None:
    """It was due when the tests began; the rule of every minute started it."""
    person = world.people[0]

    def started() -> Any:
        (shown,) = person.ok("GET", "/1/crawl_schedules")["data"]
        return shown if "last_run_id" in shown else None

    shown = eventually(started)
    assert "last_error" not in shown
    moment = datetime.fromisoformat(shown["next_at"])
    assert timedelta(hours=23) < moment - datetime.now(UTC) <= timedelta(hours=24)
    url = shown["crawl"]["url"]
    runs = [run for run in person.ok("GET", "/1/crawls")["data"] if run["url"] == url]
    assert [run["id"] for run in runs] == [shown["last_run_id"]]


def test_no_function_lacks_a_package_or_a_permission(world: World) -> None:
    """Both show in the logs of functions."""
    for domain in DOMAINS:
        template = load_template(world.built[domain].parent / TEMPLATE)
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                text = "\n".join(logged(world.account, function_of(world.account, domain, name)))
                for complaint in ("No module named", "AccessDenied", "not authorized to perform"):
                    assert complaint not in text, f"{domain} {name}: {complaint}"


def test_destroy_leaves_what_is_retained(world: World) -> None:
    said: list[str] = []
    assert destroy(world.account, STAGE, DOMAINS, whole=True, say=said.append)
    aws = world.account.client
    assert aws("cloudformation").describe_stacks()["Stacks"] == []
    assert aws("lambda").list_functions()["Functions"] == []
    assert aws("sqs").list_queues().get("QueueUrls", []) == []
    assert aws("sns").list_topics()["Topics"] == []
    assert aws("apigateway").get_rest_apis()["items"] == []
    assert aws("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    kept = "\n".join(said)
    assert [one["RoleName"] for one in aws("iam").list_roles()["Roles"]] == [
        f"rookery-{STAGE}-{world.account.region}-api-logs"
    ]
    for table in aws("dynamodb").list_tables()["TableNames"]:
        assert table in kept or table == f"rookery-{STAGE}-sample-things"
    buckets = [one["Name"] for one in aws("s3").list_buckets()["Buckets"]]
    assert {world.account.bucket(STAGE, kind) for kind in ("logs", "stream-failures")} <= set(
        buckets
    )
    assert all(bucket in kept for bucket in buckets)
    assert aws("firehose").list_delivery_streams()["DeliveryStreamNames"] == []


def test_a_crawl_runs_without_the_other_apps(world: World) -> None:
    run = world.run()
    # Of users the tables and the signing key alone: tokens are checked against them.
    assert run.resources(["crawler", "users"]) and run.apps({"crawler": world.built["crawler"]})
    visitor = [sys.executable, "-m", "scripts.local.visitor", "--aws"]
    state = world.state / "visitor"
    subprocess.run(visitor, cwd=ROOT, check=True, env={**os.environ, "ROOKERY_STATE": str(state)})
    token = (state / "token").read_text()
    standing = stacks.describe(world.account, app_stack("crawler", STAGE))
    assert standing is not None
    platform = Platform(str(api_url(world.account, standing)).rstrip("/"))
    with site(pages=3) as address:
        body = {"url": address, "allow_private": True}
        made = platform.ok("POST", "/1/crawls", body, token)["data"]["id"]
        path = f"/1/crawls/{made}"
        eventually(lambda: platform.ok("GET", path, token=token)["data"]["status"] == "finished")
    assert platform.ok("GET", path, token=token)["data"]["stats"]["fetched"] == 4


def test_a_new_deployment_takes_over_what_was_left(world: World) -> None:
    world.deploy()
    assert any("takes over" in line for line in world.said)
    with gateway(world.account, free_ports(1)[0]) as url:
        again = Platform(url)
        reader = Person(again, world.people[0].id, world.people[0].username, "")
        reader.log_in()
        assert f"hello @{reader.username}" in reader.home()
        # The keys are the old ones: a token from before is still good.
        old = world.people[1].token
        assert again.ok("GET", "/2/users/me", token=old)["data"]["id"] == world.people[1].id


def _code(account: Account, domain: str) -> str:
    function = function_of(account, domain, "APIHandler")
    answer = account.client("lambda").get_function_configuration(FunctionName=function)
    return str(answer["CodeSha256"])
