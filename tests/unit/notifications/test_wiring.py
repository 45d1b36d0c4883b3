"""What the deployment files say about the app, and whether it is true."""

import json
from pathlib import Path

import pytest
from chalice.utils import to_cfn_resource_name
from chalicelib.notifications.delivery.channels import CHANNELS

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import load_app
from scripts.deploy.provision import templates

HOME = Path(__file__).parents[3] / "apps" / "notifications"
CONFIG = json.loads((HOME / ".chalice" / "config.json").read_text())
MERGE = load_template(HOME / "merge.yaml")
RESOURCES = load_template(templates()["notifications"])["Resources"]


def handlers():
    return {source.name: source for source in load_app("notifications").app.event_sources}


def queues():
    return {
        properties["QueueName"]["Fn::Sub"]: properties
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SQS::Queue"
        for properties in [resource["Properties"]]
    }


def test_every_channel_has_a_queue_and_a_handler():
    read = {getattr(source, "queue", None) for source in handlers().values()}
    for name in CHANNELS:
        assert f"rookery-dev-notifications-{name}" in read
        assert f"rookery-${{Stage}}-notifications-{name}" in queues()


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_every_function_has_settings_and_a_policy_of_its_own(stage):
    settings = CONFIG["stages"][stage]
    assert settings["autogen_policy"] is False
    assert set(settings["lambda_functions"]) == set(handlers())
    files = [settings["iam_policy_file"]]
    files += [one["iam_policy_file"] for one in settings["lambda_functions"].values()]
    assert len(set(files)) == len(files)
    for name in files:
        text = (HOME / ".chalice" / name).read_text()
        for statement in json.loads(text)["Statement"]:
            assert not any(action.endswith("*") for action in statement["Action"])
            assert "*" not in statement["Resource"], "every right names what it is for"
        other = "prod" if stage == "dev" else "dev"
        assert f"rookery-{other}-" not in text


def test_stages_have_the_same_rights():
    for dev in (HOME / ".chalice").glob("policy-*-dev.json"):
        prod = dev.with_name(dev.name.replace("-dev.json", "-prod.json"))
        assert dev.read_text().replace("rookery-dev-", "rookery-prod-") == prod.read_text()


def test_the_merge_file_speaks_of_functions_that_exist():
    functions = {to_cfn_resource_name(name) for name in handlers()} | {"APIHandler"}
    assert set(MERGE["Resources"]) == functions
    for name, source in handlers().items():
        (event,) = MERGE["Resources"][to_cfn_resource_name(name)]["Properties"]["Events"].values()
        if hasattr(source, "queue"):
            assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        else:
            assert event["Properties"]["StartingPosition"] == "TRIM_HORIZON"


def test_visibility_is_six_times_the_timeout_and_beyond_the_lease():
    from chalicelib.notifications.delivery import ledger

    longest = max(
        one["lambda_timeout"] for one in CONFIG["stages"]["prod"]["lambda_functions"].values()
    )
    for name, properties in queues().items():
        assert properties["SqsManagedSseEnabled"] is True
        if name.endswith("-dlq"):
            assert properties["MessageRetentionPeriod"] == 1_209_600
            continue
        assert properties["RedrivePolicy"]["maxReceiveCount"] == 5
        assert properties["VisibilityTimeout"] >= 6 * longest
        assert longest * 1000 < ledger.LEASE_MS < properties["VisibilityTimeout"] * 1000


def test_only_the_notifications_table_has_a_stream():
    tables = {
        name: one["Properties"]
        for name, one in RESOURCES.items()
        if one["Type"] == "AWS::DynamoDB::Table"
    }
    streamed = [name for name, one in tables.items() if "StreamSpecification" in one]
    assert streamed == ["NotificationsTable"]
    for resource in tables:
        assert RESOURCES[resource]["DeletionPolicy"] == "Retain"
