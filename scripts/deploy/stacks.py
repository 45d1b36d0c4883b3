"""Change stacks by change sets: proposed, shown, then carried out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scripts.deploy.account import Account, DeployError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# A first creation that failed: CloudFormation lets such a stack only be deleted.
STILLBORN = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
USABLE = GOOD | {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
_NOTHING = ("didn't contain changes", "No updates are to be performed")
TIMEOUT = 3600.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Proposal:
    """A change set that waits.

    Attributes:
        stack: name of the stack.
        identifier: the change set's id.
        new: True when the stack does not stand yet.
        changes: what would be added, changed and removed.
    """

    stack: str
    identifier: str
    new: bool
    changes: list[dict[str, Any]]


def describe(account: Account, name: str) -> dict[str, Any] | None:
    """A stack, or None when there is none."""
    try:
        found = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else dict(found)


def template(account: Account, name: str) -> dict[str, Any] | None:
    """Return the last template of a stack, None if it is no JSON."""
    found = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")
    body = found["TemplateBody"]
    return body if isinstance(body, dict) else None


def status(account: Account, name: str) -> str | None:
    """A stack's status, or None when there is no such stack."""
    found = describe(account, name)
    return str(found["StackStatus"]) if found else None


def _pauses() -> Iterator[float]:
    pause = 0.1
    while True:
        yield pause
        pause = min(pause * 1.4, 4.0)


def _events(account: Account, identifier: str, since: str | None) -> list[dict[str, Any]]:
    """A stack's events after the one named, the oldest first."""
    found: list[dict[str, Any]] = []
    pages = account.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=identifier):
        for event in page["StackEvents"]:
            if event["EventId"] == since:
                return found[::-1]
            found.append(event)
    return found[::-1]


def last_event(account: Account, name: str) -> str | None:
    """Id of a stack's newest event, to tell later ones from earlier ones."""
    try:
        answer = account.client("cloudformation").describe_stack_events(StackName=name)
    except ClientError:
        return None
    return str(answer["StackEvents"][0]["EventId"]) if answer["StackEvents"] else None


def wait(account: Account, identifier: str, since: str | None, say: Say) -> tuple[str, list[str]]:
    """Wait until a stack is at rest; return its status and failures."""
    deadline, failures = time.monotonic() + TIMEOUT, list[str]()
    for pause in _pauses():
        found = account.client("cloudformation").describe_stacks(StackName=identifier)["Stacks"][0]
        state = str(found["StackStatus"])
        for event in _events(account, identifier, since):
            since = str(event["EventId"])
            line = f"{event['LogicalResourceId']} ({event['ResourceType']})"
            reason = str(event.get("ResourceStatusReason") or "")
            happened = str(event["ResourceStatus"])
            if happened.endswith("_FAILED"):
                failures.append(f"  {line}: {reason or happened}")
            if not happened.endswith("_IN_PROGRESS"):
                say(f"    {happened.lower().replace('_', ' '):<28} {line}")
        if not state.endswith("_IN_PROGRESS"):
            return state, failures
        if time.monotonic() > deadline:
            raise DeployError(f"{identifier} is still {state}; run the command again to wait on")
        time.sleep(pause)
    raise AssertionError("unreachable")


def make_ready(account: Account, name: str, say: Say, *, repair: bool) -> bool:
    """Bring a stack into a state that takes changes; True when it stands.

    An earlier command that was interrupted is waited for. ``repair`` allows to
    delete what an earlier, failed creation left (what is retained stays).

    Raises:
        DeployError: somebody has to decide; the message says what.
    """
    found = describe(account, name)
    if found is None:
        return False
    state = str(found["StackStatus"])
    if state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS":
        say(f"  {name} is still {state.lower().replace('_', ' ')}: waiting for that")
        state, _ = wait(account, found["StackId"], last_event(account, name), say)
    if state in {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}:
        return False
    if state in STILLBORN:
        if not repair:
            raise DeployError(
                f"{name} is in state {state}: its creation failed. `make deploy` deletes it and "
                "creates it anew; tables that it had made already are kept and taken over."
            )
        say(f"  {name} is in state {state}: its creation failed. It is deleted first")
        delete(account, name, say)
        return False
    if state in USABLE:
        return True
    advice = {
        "UPDATE_ROLLBACK_FAILED": "free what its events name, then run "
        f"`aws cloudformation continue-update-rollback --stack-name {name}`",
        "DELETE_FAILED": "run `make destroy` again, it says what stands in the way",
    }
    raise DeployError(f"{name} is in state {state}: {advice.get(state, 'look at its events')}.")


