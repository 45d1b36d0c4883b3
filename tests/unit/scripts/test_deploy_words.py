"""Messages to an operator when a deployment cannot go on."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from botocore.stub import Stubber

from scripts.deploy import account as deploy_aws
from scripts.deploy import command
from scripts.deploy.account import Account, DeployError, connect, in_words
from scripts.deploy.destroy import destroy
from scripts.deploy.refusals import (
    refuse_loopback,
    refuse_missing_contacts,
    refuse_unnumbered_region,
)
from scripts.deploy.stacks import make_ready
from scripts.deploy.status import at_rest

STACK = "rookery-prod-users-resources"


def refused(code: str, message: str = "because") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoCredentialsError(), "AWS_PROFILE"),
        (ProfileNotFound(profile="mine"), "list-profiles"),
        (NoRegionError(), "AWS_REGION"),
        (EndpointConnectionError(endpoint_url="https://x"), "does not answer"),
        (refused("ExpiredToken"), "Log in again"),
        (refused("AccessDenied", "not authorized"), "AWS refuses CreateChangeSet: not authorized"),
        (refused("LimitExceededException"), "A quota of the account is reached"),
        (refused("ValidationError", "no such thing"), "CreateChangeSet: no such thing"),
    ],
)
def test_an_error_is_told_with_what_to_do(error: Any, told: str) -> None:
    assert told in in_words(error)


@pytest.mark.parametrize(
    ("missing", "told"), [("REGION", "AWS_REGION"), ("CREDENTIALS", "no AWS credentials")]
)
def test_a_missing_region_or_login_is_told_before_anything_is_done(
    missing: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL",
                 "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    if missing == "CREDENTIALS":
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(DeployError, match=told):
        connect()


def test_a_region_without_a_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.session.Session("k", "s", region_name="sa-east-1")
    for region, emulated in (("sa-east-1", False), ("sa-east-1", True)):
        with pytest.raises(DeployError, match="has no number"):
            refuse_unnumbered_region(Account(session, "123456789012", region, emulated))
    refuse_unnumbered_region(Account(session, "123456789012", "eu-west-1", emulated=False))
    # It is said before anything is done.
    place = Account(session, "123456789012", "sa-east-1", emulated=False)
    monkeypatch.setattr(command, "connect", lambda: place)
    for name in ("deploy", "diff", "provision", "finish"):
        monkeypatch.setattr("sys.argv", ["command", name, "--yes"])
        assert command.main() == 1


@pytest.mark.parametrize(
    ("given", "standing", "refused"),
    [
        ("", None, "http://127.0.0.1:8000"),
        ("http://localhost:8000", None, "http://localhost:8000"),
        ("https://rookery.localhost", "https://rookery.example", "https://rookery.localhost"),
        ("http://[::1]:8000", None, "http://[::1]:8000"),
        ("http://0.0.0.0", None, "http://0.0.0.0"),
        ("rookery.example", None, "rookery.example"),
        ("", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("", "https://rookery.example", None),
        ("https://rookery.example", "http://127.0.0.1:8000", None),
        ("https://127.rookery.example", None, None),
    ],
)
def test_aws_gets_no_address_of_this_machine(
    given: str, standing: str | None, refused: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", given)
    session = boto3.session.Session("k", "s", region_name="eu-west-1")
    account = Account(session, "123456789012", "eu-west-1", emulated=False)
    with Stubber(account.client("cloudformation")) as answers:
        if standing is None:
            answers.add_client_error("describe_stacks", "ValidationError", "x does not exist")
        else:
            given_before = [{"ParameterKey": "PublicUrl", "ParameterValue": standing}]
            found = stack("CREATE_COMPLETE", Parameters=given_before)
            answers.add_response("describe_stacks", found)
        if refused is None:
            refuse_loopback(account, ["rookery-prod-users"])
        else:
            with pytest.raises(DeployError, match=re.escape(f"at {refused}. Set PUBLIC_URL")):
                refuse_loopback(account, ["rookery-prod-users"])
    # The embedded AWS is this machine.
    refuse_loopback(Account(session, "0" * 12, "eu-west-1", emulated=True), ["rookery-dev-users"])


@pytest.mark.parametrize(
    ("given", "standing", "refused"),
    [
        ("", None, "has no database for addresses of people. Set CONTACTS_URL"),
        ("sqlite:////tmp/contacts.db", None, "in a file of one function"),
        ("postgresql://admin@x.dsql.eu-west-1.on.aws/postgres", None, None),
        # CloudFormation shows no secret: that it has one is enough.
        ("", "****", None),
    ],
)
def test_a_stage_without_contacts_is_not_deployed(
    given: str, standing: str | None, refused: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTACTS_URL", given)
    session = boto3.session.Session("k", "s", region_name="eu-west-1")
    account = Account(session, "123456789012", "eu-west-1", emulated=False)
    apps = {"tweets": "rookery-prod-tweets", "notifications": "rookery-prod-notifications"}
    with Stubber(account.client("cloudformation")) as answers:
        if standing is None:
            answers.add_client_error("describe_stacks", "ValidationError", "x does not exist")
        else:
            given_before = [{"ParameterKey": "ContactsUrl", "ParameterValue": standing}]
            answers.add_response(
                "describe_stacks", stack("CREATE_COMPLETE", Parameters=given_before)
            )
        if refused is None:
            refuse_missing_contacts(account, apps)
        else:
            with pytest.raises(DeployError, match=f"rookery-prod-notifications .*{refused}"):
                refuse_missing_contacts(account, apps)
        answers.assert_no_pending_responses()
    refuse_missing_contacts(account, {"tweets": "rookery-prod-tweets"})


def test_a_loopback_is_refused_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:8000")
    session = boto3.session.Session("k", "s", region_name="eu-west-1")
    account = Account(session, "123456789012", "eu-west-1", emulated=False)
    with (
        Stubber(account.client("cloudformation")) as answers,
        Stubber(account.client("lambda")) as functions,
        pytest.raises(DeployError, match="Set PUBLIC_URL"),
    ):
        functions.add_client_error("get_function_configuration", "ResourceNotFoundException")
        answers.add_client_error("describe_stacks", "ValidationError", "x does not exist")
        command.deploy(account, "prod", ["users"], out=tmp_path, say=lambda _: None)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def cloud() -> Iterator[tuple[Account, Stubber]]:
    session = boto3.session.Session("k", "s", region_name="eu-west-1")
    account = Account(session, "123456789012", "eu-west-1", emulated=True)
    with Stubber(account.client("cloudformation")) as answers:
        yield account, answers


def stack(status: str, **members: Any) -> dict[str, Any]:
    found = {"StackName": STACK, "StackStatus": status, "CreationTime": datetime.now(UTC)}
    return {"Stacks": [{**found, "StackId": "arn:x", **members}]}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("DELETE_FAILED", "make destroy"),
        ("ROLLBACK_COMPLETE", "make deploy"),
    ],
)
def test_a_stack_in_a_bad_state_is_named_with_the_way_out(
    status: str, told: str, cloud: tuple[Account, Stubber]
) -> None:
    account, answers = cloud
    answers.add_response("describe_stacks", stack(status))
    with pytest.raises(DeployError, match=status) as error:
        make_ready(account, STACK, print, repair=False)
    assert told in str(error.value)


def test_an_interrupted_deployment_is_waited_for(cloud: tuple[Account, Stubber]) -> None:
    account, answers = cloud
    said: list[str] = []
    answers.add_response("describe_stacks", stack("UPDATE_IN_PROGRESS"))
    answers.add_response("describe_stack_events", {"StackEvents": []})
    answers.add_response("describe_stacks", stack("UPDATE_COMPLETE"))
    answers.add_response("describe_stack_events", {"StackEvents": []})
    assert make_ready(account, STACK, said.append, repair=True)
    assert "waiting for that" in said[0]
    answers.assert_no_pending_responses()


def test_a_protected_stage_is_not_destroyed(cloud: tuple[Account, Stubber]) -> None:
    account, answers = cloud
    for _ in range(2):
        # Whether they stand, and whether they are protected: the app's stack and the resources'.
        for _ in ("app", "resources"):
            answers.add_response(
                "describe_stacks", stack("CREATE_COMPLETE", EnableTerminationProtection=True)
            )
    with pytest.raises(DeployError, match="no-enable-termination-protection") as error:
        destroy(account, "prod", ["users"], whole=False, say=print)
    assert "nothing was deleted" in str(error.value)
    assert f"--stack-name {STACK}" in str(error.value)
    # No further call: a deletion would have had no answer.
    answers.assert_no_pending_responses()


def test_every_refusal_known_has_words() -> None:
    for code in deploy_aws._REFUSED | deploy_aws._EXPIRED:
        assert "because" in in_words(refused(code))


@pytest.mark.parametrize(("given", "rests"), [({"EventHandlers": "off"}, True), ({}, False)])
def test_a_stage_at_rest_is_told(given: dict[str, str], rests: bool) -> None:
    named = {"Stage": "dev", **given}
    stack = {"Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in named.items()]}
    assert at_rest(stack) is rests
