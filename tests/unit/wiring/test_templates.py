"""Templates, handlers, models and permissions agree.

What the emulator does not enforce, and AWS does, is checked here.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chalice import app as chalice_app
from chalice.utils import to_cfn_resource_name

from scripts.base.cfn_yaml import dump_template, load_template
from scripts.base.domain import APPS, domains, load_app
from scripts.base.tables import GLOBAL, PLAIN, TRUTH, is_table, kind, protected, recoverable
from scripts.deploy.alarms import with_alarms
from scripts.deploy.command import SHARED
from scripts.deploy.limits import with_protection
from scripts.deploy.templates import literal
from scripts.wiring import regions, render
from scripts.wiring.declaration import load
from scripts.wiring.names import DECLARATION, MERGE
from shared.base.config import REGIONS, region_code
from tests.unit.wiring.resources import ACCOUNT, REGION, TEMPLATES, Resource, resources, tables

DOMAINS = domains()
STAGES = ("dev", "prod")
ALARM = "AWS::CloudWatch::Alarm"
# Tables whose loss costs nobody anything, with the reason.
SHORT_LIVED = {("users", "AttemptsTable"): "counts of failed log-ins; they expire within the hour"}


def physical(value: Any) -> str:
    found = literal(value, "dev", ACCOUNT, REGION)
    assert found is not None, value
    return found


def handlers(domain: str) -> list[Any]:
    return list(load_app(domain).app.event_sources)


def merged(domain: str, handler: str) -> dict[str, Any]:
    template = render.merge(load(domain))
    found: dict[str, Any] = template["Resources"][to_cfn_resource_name(handler)]["Properties"]
    return found


def ids(found: Resource) -> str:
    return f"{found[0]}-{found[1]}"


TABLES = list(tables())
QUEUES = list(resources("SQS::Queue"))


def test_every_template_passes_the_linter() -> None:
    paths = [str(path) for path in TEMPLATES.values()]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_truths_are_global_and_recoverable_and_tables_outlive_their_stack(table: Resource) -> None:
    domain, name, resource = table
    properties = resource["Properties"]
    policies = {resource["DeletionPolicy"], resource["UpdateReplacePolicy"]}
    assert policies == ({"Delete"} if (domain, name) in SHORT_LIVED else {"Retain"})
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    # Without a specification AWS encrypts by a key of its own, which costs nothing. The key that
    # it would manage in this account is paid for by the request.
    assert "SSESpecification" not in properties
    # A plain table cannot become global later. What is derived is made again, so nobody pays
    # for its backups.
    truth = kind(resource) == TRUTH
    assert resource["Type"] == (GLOBAL if truth else PLAIN)
    assert recoverable(resource) is truth
    if truth:
        (replica,) = properties["Replicas"]
        assert replica["Region"] == {"Ref": "AWS::Region"}
        assert replica["Tags"] == [{"Key": "rookery:stage", "Value": {"Ref": "Stage"}}]


def test_every_key_can_have_a_replica_in_another_region() -> None:
    """A key that is made for one region stays there for ever."""
    keys = list(resources("KMS::Key"))
    assert len(keys) >= 4
    assert [name for _, name, key in keys if key["Properties"].get("MultiRegion") is not True] == []


def test_streams_stand_where_somebody_listens_and_nowhere_else() -> None:
    """A counter's stream would be paid for and wake nobody."""
    read = {
        source.stream_arn
        for domain in DOMAINS
        for source in handlers(domain)
        if isinstance(source, chalice_app.DynamoDBEventConfig)
    }
    streams = {
        physical(table["Properties"]["TableName"]): table["Properties"].get("StreamSpecification")
        for _, _, table in TABLES
    }
    assert {name for name, stream in streams.items() if stream} == read
    views = {stream["StreamViewType"] for stream in streams.values() if stream}
    assert views == {"NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("queue", QUEUES, ids=ids)
def test_queues_are_encrypted_and_redrive(queue: Resource) -> None:
    domain, name, resource = queue
    properties = resource["Properties"]
    assert properties["SqsManagedSseEnabled"] is True
    # One name for one thing: operators and scripts find dead letters by it.
    dead = physical(properties["QueueName"]).endswith("-dlq")
    assert dead is ("RedrivePolicy" not in properties), f"{domain} {name}"
    if dead:
        assert name.endswith("DeadLetters"), f"{domain} {name} has no dead-letter queue"
        assert properties["MessageRetentionPeriod"] == 14 * 86400
        return
    assert 3 <= properties["RedrivePolicy"]["maxReceiveCount"] <= 10
    target = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"].split(".")[0]
    assert any((domain, target) == other[:2] for other in QUEUES)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_message_stays_hidden_for_six_timeouts(domain: str) -> None:
    hidden = {
        physical(queue["Properties"]["QueueName"]): queue["Properties"].get("VisibilityTimeout", 30)
        for _, _, queue in QUEUES
    }
    for one in load(domain).handlers:
        if one.source.kind == "queue":
            queue = f"rookery-dev-{domain}-{one.source.name}"
            assert hidden[queue] >= 6 * one.timeout, f"{queue} for {one.name}"


def test_every_subscription_keeps_what_it_cannot_deliver() -> None:
    for domain, name, resource in resources("SNS::Subscription"):
        properties = resource["Properties"]
        if properties["Protocol"] == "email":
            continue
        assert properties["RedrivePolicy"]["deadLetterTargetArn"], f"{domain} {name}"
        if str(properties["TopicArn"]).rstrip("'}").endswith(("-ses-events", "-sms-events")):
            continue  # providers set no attributes, and the queue is theirs alone
        assert properties["FilterPolicy"]["type"], f"{domain} {name} takes every event"


@pytest.mark.parametrize("name", TEMPLATES)
def test_names_carry_the_stage_and_nothing_names_a_place(name: str) -> None:
    path = TEMPLATES[name]
    for logical, resource in load_template(path)["Resources"].items():
        for key, value in (resource.get("Properties") or {}).items():
            if key in {"TableName", "QueueName", "TopicName", "BucketName", "AliasName"}:
                assert "rookery-${Stage}-" in str(value), logical
    files = [path] if name in SHARED else list((APPS / name).rglob("*.yaml"))
    files += [] if name in SHARED else [APPS / name / DECLARATION]
    for file in files:
        text = file.read_text()
        if file.name == MERGE:
            # The table of all regions, the same in every place, is no place.
            text = text.replace(dump_template({"Mappings": regions.MAPPING}), "")
        assert not re.search(r"\b\d{12}\b", text), f"{file}: an account's number"
        assert not re.search(r"\b(us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b", text), f"{file}: a region"
        assert "arn:aws" not in text, f"{file}: a partition"


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_merge_file_covers_every_handler(domain: str) -> None:
    for source in handlers(domain):
        properties = merged(domain, source.name)
        variables = properties["Environment"]["Variables"]
        assert variables["ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}, source.name
        assert variables["PARTITION"] == {"Ref": "AWS::Partition"}, source.name
        assert variables["REGION_NUMBER"] == regions.NUMBER, source.name
        events = list(properties.get("Events", {}).values())
        if isinstance(source, chalice_app.SQSEventConfig):
            assert events[0]["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        if isinstance(source, chalice_app.DynamoDBEventConfig):
            event = events[0]["Properties"]
            assert source.starting_position == "TRIM_HORIZON", source.name
            assert 0 < event["MaximumRetryAttempts"] <= 100
            failures = event["DestinationConfig"]["OnFailure"]
            assert failures["Type"] == "S3", source.name
            assert "stream-failures-arn" in str(failures["Destination"])


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_function_that_feeds_its_own_queue_may(domain: str) -> None:
    """AWS ends a chain after some sixteen invocations, dropping the message."""
    wiring = load(domain)
    for one in wiring.handlers:
        fed = [
            resource
            for statement in render.policy(wiring, one, "dev")["Statement"]
            if "sqs:SendMessage" in statement["Action"]
            for resource in statement["Resource"]
        ]
        if f"arn:aws:sqs:*:*:rookery-dev-{domain}-{one.source.name}" in fed:
            assert merged(domain, one.name)["RecursiveLoop"] == "Allow", one.name


def test_the_crawlers_loops_are_allowed() -> None:
    """Fetching feeds itself; limits of its own end it."""
    allowed = {
        one.name
        for one in load("crawler").handlers
        if merged("crawler", one.name).get("RecursiveLoop") == "Allow"
    }
    assert {"fetch_pages", "follow_crawl_runs", "sweep_runs", "run_jobs"} <= allowed


def test_every_stream_has_one_reader_named_after_its_table() -> None:
    """DynamoDB throttles more than two; a global table's replica is one."""
    readers: dict[str, list[str]] = {}
    for domain in DOMAINS:
        for one in handlers(domain):
            if isinstance(one, chalice_app.DynamoDBEventConfig):
                readers.setdefault(one.stream_arn, []).append(one.name)
    assert readers
    for table, names in readers.items():
        assert names == [f"follow_{table.split('-', 3)[3]}"], table


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_poisoned_record_takes_no_others_with_it(domain: str) -> None:
    """Counters too: they count each record once at any borders of batches."""
    for one in handlers(domain):
        if isinstance(one, chalice_app.DynamoDBEventConfig):
            (event,) = merged(domain, one.name)["Events"].values()
            assert event["Properties"]["BisectBatchOnFunctionError"] is True, one.name


def test_every_region_has_a_number_of_its_own_that_ids_have_room_for() -> None:
    assert sorted(regions.NUMBERS.values()) == list(range(REGIONS))
    # Items and events name their region by a code.
    codes = {region: region_code(region) for region in regions.NUMBERS}
    assert len(set(codes.values())) == REGIONS
    assert (codes["us-east-1"], codes["eu-west-1"]) == ("ue1", "ew1")
    for domain in DOMAINS:
        mapping = render.merge(load(domain))["Mappings"]["Regions"]
        found = {region: int(one["Number"]) for region, one in mapping.items()}
        assert found == regions.NUMBERS


def test_links_in_exports_lead_to_the_platform() -> None:
    """Addresses of media begin with the public address."""
    variables = merged("tweets", "export_user")["Environment"]["Variables"]
    assert variables["PUBLIC_URL"] == {"Ref": "PublicUrl"}


def test_every_queue_has_an_alarm() -> None:
    for domain, path in TEMPLATES.items():
        template = load_template(path)
        queues = [n for n, r in template["Resources"].items() if r["Type"] == "AWS::SQS::Queue"]
        watched = {
            resource["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
            for resource in with_alarms(template, "prod")["Resources"].values()
            if resource["Type"] == ALARM
            and resource["Properties"]["Namespace"] == "AWS/SQS"
            and domain != "events"
        }
        assert set(queues) == watched or domain == "events"


def test_tables_of_prod_refuse_to_be_deleted() -> None:
    for domain, path in TEMPLATES.items():
        for stage in STAGES:
            template = with_protection(load_template(path), stage)
            for name, table in template["Resources"].items():
                if is_table(table):
                    expected = stage == "prod" and (domain, name) not in SHORT_LIVED
                    assert protected(table) is expected, name


def test_a_stage_that_nobody_depends_on_pays_for_no_alarm() -> None:
    for stage, watched in (("dev", "off"), ("prod", "on")):
        for path in TEMPLATES.values():
            template = with_alarms(load_template(path), stage)
            alarms = [r for r in template["Resources"].values() if r["Type"] == ALARM]
            assert {one["Condition"] for one in alarms} <= {"Watched"}
            if alarms:
                assert template["Parameters"]["Alarms"]["Default"] == watched
                assert template["Conditions"]["Watched"] == {
                    "Fn::Equals": [{"Ref": "Alarms"}, "on"]
                }


def test_alarms_watch_age_and_dead_letters() -> None:
    for path in TEMPLATES.values():
        template = with_alarms(load_template(path), "prod")
        for name, queue in list(template["Resources"].items()):
            if queue["Type"] != "AWS::SQS::Queue":
                continue
            dead = "RedrivePolicy" not in queue["Properties"]
            alarm = template["Resources"][f"{name}Alarm" if dead else f"{name}Age"]["Properties"]
            assert alarm["Namespace"] == "AWS/SQS"
            kind = "ApproximateNumberOfMessagesVisible" if dead else "ApproximateAgeOfOldestMessage"
            assert alarm["MetricName"] == kind
            assert alarm["AlarmActions"]


def test_one_alarm_watches_the_concurrency_that_functions_share() -> None:
    """Without a dimension the metric is the sum of the account and region."""
    events = with_alarms(load_template(TEMPLATES["events"]), "prod")["Resources"]
    (alarm,) = (one for one in events.values() if one["Type"] == ALARM)
    assert alarm["Condition"] == "Watched"
    properties = alarm["Properties"]
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert "Dimensions" not in properties
    assert properties["AlarmActions"] == [{"Ref": "AlarmsTopic"}]
