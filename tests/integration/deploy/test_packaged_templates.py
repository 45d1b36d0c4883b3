"""Templates of `make package`: limits, alarms, logs and the gateway."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.base.cfn_yaml import dump_template, load_template
from scripts.base.domain import domains
from scripts.checks.docs_idle import counts
from scripts.checks.policy_check import findings, judge, load_exceptions
from scripts.deploy.alarms import CHANNELS, with_alarms
from scripts.deploy.command import shared_and_own
from scripts.deploy.extras import ANY_METHOD
from scripts.deploy.limits import API_CONCURRENCY, queue_concurrency, with_protection
from scripts.deploy.package import TEMPLATE
from scripts.wiring.runtime import RUNTIME
from shared.http.cors import CORS

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("packaging"), pytest.mark.timeout(900)]

DOMAINS = domains()


def _resources(bundle: Path, kind: str) -> dict[str, dict[str, Any]]:
    template = load_template(bundle.with_name(TEMPLATE))
    return {n: r for n, r in template["Resources"].items() if r["Type"] == f"AWS::{kind}"}


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in _references(one)}
    if not isinstance(value, dict):
        return set()
    found = {str(value["Ref"])} if "Ref" in value else set()
    return found | {name for one in value.values() for name in _references(one)}


def test_templates_pass_the_policy_check(released: dict[str, Path], tmp_path: Path) -> None:
    """checkov's rules, over what `make deploy STAGE=prod` hands over."""
    paths = [bundle.with_name(TEMPLATE) for bundle in released.values()]
    for name, path in shared_and_own().items():
        template = with_protection(with_alarms(load_template(path), "prod"), "prod")
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(dump_template(template))
    bad, stale = judge(findings(paths), load_exceptions())
    assert bad == []
    assert stale == [], "no exceptions any more: take them out of infra/policy_exceptions.json"


