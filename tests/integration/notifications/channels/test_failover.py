"""iOS with two providers: SNS stands in while the breaker of APNs is open."""

import secrets

import pytest
from chalicelib.notifications.channels import registry
from chalicelib.notifications.core.caused_ids import fresh_id
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.operation_models import BREAKERS
from chalicelib.notifications.delivery import breakers, sender
from chalicelib.notifications.delivery.breakers import BreakerLimits
from chalicelib.notifications.delivery.sender import ProviderDown
from chalicelib.notifications.history import ledger
from chalicelib.notifications.operating import channels

from shared.aws.retries import RetryAfter
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import intercepted

pytestmark = pytest.mark.integration

APNS, SNS = "ios#apns", "ios#sns"


@pytest.fixture
def published(providers, monkeypatch):
    """Pushes that SNS took; both providers are configured."""
    monkeypatch.setenv("SNS_IOS_APPLICATION_ARN", "arn:aws:sns:us-east-1:1:app/APNS/rookery")
    process.reset()
    taken = []

    def publish(params):
        taken.append(params)
        return {"MessageId": f"sns-{len(taken)}"}

    endpoint = {"EndpointArn": "arn:endpoint"}
    with (
        intercepted("sns", "Publish", publish, provider=True),
        intercepted("sns", "CreatePlatformEndpoint", lambda _: endpoint, provider=True),
        process.limited(BreakerLimits(failures=3, first_ms=60_000)),
    ):
        yield taken
    for name in (APNS, SNS):
        BREAKERS.delete({"provider": name})
    process.reset()


def push():
    """A notification to somebody with an iPhone."""
    from chalicelib.notifications.contacts import devices

    person = ids.new_id()
    devices.store().register(person, secrets.token_hex(16), "ios", secrets.token_hex(32))
    return Content(
        id=fresh_id(now_ms()), user_id=person, type="message", category="message",
        channels=("ios",), created_at=now_ms(), title="Tea", text="It is ready.",
    )  # fmt: skip


def send(*contents):
    return sender.send("ios", registry.adapters("ios"), dict(enumerate(contents)))


def delivery(content):
    (entry,) = ledger.entries(content.id)
    return entry


def arrived(providers):
    return [one["headers"]["apns-id"] for one in providers.journal.sent("ios")]


def test_the_setting_names_the_primary_and_the_other_stands_by(published, monkeypatch):
    assert [one.name for one in registry.adapters("ios")] == ["apns", "sns"]
    (state,) = [one for one in channels.states() if one["channel"] == "ios"]
    assert (state["adapter"], state["standby"]["adapter"]) == ("apns", "sns")
    monkeypatch.setenv("IOS_ADAPTER", "sns")
    process.reset()
    assert [one.name for one in registry.adapters("ios")] == ["sns", "apns"]
    monkeypatch.delenv("SNS_IOS_APPLICATION_ARN")
    monkeypatch.delenv("IOS_ADAPTER")
    process.reset()
    assert [one.name for one in registry.adapters("ios")] == ["apns"]


def test_pushes_go_by_the_second_provider_until_a_probe_of_the_first_succeeds(providers, published):
    before, during, after = push(), push(), [push() for _ in range(3)]
    assert send(before) == {}
    breakers.failed(APNS, "down", 3)
    assert send(during) == {}
    assert (len(arrived(providers)), len(published)) == (1, 1)
    assert delivery(during)["provider_id"] == "sns-1"
    with process.clock.ahead(61):
        assert send(*after) == {}
        assert breakers.state(APNS)["breaker"] == "closed"
    assert (len(arrived(providers)), len(published)) == (4, 1)


def test_a_probe_is_a_single_push(providers, published):
    breakers.failed(APNS, "down", 3)
    providers.journal.script("apns", [{"status": 500, "reason": "InternalServerError"}] * 5)
    with process.clock.ahead(61):
        failures = send(*(push() for _ in range(5)))
    assert len(failures) == 1
    assert (providers.journal.requests["apns"], len(published)) == (1, 4)


def test_what_the_first_may_have_sent_waits_for_it(providers, published):
    content = push()
    providers.journal.script("apns", [{"status": 500, "reason": "InternalServerError"}])
    assert isinstance(send(content)[0], RetryAfter)
    breakers.failed(APNS, "down", 3)
    assert isinstance(send(content)[0], ProviderDown)
    assert published == []
    with process.clock.ahead(61):
        assert send(content) == {}
    assert (len(arrived(providers)), published) == (1, [])
    assert delivery(content)["state"] == "sent"


def test_what_the_first_surely_did_not_send_goes_by_the_second(providers, published):
    content = push()
    providers.journal.script("apns", [{"status": 429, "reason": "TooManyRequests"}])
    assert isinstance(send(content)[0], RetryAfter)
    breakers.failed(APNS, "down", 3)
    assert send(content) == {}
    assert (arrived(providers), len(published)) == ([], 1)


def test_what_a_dead_worker_may_have_sent_by_one_is_not_sent_by_the_other(providers, published):
    content = push()
    from chalicelib.notifications.channels import targets

    (target,) = targets.targets(content, "ios")
    key = ledger.target_key("ios", target.key)
    ledger.claim(content.id, key, lease_ms=-1, adapter="apns", others=["sns"])
    breakers.failed(APNS, "down", 3)
    assert isinstance(send(content)[0], ProviderDown)
    assert published == []
    # Somebody has taken APNs out of the configuration: then it would wait for ever.
    (_, second) = registry.adapters("ios")
    assert sender.send("ios", [second], {0: content}) == {}
    assert len(published) == 1


def test_with_both_down_messages_wait(providers, published):
    for name in (APNS, SNS):
        breakers.failed(name, "down", 3)
    waits = send(*(push() for _ in range(5)))
    assert all(isinstance(one, ProviderDown) for one in waits.values())
    assert len({one.seconds for one in waits.values()}) == 5, "each comes back by itself"
    assert (arrived(providers), published) == ([], [])
