"""The declaration agrees with channels, queues and leases."""

from chalicelib.notifications.core.names import CHANNELS

from scripts.base.cfn_yaml import load_template
from scripts.base.tables import is_table
from scripts.deploy.provision import templates
from scripts.wiring.declaration import load

WIRING = load("notifications")
RESOURCES = load_template(templates()["notifications"])["Resources"]


def queues():
    return {
        properties["QueueName"]["Fn::Sub"]: properties
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SQS::Queue"
        for properties in [resource["Properties"]]
    }


def test_every_channel_has_a_queue_and_a_handler():
    read = {one.source.name for one in WIRING.handlers if one.source.kind == "queue"}
    for name in CHANNELS:
        assert name in read
        assert f"rookery-${{Stage}}-notifications-{name}" in queues()


def test_visibility_is_six_times_the_timeout_and_beyond_the_lease():
    from chalicelib.notifications.history import ledger

    longest = max(one.timeout for one in WIRING.handlers)
    for name, properties in queues().items():
        assert properties["SqsManagedSseEnabled"] is True
        if name.endswith("-dlq"):
            assert properties["MessageRetentionPeriod"] == 1_209_600
            continue
        assert properties["RedrivePolicy"]["maxReceiveCount"] == 5
        assert properties["VisibilityTimeout"] >= 6 * longest
        assert longest * 1000 < ledger.LEASE_MS < properties["VisibilityTimeout"] * 1000


def test_only_the_notifications_table_has_a_stream():
    tables = {name: one["Properties"] for name, one in RESOURCES.items() if is_table(one)}
    streamed = [name for name, one in tables.items() if "StreamSpecification" in one]
    assert streamed == ["NotificationsTable"]
    for resource in tables:
        assert RESOURCES[resource]["DeletionPolicy"] == "Retain"