def test_queues_and_apis_together_leave_room_in_an_account(released: dict[str, Path]) -> None:
    """An account has a thousand; streams and schedules need some."""
    taken = 0
    for bundle in released.values():
        parameters = load_template(bundle.with_name(TEMPLATE))["Parameters"]
        taken += parameters["ApiConcurrency"]["Default"]
        for function in _resources(bundle, "Serverless::Function").values():
            for event in (function["Properties"].get("Events") or {}).values():
                if event["Type"] == "SQS":
                    taken += event["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    assert 500 < taken <= 900


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_packaged_template_spells_the_partition(domain: str, released: dict[str, Path]) -> None:
    """`arn:aws:` is neither China's nor GovCloud's."""
    text = released[domain].with_name(TEMPLATE).read_text()
    assert "arn:${AWS::Partition}:dynamodb:" in text
    assert "arn:aws:" not in text


@pytest.mark.parametrize("domain", DOMAINS)
def test_functions_are_bounded_logged_and_watched(domain: str, released: dict[str, Path]) -> None:
    bundle = released[domain]
    functions_of = _resources(bundle, "Serverless::Function")
    template = load_template(bundle.with_name(TEMPLATE))
    assert {one["Properties"]["Runtime"] for one in functions_of.values()} == {RUNTIME}
    assert template["Parameters"]["ApiConcurrency"]["Default"] == API_CONCURRENCY["prod"] > 0
    assert template["Parameters"]["Tracing"]["Default"] == "PassThrough"
    logs = _resources(bundle, "Logs::LogGroup")
    assert all(one["Properties"]["RetentionInDays"] == 90 for one in logs.values())
    archived = {
        one["Properties"]["LogGroupName"]["Ref"]
        for one in _resources(bundle, "Logs::SubscriptionFilter").values()
    }
    assert archived == set(logs)
    kept = {ref for one in logs.values() for ref in _names(one["Properties"].get("LogGroupName"))}
    alarms = _resources(bundle, "CloudWatch::Alarm")

    def watched(metric: str) -> set[str]:
        properties = [one["Properties"] for one in alarms.values()]
        found = [one for one in properties if one.get("MetricName") == metric]
        assert all(one["AlarmActions"] for one in found)
        return {ref for one in found for ref in _references(one["Dimensions"])}

    assert set(functions_of) == kept == watched("Errors")
    # The others share the account's concurrency, which one alarm watches.
    assert watched("Throttles") == {"APIHandler"}
    mappings = {
        f"{name}{event}": source["Properties"]
        for name, function in functions_of.items()
        for event, source in (function["Properties"].get("Events") or {}).items()
        if source["Type"] == "DynamoDB"
    }
    # A batch that was given up is in the failures bucket, or lost.
    assert set(mappings) == watched("OnFailureDestinationDeliveredEventCount")
    assert set(mappings) == watched("DroppedEventCount")
    for properties in mappings.values():
        assert properties["MetricsConfig"]["Fn::If"][:2] == ["Watched", {"Metrics": ["EventCount"]}]
        assert properties["DestinationConfig"]["OnFailure"]["Type"] == "S3"
    slowest = [one["Properties"] for one in alarms.values() if "Extended" in str(one)]
    (slow,) = (one for one in slowest if one["Namespace"] == "AWS/ApiGateway")
    assert slow["MetricName"] == "Latency"
    assert slow["ExtendedStatistic"] == "p99"
    assert slow["Threshold"] == 1000 and "Statistic" not in slow
    delivering = CHANNELS if domain == "notifications" else {}
    assert len(slowest) == 1 + len(delivering)
    assert set(delivering) <= set(functions_of)
    assert {one["Condition"] for one in alarms.values()} == {"Watched"}
    assert template["Parameters"]["Alarms"]["Default"] == "on"
    assert template["Parameters"]["EventHandlers"]["Default"] == "on"
    for name, function in functions_of.items():
        assert function["Properties"]["Tracing"] == {"Ref": "Tracing"}, name
        reserved = function["Properties"].get("ReservedConcurrentExecutions")
        assert ("ApiConcurrency" in str(reserved)) is (name == "APIHandler"), name
        for event in (function["Properties"].get("Events") or {}).values():
            switch = event["Properties"]["State" if event["Type"] == "Schedule" else "Enabled"]
            assert switch["Fn::If"][0] == "Handled", name
            if event["Type"] == "SQS":
                limit = event["Properties"]["ScalingConfig"]["MaximumConcurrency"]
                queue = str(event["Properties"]["Queue"])
                assert 2 <= limit <= queue_concurrency(queue, "prod"), name
    tracing = template["Resources"]["TracingPolicy"]
    roles = _resources(bundle, "IAM::Role")
    assert tracing["Condition"] == "Traced"
    assert _references(tracing["Properties"]["Roles"]) == set(roles)


def _names(value: Any) -> list[str]:
    return re.findall(r"\$\{(\w+)\}", str(value))


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_the_gateway_says_itself_may_be_read_by_pages(
    domain: str, released: dict[str, Path]
) -> None:
    """The emulator ignores these answers; on AWS browsers get them."""
    api = _resources(released[domain], "Serverless::Api")["RestAPI"]["Properties"]
    body = api["DefinitionBody"]
    answers = body["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(answers)
    # An unknown path.
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404
    for kind, answer in answers.items():
        named = {key.rpartition(".")[2].lower() for key in answer["responseParameters"]}
        assert set(CORS) <= named, kind
        for text in answer["responseTemplates"].values():
            problem = json.loads(text.replace("$context.error.messageString", '"…"'))
            assert problem["status"] == answer.get("statusCode", problem["status"])
    for path, methods in body["paths"].items():
        preflight = methods["options"]["x-amazon-apigateway-integration"]
        assert preflight["type"] == "mock", path
        told = preflight["responses"]["default"]["responseParameters"]
        allowed = told["method.response.header.Access-Control-Allow-Methods"].strip("'")
        named = set(allowed.split(", "))
        assert named == {method.upper() for method in methods if method.isalpha()}, path
        assert "authorization" in told["method.response.header.Access-Control-Allow-Headers"]
        refusal = methods[ANY_METHOD]["x-amazon-apigateway-integration"]
        answer = refusal["responses"]["default"]
        assert (refusal["type"], answer["statusCode"]) == ("mock", "405"), path
        headers = {k.rpartition(".")[2].lower(): v for k, v in answer["responseParameters"].items()}
        assert {*CORS, "allow"} == set(headers) and headers["allow"] == f"'{allowed}'", path
        assert json.loads(answer["responseTemplates"]["application/json"])["status"] == 405


def test_alarms_that_the_page_counts_are_those_of_the_templates(released: dict[str, Path]) -> None:
    made = [name for one in released.values() for name in _resources(one, "CloudWatch::Alarm")]
    assert len(made) == counts()["app_alarms"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_gateway_bounds_compresses_and_logs(domain: str, released: dict[str, Path]) -> None:
    bundle = released[domain]
    api = _resources(bundle, "Serverless::Api")["RestAPI"]["Properties"]
    assert 0 < api["MinimumCompressionSize"] <= 10_000
    [method] = api["MethodSettings"]
    assert (method["ResourcePath"], method["HttpMethod"]) == ("/*", "*")
    parameters = load_template(bundle.with_name(TEMPLATE))["Parameters"]
    for key, name in (
        ("ThrottlingRateLimit", "RequestsPerSecond"),
        ("ThrottlingBurstLimit", "RequestBurst"),
    ):
        assert method[key] == {"Ref": name}
        assert parameters[name]["Default"] > 0
    line = api["AccessLogSetting"]["Format"]
    assert json.loads(re.sub(r"(?<!\")\$context[.\w]+", "0", line))["route"]
    for personal in ("sourceIp", "userAgent", "querystring", "authorizer", "$context.path"):
        assert personal not in line
    binary = api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"]
    # Text and JSON must not be taken for binary.
    assert not {"*/*", "application/json", "text/html"} & set(binary)
    assert {"image/png", "application/octet-stream"} <= set(binary)
