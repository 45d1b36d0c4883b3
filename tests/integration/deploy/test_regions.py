"""Two regions of one stage in one account stand side by side."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.deploy.account import Account, connect
from scripts.deploy.command import Deployment
from scripts.deploy.destroy import destroy
from scripts.emulator.stack import embedded_aws

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

FIRST, SECOND = "us-east-1", "eu-west-1"


@pytest.fixture
def patch(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """An empty account; the test sets the region."""
    with (
        pytest.MonkeyPatch.context() as patch,
        embedded_aws(tmp_path / "state", keep=False) as stack,
    ):
        for name in [one for one in os.environ if one.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in stack.environment().items():
            if name.startswith("AWS_") and not name.endswith("REGION"):
                patch.setenv(name, value)
        yield patch


def deployed(patch: pytest.MonkeyPatch, region: str) -> tuple[Account, list[str]]:
    """Deploy the shared stacks into a region; returns what was said, too."""
    patch.setenv("AWS_REGION", region)
    account, said = connect(), list[str]()
    assert Deployment(account, "prod", say=said.append).resources([])
    return account, said


def buckets(account: Account) -> set[str]:
    return {one["Name"] for one in account.client("s3").list_buckets()["Buckets"]}


def owned(account: Account) -> set[tuple[str, str]]:
    """Named resources with global names that the region's stacks own.

    Of what has no name in the template, AWS makes one up; the emulator derives it from the stack.
    """
    found = account.client("cloudformation")
    return {
        (one["ResourceType"], one["PhysicalResourceId"])
        for stack in found.describe_stacks()["Stacks"]
        for one in found.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
        if one["ResourceType"] in {"AWS::S3::Bucket", "AWS::IAM::Role"}
        and not one["PhysicalResourceId"].startswith(f"{stack['StackName']}-")
    }


def test_a_second_region_of_a_stage_takes_nothing_of_the_first(patch: pytest.MonkeyPatch) -> None:
    first, _ = deployed(patch, FIRST)
    before, mine = buckets(first), owned(first)
    assert mine

    second, said = deployed(patch, SECOND)
    assert not [line for line in said if "takes over" in line]
    theirs = owned(second)
    assert len(theirs) == len(mine)
    assert not theirs & mine
    assert owned(first) == mine
    # A bucket for bundles of its own, too.
    assert {one for one in buckets(second) - before if "artifacts" in one} == {
        second.bucket("prod", "artifacts")
    }

    # What a region retains is there for its next deployment, and for no other's.
    for stack in ("logs", "events"):
        second.client("cloudformation").update_termination_protection(
            StackName=f"rookery-prod-{stack}-resources", EnableTerminationProtection=False
        )
    assert destroy(second, "prod", [], whole=True, say=lambda _: None)
    assert owned(first) == mine
    assert before <= buckets(first)
    _, said = deployed(patch, SECOND)
    assert [line for line in said if "takes over" in line]
    assert owned(first) == mine
    _, said = deployed(patch, FIRST)
    assert [line for line in said if line.endswith(": no change")] == said
