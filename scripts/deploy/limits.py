"""Add protection, concurrency, tracing and a switch to templates.

Generated, so that a new table, queue or function is never without.
"""

from __future__ import annotations

from typing import Any

from scripts.base.tables import is_table, replicas
from scripts.deploy.templates import Template

# Stages whose stacks and tables nobody deletes by mistake.
PROTECTED = frozenset({"prod"})
# Invocations at once that a queue may start (Lambda's least is 2): a backlog waits in the queue
# instead of taking the account's concurrency from the APIs. All queues and APIs of a stage
# together stay below the account's thousand, or a flood would starve streams and schedules.
QUEUE_CONCURRENCY = {"dev": 5, "prod": 12}
# Of queues that may take more: a tweet of somebody with many followers is many messages there.
WIDE = {("prod", "fanout-ranges"): 50}
# Invocations that each API keeps for itself, 0 for none: what is reserved is taken from the
# account's thousand, and a new account may have ten.
API_CONCURRENCY = {"dev": 0, "prod": 100}
_XRAY = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


def with_protection(template: Template, stage: str) -> Template:
    """Let retained tables refuse to be deleted, in a protected stage."""
    for resource in template["Resources"].values():
        if is_table(resource) and stage in PROTECTED:
            kept = resource.get("DeletionPolicy") == "Retain"
            for replica in replicas(resource):
                replica["DeletionProtectionEnabled"] = kept
    return template


def _functions(template: Template) -> dict[str, dict[str, Any]]:
    return {
        name: one["Properties"]
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::Serverless::Function"
    }


def _limit_queues(template: Template, stage: str) -> None:
    for function in _functions(template).values():
        for event in (function.get("Events") or {}).values():
            if event["Type"] == "SQS":
                limit = {"MaximumConcurrency": queue_concurrency(str(event["Properties"]), stage)}
                event["Properties"].setdefault("ScalingConfig", limit)


def queue_concurrency(queue: str, stage: str) -> int:
    """Return the invocations at once that a queue (name or ARN) may start."""
    wide = (limit for (where, name), limit in WIDE.items() if where == stage and name in queue)
    return next(wide, QUEUE_CONCURRENCY.get(stage, 5))


def _reserve(template: Template, stage: str) -> None:
    api = _functions(template).get("APIHandler")
    if api is None:
        return
    template.setdefault("Parameters", {})["ApiConcurrency"] = {
        "Type": "Number",
        "Default": API_CONCURRENCY.get(stage, 0),
        "MinValue": 0,
        "Description": "Invocations at once that the API keeps, and has at most; 0: no limit.",
    }
    template.setdefault("Conditions", {})["ApiReserved"] = {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ApiConcurrency"}, "0"]}]
    }
    api["ReservedConcurrentExecutions"] = {
        "Fn::If": ["ApiReserved", {"Ref": "ApiConcurrency"}, {"Ref": "AWS::NoValue"}]
    }


def _let_rest(template: Template) -> None:
    """Add a switch for event sources: polling queues costs money."""
    template.setdefault("Parameters", {})["EventHandlers"] = {
        "Type": "String",
        "Default": "on",
        "AllowedValues": ["on", "off"],
        "Description": "off: Lambda reads no queues, streams and schedules (make worker may).",
    }
    template.setdefault("Conditions", {})["Handled"] = {
        "Fn::Equals": [{"Ref": "EventHandlers"}, "on"]
    }
    for function in _functions(template).values():
        for event in (function.get("Events") or {}).values():
            if event["Type"] in {"SQS", "DynamoDB"}:
                event["Properties"]["Enabled"] = {"Fn::If": ["Handled", True, False]}
            elif event["Type"] == "Schedule":
                # `Enabled` of a schedule takes no condition.
                event["Properties"]["State"] = {"Fn::If": ["Handled", "ENABLED", "DISABLED"]}


def _trace(template: Template) -> None:
    template.setdefault("Parameters", {})["Tracing"] = {
        "Type": "String",
        "Default": "PassThrough",
        "AllowedValues": ["PassThrough", "Active"],
        "Description": "Active: requests are sampled by X-Ray, which costs by the trace.",
    }
    template.setdefault("Conditions", {})["Traced"] = {"Fn::Equals": [{"Ref": "Tracing"}, "Active"]}
    for function in _functions(template).values():
        function["Tracing"] = {"Ref": "Tracing"}
    api = template["Resources"].get("RestAPI", {}).get("Properties")
    if api is not None:
        api["TracingEnabled"] = {"Fn::If": ["Traced", True, False]}
    roles = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::Role"]
    template["Resources"]["TracingPolicy"] = {
        "Type": "AWS::IAM::Policy",
        "Condition": "Traced",
        "Properties": {
            "PolicyName": "tracing",
            "Roles": [{"Ref": name} for name in sorted(roles)],
            "PolicyDocument": {
                "Version": "2012-10-17",
                # X-Ray has no resources to name.
                "Statement": [{"Effect": "Allow", "Action": _XRAY, "Resource": "*"}],
            },
        },
    }


def with_limits(template: Template, stage: str) -> Template:
    """Add concurrency and switches for events and X-Ray to a template."""
    _limit_queues(template, stage)
    _let_rest(template)
    _reserve(template, stage)
    _trace(template)
    return template
