"""Add gateway answers and logs to packaged templates.

Generated, so that a new route or function is never without.
"""

from __future__ import annotations

import re
from typing import Any

from scripts.base.problems import PREFLIGHT
from scripts.deploy.alarms import (
    channel_alarms,
    crawl_alarms,
    function_alarms,
    latency,
    server_errors,
    switchable,
)
from scripts.deploy.templates import Template
from shared.http.cors import CORS

_PROBLEM = (
    '{{"type":"about:blank","title":"{title}","status":{status},'
    '"detail":$context.error.messageString}}'
)
_CORS = {f"gatewayresponse.header.{name.title()}": f"'{value}'" for name, value in CORS.items()}
# What API Gateway says itself. An unknown path is 403 to it, and 404 to everybody else.
_ANSWERS = {
    "DEFAULT_4XX": ("Bad Request", None),
    "DEFAULT_5XX": ("Internal Server Error", None),
    "MISSING_AUTHENTICATION_TOKEN": ("Not Found", 404),
    "REQUEST_TOO_LARGE": ("Content Too Large", 413),
    "THROTTLED": ("Too Many Requests", 429),
    "INTEGRATION_TIMEOUT": ("Gateway Timeout", 504),
    "INTEGRATION_FAILURE": ("Bad Gateway", 502),
}
ANY_METHOD = "x-amazon-apigateway-any-method"
_NOT_ALLOWED = (
    '{"type":"about:blank","title":"Method Not Allowed","status":405,'
    '"detail":"$context.httpMethod is not possible at this path."}'
)
# What a body may be that nobody reads.
_BODIES = (
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)
# One line of JSON a request; no addresses, no query: both are personal data.
_ACCESS_LOG = (
    '{"time":"$context.requestTime","request_id":"$context.requestId",'
    '"method":"$context.httpMethod","route":"$context.resourcePath","status":$context.status,'
    '"bytes":$context.responseLength,"ms":$context.responseLatency}'
)


def gateway_responses() -> dict[str, Any]:
    """Return API Gateway's own answers as problem documents with CORS."""
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


def _mocked(path: str, status: int, headers: dict[str, str], body: str = "") -> dict[str, Any]:
    """Return a Swagger method that API Gateway answers without a function."""
    parameters = {
        f"method.response.header.{name.title()}": f"'{value}'" for name, value in headers.items()
    }
    answer: dict[str, Any] = {"statusCode": str(status), "responseParameters": parameters}
    if body:
        answer["responseTemplates"] = {"application/json": body}
    described = {name.title(): {"type": "string"} for name in headers}
    found: dict[str, Any] = {
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "responses": {str(status): {"description": "by API Gateway", "headers": described}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            # A body that no template fits would be taken for one: then 415 is the answer.
            "passthroughBehavior": "never",
            # Templates are for text; what counts as binary is made one.
            "contentHandling": "CONVERT_TO_TEXT",
            "requestTemplates": dict.fromkeys(_BODIES, f'{{"statusCode": {status}}}'),
            "responses": {"default": answer},
        },
    }
    if variables := re.findall(r"\{(\w+)\+?\}", path):
        found["parameters"] = [
            {"name": one, "in": "path", "required": True, "type": "string"} for one in variables
        ]
    return found


def own_methods(paths: dict[str, Any]) -> dict[str, Any]:
    """Add the methods that API Gateway answers itself to every path.

    OPTIONS: browsers ask before they send a token to another origin. Every other method that the
    path does not have is 405 with `Allow` (RFC 9110, section 15.5.6); API Gateway by itself would
    say 403. ``paths``: of the Swagger document.
    """
    found = {}
    for path, methods in paths.items():
        named = ", ".join(sorted({*(m.upper() for m in methods if m.isalpha()), "OPTIONS"}))
        refusal = {**CORS, "allow": named}
        found[path] = {
            "options": _mocked(path, 204, {**PREFLIGHT, "access-control-allow-methods": named}),
            **methods,
            ANY_METHOD: _mocked(path, 405, refusal, _NOT_ALLOWED),
        }
    return found


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
    """Add gateway answers, access logs, limits and alarms to a template.

    ``days``: how long access logs are kept.
    """
    resources = template["Resources"]
    api = resources.get("RestAPI", {}).get("Properties")
    alarms = {**function_alarms(resources), **channel_alarms(resources), **crawl_alarms(resources)}
    resources.update(alarms)
    if api is None:
        _archive_logs(resources)
        return switchable(template, stage)
    # Two stages in one account must not share metrics.
    title = api["DefinitionBody"]["info"]["title"].replace("rookery-", f"rookery-{stage}-")
    api["DefinitionBody"]["info"]["title"] = title
    api["DefinitionBody"]["x-amazon-apigateway-gateway-responses"] = gateway_responses()
    api["DefinitionBody"]["paths"] = own_methods(api["DefinitionBody"]["paths"])
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
    resources["ServerErrors"] = server_errors(title, api["StageName"])
    resources["SlowAnswers"] = latency(title, api["StageName"])
    return switchable(template, stage)
