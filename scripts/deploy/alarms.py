"""Add alarms to templates: on every queue, function and API.

Generated, so that a new queue or function is never without.
"""

from __future__ import annotations

from typing import Any

from scripts.deploy.templates import Template

# A hundred and more of them cost $13 a month: a stage that nobody depends on has none.
ALARMS = {"dev": "off", "prod": "on"}


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


def switchable(template: Template, stage: str) -> Template:
    """The template with its alarms made or not by the parameter ``Alarms``."""
    alarms = [
        one for one in template["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"
    ]
    if not alarms:
        return template
    template.setdefault("Parameters", {})["Alarms"] = {
        "Type": "String",
        "Default": ALARMS.get(stage, "off"),
        "AllowedValues": ["on", "off"],
        "Description": "Whether CloudWatch watches; each alarm costs $0.10 a month.",
    }
    template.setdefault("Conditions", {})["Watched"] = {"Fn::Equals": [{"Ref": "Alarms"}, "on"]}
    for alarm in alarms:
        alarm["Condition"] = "Watched"
    return template


def with_alarms(template: Template, stage: str) -> Template:
    """Add an alarm to every queue: messages in a DLQ, age elsewhere."""
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
    return switchable(template, stage)


def function_alarms(resources: dict[str, Any]) -> dict[str, Any]:
    """Return alarms on throttled calls, and on age for readers of streams."""
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


def server_errors(api: str, api_stage: Any) -> dict[str, Any]:
    """The alarm on an API's failures."""
    return _alarm(
        "More than one request in a hundred fails.",
        *("AWS/ApiGateway", "5XXError"),
        {"ApiName": api, "Stage": api_stage},
        threshold=0.01,
        statistic="Average",
        periods=2,
    )
