"""APNs and FCM at their worst."""

import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.push import apns, fcm, sns_mobile
from chalicelib.notifications.channels.push.provider_token import LIFE_SECONDS, provider_token
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    PermanentFailure,
    TransientFailure,
)

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import error, intercepted
from tests.integration.notifications.channels.channels_support import message

pytestmark = pytest.mark.integration
SENDS = 1000


def device(number):
    return f"{number:064x}"


def test_a_thousand_pushes_of_many_threads_arrive_once_with_one_token(providers):
    providers.apns.tokens.clear()
    with process.limited(apns.ApnsLimits(seconds=30)), ThreadPoolExecutor(12) as pool:
        adapter = apns.ApnsAdapter()
        sent = list(pool.map(adapter.send, [message(device(n)) for n in range(SENDS)]))
    arrived = [one["to"] for one in providers.journal.sent("ios")]
    # The journal keeps the last five hundred.
    assert providers.journal.requests["apns"] == SENDS
    assert len(set(sent)) == SENDS
    assert len(arrived) == len(set(arrived)) == 500
    assert len(providers.apns.tokens) == 1


def test_a_batch_is_in_flight_at_once_also_on_a_new_connection(providers):
    apns._loop.forget()
    before = providers.apns.connections
    outcomes = apns.ApnsAdapter().send_many([message(device(n)) for n in range(100)])
    assert sorted(outcomes) == list(range(100))
    assert all(isinstance(one, str) for one in outcomes.values()), outcomes
    assert len(providers.journal.sent("ios")) == 100
    assert providers.apns.connections == before + 1


def test_two_stalled_streams_hold_no_other(providers):
    adapter = apns.ApnsAdapter()
    adapter.send(message(device(1)))
    providers.journal.script("apns", [{"hold": True}] * 2)
    with process.limited(apns.ApnsLimits(seconds=60)), ThreadPoolExecutor(24) as pool:
        ended = threading.Semaphore(0)

        def send(number):
            try:
                return adapter.send(message(device(number)))
            except TransientFailure:
                return None
            finally:
                ended.release()

        work = [pool.submit(send, number) for number in range(2, 24)]
        # Twenty end while the two others still wait for their answers.
        for _ in range(20):
            assert ended.acquire(timeout=30)
        assert sum(one.done() for one in work) == 20
        assert all(one.result() for one in work if one.done())
        providers.journal.released.set()
        assert all(one.result() for one in work)


@pytest.mark.parametrize("fault", ["refuse", "goaway"])
def test_what_was_refused_before_it_was_taken_is_sent_again_at_once(providers, fault):
    adapter = apns.ApnsAdapter()
    adapter.send(message(device(1)))
    providers.journal.script("apns", [{fault: True}])
    assert adapter.send(message(device(2)))
    assert [one["to"] for one in providers.journal.sent("ios")] == [device(1), device(2)]


def test_a_push_that_is_cut_off_is_repeated_with_the_same_id(providers):
    adapter = apns.ApnsAdapter()
    providers.journal.script("apns", [{"cut": True}])
    sent = adapter.send(message(device(3)))
    # Whether it had arrived could not be known.
    assert [one["id"] for one in providers.journal.sent("ios")] == [sent, sent]


@pytest.mark.parametrize("fault", [{"split": True}, {"empty": True}])
def test_frames_of_answers_may_be_split_or_empty(providers, fault):
    refused = {"status": 400, "reason": "BadTopic", **fault}
    providers.journal.script("apns", [refused])
    with pytest.raises(ConfigurationFailure, match="BadTopic"):
        apns.ApnsAdapter().send(message(device(4)))
    providers.journal.script("apns", [fault])
    assert apns.ApnsAdapter().send(message(device(4)))


@pytest.mark.parametrize(("behind", "kind"), [(-1000, DeadTarget), (1000, PermanentFailure)])
def test_a_token_dies_only_by_news_that_are_newer_than_its_registration(providers, behind, kind):
    now = now_ms()
    gone = {"status": 410, "reason": "Unregistered", "timestamp": now}
    providers.journal.script("apns", [gone])
    with pytest.raises(PermanentFailure) as failure:
        apns.ApnsAdapter().send(message(device(5), registered_at=now + behind))
    assert type(failure.value) is kind
    assert failure.value.reason == "unregistered"


def test_an_expired_provider_token_is_signed_anew_once(providers):
    provider_token.forget()
    expired = {"status": 403, "reason": "ExpiredProviderToken"}
    providers.journal.script("apns", [expired])
    # A token of this minute: another one would not help, and Apple forbids it.
    with pytest.raises(TransientFailure):
        apns.ApnsAdapter().send(message(device(6)))
    assert providers.journal.requests["apns"] == 1
    providers.apns.tokens.clear()
    with process.clock.ahead(LIFE_SECONDS / 2):
        providers.journal.script("apns", [expired, {}])
        assert apns.ApnsAdapter().send(message(device(6)))
    assert len(providers.apns.tokens) == 2
    provider_token.forget()


