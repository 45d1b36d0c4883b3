"""Render a declaration: configuration, policies, merge template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalice.utils import to_cfn_resource_name

from scripts.base.domain import domains
from scripts.wiring.declaration import API, Function, Wiring
from scripts.wiring.regions import MAPPING, NUMBER
from scripts.wiring.rights import Rights, Statement, statements
from scripts.wiring.standard import (
    API_RIGHTS,
    API_SETTINGS,
    FAILURES,
    LOGS,
    PARAMETERS,
    STAGE,
    reads_stream,
    receives,
)

# Days that CloudWatch keeps logs; other stages are for trying things.
_LOG_DAYS, _LOG_DAYS_ELSEWHERE = {"prod": 90}, 14
ARCHITECTURE = "arm64"
# Parameters that every template has.
_ALWAYS = ("PUBLIC_URL", "EDGE_SECRET_DIGESTS")


def log_days(stage: str) -> int:
    """Return for how many days CloudWatch keeps the logs of a stage."""
    return _LOG_DAYS.get(stage, _LOG_DAYS_ELSEWHERE)


def policy_file(function: str, stage: str) -> str:
    """Return the name of a function's policy in ``.chalice/``."""
    return f"policy-{function.replace('_', '-')}-{stage}.json"


def _together(first: Rights, second: Rights) -> dict[str, list[str]]:
    verbs = [*first, *(verb for verb in second if verb not in first)]
    return {
        verb: list(dict.fromkeys([*first.get(verb, ()), *second.get(verb, ())])) for verb in verbs
    }


def rights(function: Function) -> dict[str, list[str]]:
    """Return the rights of a function, declared and implied by its kind."""
    implied: dict[str, list[str]] = {}
    if function.source.kind == "api":
        implied = API_RIGHTS
    elif function.source.kind == "queue" and function.loop:
        implied = {"send": [function.source.name]}
    return _together(implied, function.rights)


def policy(wiring: Wiring, function: Function, stage: str) -> dict[str, Any]:
    """Return what a function may do in a stage."""
    source = f"rookery-{stage}-{wiring.domain}-{function.source.name}"
    found: list[Statement] = [LOGS]
    if function.source.kind == "queue":
        found.append(receives(source))
    elif function.source.kind == "stream":
        found += reads_stream(source, stage)
    found += statements(rights(function), wiring.domain, stage)
    return {"Version": "2012-10-17", "Statement": found}


def _stage(wiring: Wiring, stage: str, architecture: str) -> dict[str, Any]:
    def own(function: Function) -> dict[str, Any]:
        return {
            "iam_policy_file": policy_file(function.name, stage),
            "lambda_memory_size": function.memory,
            "lambda_timeout": function.timeout,
        }

    return {
        "api_gateway_stage": "api",
        "api_gateway_endpoint_type": "REGIONAL",
        "lambda_architecture": architecture,
        "log_retention_in_days": log_days(stage),
        "autogen_policy": False,
        **own(wiring.api),
        "environment_variables": {
            "STAGE": stage,
            # A data export waits for the parts of all of them.
            "DOMAINS": ",".join(domains()),
            "SQS_PARTIAL_BATCH": "1",
            **wiring.stages.get(stage, {}),
        },
        "lambda_functions": {one.name: own(one) for one in wiring.handlers},
    }


def config(
    wiring: Wiring, stages: Iterable[str], architecture: str = ARCHITECTURE
) -> dict[str, Any]:
    """Return Chalice's configuration of an app for some stages."""
    return {
        "version": "2.0",
        "app_name": f"rookery-{wiring.domain}",
        # Of a stage that is not written Chalice would make up policies; this file is not there.
        "autogen_policy": False,
        "iam_policy_file": "make-wiring-STAGE-was-not-run-for-this-stage.json",
        "stages": {stage: _stage(wiring, stage, architecture) for stage in stages},
    }


def _event(function: Function) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if function.source.kind == "queue":
        found["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    if function.source.kind == "stream":
        found |= {
            "BisectBatchOnFunctionError": function.bisect,
            "MaximumRetryAttempts": function.retries,
            "DestinationConfig": {"OnFailure": {"Type": "S3", "Destination": FAILURES}},
        }
    if function.filters:
        found["FilterCriteria"] = {"Filters": [{"Pattern": one} for one in function.filters]}
    return found


def _settings(function: Function) -> tuple[str, ...]:
    return (*(API_SETTINGS if function.name == API else ()), *function.settings)


def _properties(function: Function, logical: str) -> dict[str, Any]:
    given = {name: {"Ref": PARAMETERS[name][0]} for name in _settings(function)}
    place = {
        "ACCOUNT_ID": {"Ref": "AWS::AccountId"},
        "PARTITION": {"Ref": "AWS::Partition"},
        "REGION_NUMBER": NUMBER,
    }
    variables = {**place, **given, **function.environment}
    found: dict[str, Any] = {"Environment": {"Variables": variables}}
    if function.loop:
        found["RecursiveLoop"] = "Allow"
    if event := _event(function):
        # As Chalice calls the event.
        kind = {"queue": "Sqs", "stream": "Dynamodb"}[function.source.kind]
        found["Events"] = {f"{logical}{kind}EventSource": {"Properties": event}}
    return found


def merge(wiring: Wiring) -> dict[str, Any]:
    """Return what Chalice cannot say, merged into the packaged template."""
    used = {*_ALWAYS, *(name for one in wiring.functions for name in _settings(one))}
    logical = {
        one.name: "APIHandler" if one.name == API else to_cfn_resource_name(one.name)
        for one in wiring.functions
    }
    return {
        "Parameters": {
            "Stage": STAGE,
            **{title: shape for name, (title, shape) in PARAMETERS.items() if name in used},
        },
        "Mappings": MAPPING,
        "Resources": {
            **{
                logical[one.name]: {"Properties": _properties(one, logical[one.name])}
                for one in wiring.functions
            },
            # Chalice names it after a function that it spells otherwise.
            "ApiHandlerLogGroup": {
                "Properties": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${APIHandler}"}}
            },
        },
    }
