"""Adds to templates what follows from what they hold: alarms, and how an API answers.

Generated, so that a new queue or function is never without.
"""

from __future__ import annotations

import re
from typing import Any

from scripts.deploy_templates import Template
from scripts.problems import CORS, PREFLIGHT

_PROBLEM = (
    '{{"type":"about:blank","title":"{title}","status":{status},'
    '"detail":$context.error.messageString}}'
)
_CORS = {f"gatewayresponse.header.{name.title()}": f"'{value}'" for name, value in CORS.items()}
# What API Gateway says itself. An unknown path or method is 403 to it, and 404 to everybody else.
_ANSWERS = {
    "DEFAULT_4XX": ("Bad Request", None),
    "DEFAULT_5XX": ("Internal Server Error", None),
    "MISSING_AUTHENTICATION_TOKEN": ("Not Found", 404),
    "REQUEST_TOO_LARGE": ("Content Too Large", 413),
    "THROTTLED": ("Too Many Requests", 429),
    "INTEGRATION_TIMEOUT": ("Gateway Timeout", 504),
    "INTEGRATION_FAILURE": ("Bad Gateway", 502),
}
# One line of JSON a request; no addresses, no query: both are personal data.
_ACCESS_LOG = (
    '{"time":"$context.requestTime","request_id":"$context.requestId",'
    '"method":"$context.httpMethod","route":"$context.resourcePath","status":$context.status,'
    '"bytes":$context.responseLength,"ms":$context.responseLatency}'
)


def _alarm(
    description: str,
    namespace: str,
    metric: str,
    dimensions: dict[str, Any],
    *,
    threshold: float,
    statistic: str = "Maximum",
    minutes: int = 5,
    periods: int = 1,
) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": description,
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Statistic": statistic,
            "Period": minutes * 60,
            "EvaluationPeriods": periods,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Fn::ImportValue": {"Fn::Sub": "rookery-${Stage}-alarms-arn"}}],
        },
    }


def with_alarms(template: Template) -> Template:
    """A resources template with an alarm for every queue: letters in a DLQ, age elsewhere."""
    resources = template["Resources"]
    queues = [name for name, one in resources.items() if one["Type"] == "AWS::SQS::Queue"]
    for name in queues:
        which = {"QueueName": {"Fn::GetAtt": [name, "QueueName"]}}
        if "RedrivePolicy" in resources[name]["Properties"]:
            resources[f"{name}Age"] = _alarm(
                "Messages wait for more than ten minutes: consumers fail or are too few.",
                *("AWS/SQS", "ApproximateAgeOfOldestMessage", which),
                threshold=600,
            )
        else:
            resources[f"{name}Alarm"] = _alarm(
                "Messages that failed again and again wait for a human (make status).",
                *("AWS/SQS", "ApproximateNumberOfMessagesVisible", which),
                threshold=0,
            )
    return template


def _function_alarms(resources: dict[str, Any]) -> dict[str, Any]:
    found = {}
    functions = {
        name: one for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"
    }
    for name, function in functions.items():
        which = {"FunctionName": {"Ref": name}}
        found[f"{name}Throttles"] = _alarm(
            "Lambda refuses calls: the concurrency is used up.",
            *("AWS/Lambda", "Throttles", which),
            threshold=0,
            statistic="Sum",
            periods=3,
        )
        events = (function["Properties"].get("Events") or {}).values()
        if any(event["Type"] == "DynamoDB" for event in events):
            found[f"{name}Behind"] = _alarm(
                "A stream is read an hour late; after 24 hours its records are lost.",
                *("AWS/Lambda", "IteratorAge", which),
                threshold=3_600_000,
                periods=2,
            )
    return found


def gateway_responses() -> dict[str, Any]:
    """What API Gateway says by itself, as problem documents that pages of any origin may read."""
    found = {}
    for kind, (title, status) in _ANSWERS.items():
        shown = status or (500 if kind.endswith("5XX") else 400)
        body = _PROBLEM.format(title=title, status=shown)
        found[kind] = {
            **({"statusCode": status} if status else {}),
            "responseParameters": dict(_CORS),
            "responseTemplates": {"application/json": body, "application/problem+json": body},
        }
    return found