def test_a_new_token_is_signed_after_fifty_minutes(providers):
    first = provider_token().get()
    with process.clock.ahead(LIFE_SECONDS - 60):
        assert provider_token().get() == first
    with process.clock.ahead(LIFE_SECONDS + 60):
        assert provider_token().get() != first
    provider_token.forget()


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ({"status": 404, "code": "UNREGISTERED"}, DeadTarget, "unregistered"),
        ({"status": 400, "code": "INVALID_ARGUMENT"}, DeadTarget, "unregistered"),
        ({"status": 400}, PermanentFailure, "configuration"),
        ({"status": 403, "code": "SENDER_ID_MISMATCH"}, PermanentFailure, "configuration"),
    ],
)
def test_fcm_blames_a_token_only_in_words_of_its_own(providers, fault, kind, reason):
    providers.journal.script("fcm", [fault])
    with pytest.raises(PermanentFailure) as failure:
        fcm.FcmAdapter().send(message(device(7)))
    assert type(failure.value) is kind
    assert failure.value.reason == reason


@pytest.mark.parametrize(
    "fault", [{"status": 404}, {"status": 401, "code": "THIRD_PARTY_AUTH_ERROR"}]
)
def test_fcm_refusals_of_the_project_are_a_matter_of_configuration(providers, fault):
    providers.journal.script("fcm", [fault])
    with pytest.raises(ConfigurationFailure):
        fcm.FcmAdapter().send(message(device(7)))


def test_threads_share_one_access_token_which_is_replaced_when_revoked(providers):
    adapter, before = fcm.FcmAdapter(), providers.fcm.issued
    adapter.send(message(device(8)))
    providers.fcm.revoke()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(adapter.send, [message(device(n)) for n in range(10, 26)]))
    assert providers.fcm.issued - before <= 2


def test_a_token_endpoint_that_is_down_or_refuses_is_told_apart(providers):
    fcm.access_token.forget()
    providers.journal.script("fcm_token", [{"status": 503, "retry_after": 9}, {"status": 400}])
    with pytest.raises(TransientFailure) as failure:
        fcm.FcmAdapter().send(message(device(9)))
    assert failure.value.retry_after == 9
    with pytest.raises(ConfigurationFailure):
        fcm.FcmAdapter().send(message(device(9)))
    assert fcm.FcmAdapter().send(message(device(9)))


@pytest.fixture
def application(monkeypatch):
    arn = sdk.client("sns").create_platform_application(
        Name=f"app{secrets.token_hex(4)}",
        Platform="APNS",
        Attributes={"PlatformCredential": "key", "PlatformPrincipal": "id"},
    )["PlatformApplicationArn"]
    monkeypatch.setenv("SNS_IOS_APPLICATION_ARN", arn)
    sns_mobile._endpoints.clear()
    return arn


def endpoint(number):
    """Return the ARN of a token's endpoint, and its attributes."""
    arn = sns_mobile._endpoints.get(message(device(number)).target.key)
    return arn, sdk.client("sns").get_endpoint_attributes(EndpointArn=arn)["Attributes"]


def test_sns_has_one_endpoint_per_token_and_publishes_to_it(platform, application):
    given, adapter = message(device(30), collapse_key="tea"), sns_mobile.SnsMobileAdapter()
    published: list[Any] = []
    with intercepted("sns", "Publish", published.append, provider=True):
        assert adapter.send(given)
        made = endpoint(30)
        sns_mobile._endpoints.clear()
        assert adapter.send(given)
    assert endpoint(30) == made
    first, second = published
    assert first["TargetArn"] == second["TargetArn"] == made[0]
    text = json.loads(first["Message"])
    assert set(text) == {"default", "APNS"}
    assert json.loads(text["APNS"])["aps"]["alert"]["body"] == given.text
    assert first["MessageAttributes"]["AWS.SNS.MOBILE.APNS.COLLAPSE_ID"]["StringValue"] == "tea"


def test_an_endpoint_that_sns_disabled_is_dead_until_the_device_registers_again(application):
    adapter = sns_mobile.SnsMobileAdapter()
    adapter.send(message(device(31)))
    arn, _ = endpoint(31)
    sdk.client("sns").set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})
    # The emulator takes pushes to a disabled endpoint; SNS refuses them.
    with (
        intercepted("sns", "Publish", lambda _: error("EndpointDisabledException"), provider=True),
        pytest.raises(DeadTarget),
    ):
        adapter.send(message(device(31)))
    # The device comes back. SNS says that it has an endpoint, where the emulator says nothing.
    told = f"Endpoint {arn} already exists with the same Token, but different attributes."
    exists = error("InvalidParameterException")
    exists["Error"]["Message"] = f"Invalid parameter: Token Reason: {told}"
    with intercepted("sns", "CreatePlatformEndpoint", lambda _: exists, provider=True):
        assert adapter.send(message(device(31)))
    assert endpoint(31)[1]["Enabled"] == "true"


def test_an_endpoint_that_somebody_deleted_is_made_again(application):
    adapter = sns_mobile.SnsMobileAdapter()
    adapter.send(message(device(32)))
    sdk.client("sns").delete_endpoint(EndpointArn=endpoint(32)[0])
    assert adapter.send(message(device(32)))


def test_without_an_application_sns_is_not_configured():
    with pytest.raises(ConfigurationFailure, match="SNS_IOS_APPLICATION_ARN"):
        sns_mobile.SnsMobileAdapter().send(message(device(33)))
