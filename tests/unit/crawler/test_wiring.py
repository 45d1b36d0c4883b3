"""The declaration agrees with queues and limits of the crawler."""

from scripts.base.cfn_yaml import load_template
from scripts.deploy.provision import templates
from scripts.wiring.declaration import load

WIRING = load("crawler")
RESOURCES = load_template(templates()["crawler"])["Resources"]


def queues():
    return {
        one["Properties"]["QueueName"]["Fn::Sub"]: one["Properties"]
        for one in RESOURCES.values()
        if one["Type"] == "AWS::SQS::Queue"
    }


def test_every_message_is_tried_five_times():
    for one in WIRING.handlers:
        if one.source.kind == "queue":
            queue = queues()[f"rookery-${{Stage}}-crawler-{one.source.name}"]
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5


def test_a_claim_outlives_the_visibility_of_its_message():
    from chalicelib.crawler.core import limits

    fetch = queues()["rookery-${Stage}-crawler-fetch"]
    assert 1000 * fetch["VisibilityTimeout"] < limits.CLAIM_MS
    assert limits.STALE_MS > limits.CLAIM_MS
