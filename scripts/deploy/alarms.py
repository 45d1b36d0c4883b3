"""Add alarms to templates: on every queue, function and API.

Generated, so that a new queue or function is never without.
"""

from __future__ import annotations

from typing import Any

from scripts.deploy.templates import Template

# Each is billed: a stage that nobody depends on has none.
ALARMS = {"dev": "off", "prod": "on"}
# Of API Gateway's own answers and the function's, at the slowest of a hundred.
LATENCY_MS = 1000
# What becomes of a batch that a stream's handler gave up: it is stored in the failures bucket, or
# lost if that fails, too.
GIVEN_UP = {"Diverted": "OnFailureDestinationDeliveredEventCount", "Dropped": "DroppedEventCount"}
# Functions that deliver notifications by their channels, and the namespace of their metrics.
CHANNELS = {
    f"Deliver{channel.title()}": channel
    for channel in ("ios", "android", "sms", "email", "webpush", "inbox", "webhook")
}
_NAMESPACE = "Rookery/Notifications"
# The function that looks after crawls, and the namespace of its metrics.
_SWEEPS = "SweepRuns"
_CRAWLS = "Rookery/Crawler"
CRAWL_ALARMS = 2
# Metrics of a mapping may be billed like others: they come with their alarms.
_COUNTED = {"Fn::If": ["Watched", {"Metrics": ["EventCount"]}, {"Ref": "AWS::NoValue"}]}


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
    percentile = statistic.startswith("p")
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            # Of few requests no percentile can be told.
            **({"EvaluateLowSampleCountPercentile": "ignore"} if percentile else {}),
            ("ExtendedStatistic" if percentile else "Statistic"): statistic,
            "AlarmDescription": description,
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
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
    """Return alarms on errors; of APIs on throttling, of streams on age, loss.

    Mappings of streams start to count what becomes of their records.
    """
    found = {}
    functions = {
        name: one for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"
    }
    for name, function in functions.items():
        which = {"FunctionName": {"Ref": name}}
        if function["Properties"].get("Events") is None:
            # An API keeps concurrency for itself, and may use it up alone. All others share the
            # account's, which one alarm watches (infra/events.yaml).
            found[f"{name}Throttles"] = _alarm(
                "Lambda refuses an API's calls: its concurrency is used up.",
                *("AWS/Lambda", "Throttles", which),
                threshold=0,
                statistic="Sum",
                periods=3,
            )
        events = function["Properties"].get("Events") or {}
        # A schedule that fails is not tried again within minutes.
        scheduled = any(event["Type"] == "Schedule" for event in events.values())
        found[f"{name}Errors"] = _alarm(
            "A function fails again and again: see its log.",
            *("AWS/Lambda", "Errors", which),
            threshold=0,
            statistic="Sum",
            periods=1 if scheduled else 3,
        )
        streams = {key: one for key, one in events.items() if one["Type"] == "DynamoDB"}
        for event, source in streams.items():
            source["Properties"]["MetricsConfig"] = _COUNTED
            # The mapping that SAM makes of the event.
            mapping = {"EventSourceMappingUUID": {"Ref": f"{name}{event}"}}
            for end, metric in GIVEN_UP.items():
                found[f"{name}{event}{end}"] = _alarm(
                    "A stream's records were given up after all attempts (docs/operations.md).",
                    *("AWS/Lambda", metric, mapping),
                    threshold=0,
                    statistic="Sum",
                )
        if streams:
            found[f"{name}Behind"] = _alarm(
                "A stream is read an hour late; after 24 hours its records are lost.",
                *("AWS/Lambda", "IteratorAge", which),
                threshold=3_600_000,
                periods=2,
            )
    return found


def channel_alarms(resources: dict[str, Any]) -> dict[str, Any]:
    """Return alarms on failures and slow deliveries of each channel.

    The functions count them (history/statistics.py). How long the oldest message waits its
    queue's own alarm says.
    """
    found = {}
    for name, one in resources.items():
        channel = CHANNELS.get(name)
        if channel is None or one["Type"] != "AWS::Serverless::Function":
            continue
        which = {"service": "notifications", "stage": {"Ref": "Stage"}, "channel": channel}
        failed = _alarm(
            "More than one delivery in ten fails for good: make query-logs CHANNEL=.",
            *(_NAMESPACE, "Failed", which),
            threshold=0.1,
            periods=2,
        )
        _watch_share(failed, _NAMESPACE, ("Sent", "Failed"), which, least=20, statistic="Sum")
        found[f"{name}Failed"] = failed
        found[f"{name}Slow"] = _alarm(
            "One delivery in twenty comes more than five minutes after its event.",
            *(_NAMESPACE, "Latency", which),
            threshold=300_000,
            statistic="p95",
            periods=3,
        )
    return found


def crawl_alarms(resources: dict[str, Any]) -> dict[str, Any]:
    """Return alarms on crawls that stand still, and on failing fetches.

    The sweeper counts them once a minute (runs/health.py).
    """
    if _SWEEPS not in resources:
        return {}
    which = {"service": "crawler", "stage": {"Ref": "Stage"}}
    failing = _alarm(
        "More than half of the pages of the running crawls fail: is the network open?",
        *(_CRAWLS, "Failed", which),
        threshold=0.5,
        periods=3,
    )
    _watch_share(failing, _CRAWLS, ("Fetched", "Failed"), which, least=1000, statistic="Maximum")
    return {
        "CrawlsStill": _alarm(
            "Crawls stand still for a quarter of an hour: see the logs of sweep_runs, fetch_pages.",
            *(_CRAWLS, "StandingStill", which),
            threshold=0,
            minutes=15,
            periods=2,
        ),
        "FetchesFail": failing,
    }


def _watch_share(
    alarm: dict[str, Any],
    namespace: str,
    names: tuple[str, str],
    which: dict[str, Any],
    *,
    least: int,
    statistic: str,
) -> None:
    """Let an alarm watch the share of the second metric among both.

    Args:
        least: sum below which one failure is no sign.
    """
    properties = alarm["Properties"]
    for member in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period"):
        properties.pop(member)
    dimensions = [{"Name": name, "Value": value} for name, value in which.items()]
    counts = [
        {
            "Id": metric.lower(),
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
                "Period": 300,
                "Stat": statistic,
            },
            "ReturnData": False,
        }
        for metric in names
    ]
    good, bad = (name.lower() for name in names)
    share = f"IF({bad} + {good} >= {least}, {bad} / ({bad} + {good}), 0)"
    last = {"Id": "share", "Expression": share, "Label": names[1], "ReturnData": True}
    properties["Metrics"] = [*counts, last]


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


def latency(api: str, api_stage: Any) -> dict[str, Any]:
    """The alarm on an API's slowest answers."""
    return _alarm(
        f"One answer in a hundred takes more than {LATENCY_MS} ms.",
        *("AWS/ApiGateway", "Latency"),
        {"ApiName": api, "Stage": api_stage},
        threshold=LATENCY_MS,
        statistic="p99",
        periods=3,
    )