def preflights(paths: dict[str, Any]) -> dict[str, Any]:
    """Every path with an OPTIONS method that API Gateway answers itself, at no cost of a function.

    ``paths``: of the Swagger document. Browsers ask before they send a token to another origin.
    """
    parameters = {
        f"method.response.header.{name.title()}": f"'{value}'" for name, value in PREFLIGHT.items()
    }
    allow = "method.response.header.Access-Control-Allow-Methods"
    headers = {name.rpartition(".")[2]: {"type": "string"} for name in (*parameters, allow)}
    found = {}
    for path, methods in paths.items():
        named = ", ".join(sorted({*(m.upper() for m in methods if m.isalpha()), "OPTIONS"}))
        variables = list(re.findall(r"\{(\w+)\+?\}", path))
        answer = {"statusCode": "204", "responseParameters": {**parameters, allow: f"'{named}'"}}
        options: dict[str, Any] = {
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "responses": {"204": {"description": "may be asked", "headers": headers}},
            "x-amazon-apigateway-integration": {
                "type": "mock",
                "passthroughBehavior": "when_no_match",
                "requestTemplates": {"application/json": '{"statusCode": 204}'},
                "responses": {"default": answer},
            },
        }
        if variables:
            options["parameters"] = [
                {"name": one, "in": "path", "required": True, "type": "string"} for one in variables
            ]
        found[path] = {"options": options, **methods}
    return found


def _repair_log_group(resources: dict[str, Any]) -> None:
    """Chalice names the API function's log group after a function that is spelled otherwise."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            name = resource["Properties"]["LogGroupName"]["Fn::Sub"]
            resource["Properties"]["LogGroupName"] = {
                "Fn::Sub": name.replace("${ApiHandler}", "${APIHandler}")
            }


def _archive_logs(resources: dict[str, Any]) -> None:
    """Subscribe every log group to the archive's stream (infra/logs.yaml)."""
    groups = [name for name, one in resources.items() if one["Type"] == "AWS::Logs::LogGroup"]
    for name in groups:
        resources[f"{name}Archive"] = {
            "Type": "AWS::Logs::SubscriptionFilter",
            "Properties": {
                "LogGroupName": {"Ref": name},
                "FilterPattern": "",
                "DestinationArn": {"Fn::ImportValue": {"Fn::Sub": "rookery-${Stage}-logs-arn"}},
                "RoleArn": {"Fn::ImportValue": {"Fn::Sub": "rookery-${Stage}-logs-role-arn"}},
            },
        }


def with_api(template: Template, stage: str, days: int) -> Template:
    """A packaged app's template with gateway answers, access logs, limits and alarms.

    ``days``: how long access logs are kept.
    """
    resources = template["Resources"]
    api = resources.get("RestAPI", {}).get("Properties")
    _repair_log_group(resources)
    resources.update(_function_alarms(resources))
    if api is None:
        _archive_logs(resources)
        return template
    # Two stages in one account must not share metrics.
    title = api["DefinitionBody"]["info"]["title"].replace("rookery-", f"rookery-{stage}-")
    api["DefinitionBody"]["info"]["title"] = title
    api["DefinitionBody"]["x-amazon-apigateway-gateway-responses"] = gateway_responses()
    api["DefinitionBody"]["paths"] = preflights(api["DefinitionBody"]["paths"])
    api["MinimumCompressionSize"] = 1024
    resources["AccessLogs"] = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"RetentionInDays": days},
    }
    _archive_logs(resources)
    api["AccessLogSetting"] = {
        "DestinationArn": {"Fn::GetAtt": ["AccessLogs", "Arn"]},
        "Format": _ACCESS_LOG,
    }
    api["MethodSettings"] = [
        {
            "ResourcePath": "/*",
            "HttpMethod": "*",
            "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"},
            "ThrottlingBurstLimit": {"Ref": "RequestBurst"},
            "MetricsEnabled": False,
        }
    ]
    template.setdefault("Parameters", {}).update(
        RequestsPerSecond={"Type": "Number", "Default": 1000},
        RequestBurst={"Type": "Number", "Default": 2000},
    )
    resources["ServerErrors"] = _alarm(
        "More than one request in a hundred fails.",
        *("AWS/ApiGateway", "5XXError"),
        {"ApiName": title, "Stage": api["StageName"]},
        threshold=0.01,
        statistic="Average",
        periods=2,
    )
    return template