def propose(account: Account, name: str, *, new: bool, **arguments: Any) -> Proposal | None:
    """Make a change set; None when nothing would change.

    ``arguments`` go to CreateChangeSet (``TemplateBody`` or ``TemplateURL``, ``Parameters`` …).

    Raises:
        DeployError: CloudFormation does not take the template.
    """
    cloud = account.client("cloudformation")
    arguments.setdefault("ChangeSetType", "CREATE" if new else "UPDATE")
    try:
        made = cloud.create_change_set(
            StackName=name,
            ChangeSetName=f"rookery-{secrets.token_hex(6)}",
            Capabilities=CAPABILITIES,
            **arguments,
        )
    except ClientError as error:
        raise DeployError(f"{name}: {error.response['Error']['Message']}") from error
    identifier = str(made["Id"])
    for pause in _pauses():
        found = cloud.describe_change_set(ChangeSetName=identifier)
        if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            break
        time.sleep(pause)
    if found["Status"] == "CREATE_COMPLETE" and found["ExecutionStatus"] == "AVAILABLE":
        changes = list(found["Changes"])
        while found.get("NextToken"):
            found = cloud.describe_change_set(
                ChangeSetName=identifier, NextToken=found["NextToken"]
            )
            changes += found["Changes"]
        return Proposal(name, identifier, new, [one["ResourceChange"] for one in changes])
    reason = str(found.get("StatusReason") or found["Status"])
    withdraw(account, Proposal(name, identifier, new, []))
    if any(text in reason for text in _NOTHING):
        return None
    raise DeployError(f"{name}: {reason}")


def withdraw(account: Account, proposal: Proposal) -> None:
    """Take a change set back; a stack that only it announced goes with it."""
    cloud = account.client("cloudformation")
    cloud.delete_change_set(ChangeSetName=proposal.identifier)
    if proposal.new and status(account, proposal.stack) == "REVIEW_IN_PROGRESS":
        cloud.delete_stack(StackName=proposal.stack)


def carry_out(account: Account, proposal: Proposal, say: Say) -> None:
    """Carry a change set out and wait for the end.

    Raises:
        DeployError: it failed; CloudFormation has rolled it back by then.
    """
    cloud, name = account.client("cloudformation"), proposal.stack
    since = last_event(account, name)
    stack = describe(account, name)
    assert stack is not None
    cloud.execute_change_set(ChangeSetName=proposal.identifier)
    state, failures = wait(account, stack["StackId"], since, say)
    if state not in GOOD:
        why = "\n".join(failures) or "  (no resource says why)"
        kept = "" if proposal.new else " What ran before runs on."
        raise DeployError(f"{name}: {state}.{kept}\n{why}")


def protect(account: Account, name: str) -> None:
    """Make a stack refuse to be deleted until somebody takes that back."""
    account.client("cloudformation").update_termination_protection(
        StackName=name, EnableTerminationProtection=True
    )


def delete(account: Account, name: str, say: Say) -> list[dict[str, Any]]:
    """Delete a stack; returns the resources that it left behind.

    Raises:
        DeployError: something could not be deleted.
    """
    found = describe(account, name)
    if found is None:
        return []
    cloud, since = account.client("cloudformation"), last_event(account, name)
    cloud.delete_stack(StackName=name)
    state, failures = wait(account, found["StackId"], since, say)
    if state != "DELETE_COMPLETE":
        raise DeployError(f"{name}: {state}\n" + "\n".join(failures))
    return [
        event
        for event in _events(account, found["StackId"], since)
        if event["ResourceStatus"] == "DELETE_SKIPPED"
    ]
