"""Deployments of the shared stacks, shown and interrupted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.base.process import ROOT
from scripts.deploy import stacks
from scripts.deploy.account import Account, DeployError, connect
from scripts.deploy.command import Deployment
from scripts.deploy.provision import stack_name
from scripts.emulator.stack import Stack, embedded_aws

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

EVENTS, LOGS = (f"rookery-dev-{name}-resources" for name in ("events", "logs"))

# Stops for ever where its argument says, as if somebody pulled the plug there.
KILLED = """
import sys
from scripts.deploy.command import Deployment
from scripts.deploy.provision import stack_name
from scripts.deploy.account import connect

def stand_still(*_):
    print("HERE", flush=True)
    sys.stdin.read()

def say(line):
    if sys.argv[1] in line:
        stand_still()

confirm = stand_still if sys.argv[1] == "the question" else None
Deployment(connect(), "dev", say=say, confirm=confirm).resources([])
"""


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An empty account."""
    with (
        pytest.MonkeyPatch.context() as patch,
        embedded_aws(tmp_path / "state", keep=False) as stack,
    ):
        for name in [one for one in os.environ if one.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in _environment(stack).items():
            patch.setenv(name, value)
        yield connect()


def _environment(stack: Stack) -> dict[str, str]:
    """As docs/deploy.md asks: AWS_REGION alone names the region."""
    found = {name: v for name, v in stack.environment().items() if name.startswith("AWS_")}
    del found["AWS_DEFAULT_REGION"]
    return found


def deployment(account: Account, said: list[str], **options: Any) -> Deployment:
    said.clear()
    return Deployment(account, "dev", say=said.append, **options)


def standing(account: Account) -> dict[str, str]:
    found = account.client("cloudformation").describe_stacks()["Stacks"]
    return {one["StackName"]: one["StackStatus"] for one in found}


def test_diff_says_what_would_change_and_changes_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    deployment(account, said, dry=True).resources([])
    text = "\n".join(said)
    assert f"new stack {EVENTS}: " in text and "to create" in text
    assert "  + UsersTopic (SNS::Topic)" in said
    assert standing(account) == {}

    assert deployment(account, said).resources([])
    deployment(account, said, dry=True).resources([])
    assert said == [f"stack {EVENTS}: no change", f"stack {LOGS}: no change"]

    monkeypatch.setenv("LOG_ARCHIVE_DAYS", "365")
    for _ in range(2):
        deployment(account, said, dry=True).resources([])
        assert said[0] == f"stack {EVENTS}: no change"
        # The emulator counts what refers to the bucket, too.
        assert said[1].startswith(f"stack {LOGS}: ") and said[1].endswith(" to change")
        assert any(line.startswith("  ~ LogsBucket (S3::Bucket)") for line in said)
    # Nobody agrees: that changes nothing either.
    assert not deployment(account, said, confirm=lambda _: False).resources([])
    found = stacks.describe(account, LOGS)
    assert found is not None
    assert {"ParameterKey": "LogArchiveDays", "ParameterValue": "400"} in found["Parameters"]


def test_diff_goes_on_where_a_stack_needs_one_that_does_not_stand(account: Account) -> None:
    def refuse(**_: Any) -> Any:
        # The emulator takes such a change set.
        message = "No export named rookery-dev-nobody-exports found"
        error = {"Error": {"Code": "ValidationError", "Message": message}, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=400), error

    events = account.client("cloudformation").meta.events
    events.register("before-call.cloudformation.CreateChangeSet", refuse)
    said: list[str] = []
    assert not deployment(account, said, dry=True).apply("rookery-dev-x", {"Resources": {}})
    assert said == ["stack rookery-dev-x: to be seen when the stacks before it stand"]
    with pytest.raises(DeployError, match="No export named"):
        deployment(account, said).apply("rookery-dev-x", {"Resources": {}})


@pytest.mark.parametrize("moment", ["the question", "create complete"])
def test_a_deployment_that_was_killed_goes_on_where_it_was(account: Account, moment: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, moment],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "HERE\n"
    finally:
        process.kill()
        process.communicate()
    before = standing(account)
    if moment == "the question":
        # The change set stands and was not carried out.
        assert before == {EVENTS: "REVIEW_IN_PROGRESS"}
    else:
        assert EVENTS in before and LOGS not in before
    said: list[str] = []
    assert deployment(account, said).resources([])
    assert standing(account) == {EVENTS: "CREATE_COMPLETE", LOGS: "CREATE_COMPLETE"}
    assert deployment(account, said).resources([])
    assert said == [f"stack {EVENTS}: no change", f"stack {LOGS}: no change"]


def test_tables_and_keys_of_a_stage_that_was_removed_are_taken_over(account: Account) -> None:
    """Items, streams and sealed secrets are those of before."""
    said: list[str] = []
    name, stack = "rookery-prod-users-users", stack_name("users", "prod")
    prod = Deployment(account, "prod", say=said.append)
    assert prod.resources(["users"])
    database, keys = account.client("dynamodb"), account.client("kms")
    described = database.describe_table(TableName=name)["Table"]
    assert described["DeletionProtectionEnabled"] is True
    database.put_item(TableName=name, Item={"id": {"S": "1"}})
    key = keys.describe_key(KeyId="alias/rookery-prod-users-secrets")["KeyMetadata"]
    assert key["MultiRegion"] is True
    account.client("cloudformation").update_termination_protection(
        StackName=stack, EnableTerminationProtection=False
    )
    stacks.delete(account, stack, lambda _: None)
    assert stacks.describe(account, stack) is None
    said.clear()
    assert prod.resources(["users"])
    assert f"stack {stack}: takes over what an earlier one left" in said
    assert "  < UsersTable (DynamoDB::GlobalTable)" in said
    assert database.get_item(TableName=name, Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}
    assert (
        database.describe_table(TableName=name)["Table"]["LatestStreamArn"]
        == (described["LatestStreamArn"])
    )
    found = keys.describe_key(KeyId="alias/rookery-prod-users-secrets")["KeyMetadata"]
    assert found["KeyId"] == key["KeyId"]
    said.clear()
    assert prod.resources(["users"])
    assert [line for line in said if line.endswith(": no change")] == said
