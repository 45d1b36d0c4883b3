"""The declaration agrees with queues and limits of the crawler."""

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import load_app
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


def test_a_counted_batch_comes_back_as_it_was():
    assert WIRING.function("count_pages").bisect is False
    (source,) = (one for one in load_app("crawler").app.event_sources if one.name == "count_pages")
    assert source.batch_size <= 45


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
