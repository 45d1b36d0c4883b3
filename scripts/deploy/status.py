"""State of a stage: stacks, versions, addresses, dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.deploy import stacks
from scripts.deploy.account import Account
from scripts.deploy.provision import stack_name


def _moment(stack: dict[str, Any]) -> str:
    changed = stack.get("LastUpdatedTime") or stack.get("CreationTime")
    return f"{changed:%Y-%m-%d %H:%M} UTC" if changed else ""


def api_url(account: Account, stack: dict[str, Any]) -> str | None:
    """Return the address of a deployed app, on AWS or the emulator."""
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    url = outputs.get("EndpointURL")
    if url is None or not account.emulated:
        return url
    base = account.client("cloudformation").meta.endpoint_url
    stage = url.rstrip("/").rpartition("/")[2]
    return f"{base}/_aws/execute-api/{outputs['RestAPIId']}/{stage}/"


def _version(account: Account, name: str) -> str:
    """The beginning of the hash of the bundle that runs."""
    template = account.client("cloudformation").get_template(
        StackName=name, TemplateStage="Original"
    )["TemplateBody"]
    resources = template.get("Resources", {}) if isinstance(template, dict) else {}
    for resource in resources.values():
        uri = str((resource.get("Properties") or {}).get("CodeUri", ""))
        if uri.startswith("s3://"):
            return uri.rpartition("/")[2][:12]
    return "unknown"


def dead_letters(account: Account, name: str) -> dict[str, int]:
    """Return messages in a stack's dead-letter queues, by queue."""
    found: dict[str, int] = {}
    pages = account.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=name):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] != "AWS::SQS::Queue":
                continue
            url = resource["PhysicalResourceId"]
            answer = account.client("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "RedrivePolicy"]
            )
            attributes = answer.get("Attributes", {})
            if not attributes.get("RedrivePolicy"):
                found[url.rpartition("/")[2]] = int(attributes["ApproximateNumberOfMessages"])
    return found


def _stack(account: Account, name: str) -> Iterator[str]:
    found = stacks.describe(account, name)
    if found is None:
        yield f"  {name}: not deployed"
        return
    yield f"  {name}: {found['StackStatus']} ({_moment(found)})"


def at_rest(stack: dict[str, Any]) -> bool:
    """Return True if an app's event sources are switched off."""
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    return given.get("EventHandlers") == "off"


def report(account: Account, stage: str, names: list[str]) -> list[str]:
    """The state of a stage, line by line."""
    found = ["shared", *_stack(account, stack_name("events", stage))]
    found += _stack(account, stack_name("logs", stage))
    for domain in names:
        resources, app = stack_name(domain, stage), f"rookery-{stage}-{domain}"
        found += [domain, *_stack(account, resources)]
        if stacks.describe(account, resources):
            letters = {q: n for q, n in dead_letters(account, resources).items() if n}
            listed = ", ".join(f"{queue} {number}" for queue, number in letters.items())
            found.append(f"    dead letters: {listed or 'none'}")
        found += _stack(account, app)
        stack = stacks.describe(account, app)
        if stack:
            found.append(f"    version {_version(account, app)}")
            if at_rest(stack):
                found.append("    event handlers are off: Lambda reads no queues and streams")
            if url := api_url(account, stack):
                found.append(f"    {url}")
    return found
