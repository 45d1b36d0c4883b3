"""One contract that every adapter keeps, against its simulator."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import pytest
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.push import sns_mobile
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    PermanentFailure,
    TransientFailure,
)

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import error, intercepted
from tests.integration.notifications.channels.channels_support import CASES, message

pytestmark = pytest.mark.integration


def each(where=lambda case: True):
    """Run a test for each adapter that can come into the situation."""
    chosen = {name: case for name, case in CASES.items() if where(case)}
    return pytest.mark.parametrize("case", chosen.values(), ids=chosen)


def sent(providers, case):
    name = {"pinpoint": "sms", "fcm": "android", "apns": "ios", "ses": "email"}
    return providers.journal.sent(name.get(case.provider, case.provider))


@each()
def test_a_message_arrives_once_and_has_the_providers_id(case, providers):
    given = message(case.address(providers, 1), url="https://example.org/tea", data={"cups": 2})
    assert case.adapter().send(given)
    (arrived,) = sent(providers, case)
    assert "Tea" in (arrived.get("title") or "Tea")
    assert providers.journal.requests[case.provider] == 1


@each()
def test_a_limit_is_transient_and_its_wait_is_told(case, providers):
    providers.journal.script(case.provider, [case.throttled])
    with pytest.raises(TransientFailure) as failure:
        case.adapter().send(message(case.address(providers, 2)))
    assert failure.value.retry_after == (7 if case.waits else None)
    assert not sent(providers, case)


@each()
def test_a_broken_provider_is_transient(case, providers):
    providers.journal.script(case.provider, [case.broken])
    with pytest.raises(TransientFailure):
        case.adapter().send(message(case.address(providers, 3)))


@each(lambda case: case.forbidden)
def test_a_refusal_of_ourselves_is_a_matter_of_configuration(case, providers):
    providers.journal.script(case.provider, [case.forbidden])
    with pytest.raises(ConfigurationFailure):
        case.adapter().send(message(case.address(providers, 4)))
    assert providers.journal.requests[case.provider] == 1


@each(lambda case: case.dead_reason)
def test_a_dead_address_is_permanent_after_one_call(case, providers):
    with pytest.raises(DeadTarget) as failure:
        case.adapter().send(message(case.address(providers, None), registered_at=now_ms() - 1000))
    assert failure.value.reason == case.dead_reason
    assert providers.journal.requests[case.provider] == 1


@each(lambda case: case.most)
def test_what_is_too_large_is_refused_without_a_call(case, providers):
    with pytest.raises(PermanentFailure) as failure:
        case.adapter().send(message(case.address(providers, 5), "x" * (case.most + 1)))
    assert failure.value.reason == "too_large"
    assert providers.journal.requests[case.provider] == 0


@each(lambda case: case.provider not in ("ses", "pinpoint"))
def test_what_has_expired_is_not_sent(case, providers):
    with pytest.raises(PermanentFailure) as failure:
        case.adapter().send(message(case.address(providers, 6), expires_at=now_ms() - 1))
    assert failure.value.reason == "expired"
    assert providers.journal.requests[case.provider] == 0


@contextmanager
def impatient():
    """Let clients of AWS's providers wait a second, as the others do here."""
    with process.limited(sdk.ProviderLimits(seconds=1.0)):
        sdk.clients.forget()
        yield
    sdk.clients.forget()


@each()
def test_a_stalled_provider_does_not_hold_the_worker(case, providers):
    # It never arrives: not in the journal of a test of half a minute later either.
    providers.journal.script(case.provider, [{"stall": 30, "reset": True}])
    of_aws = case.provider in ("ses", "sms", "pinpoint")
    with impatient() if of_aws else nullcontext(), pytest.raises(TransientFailure):
        case.adapter().send(message(case.address(providers, 7)))
    # One attempt: what is repeated is repeated by the queue.
    assert providers.journal.requests[case.provider] == 1
    assert case.adapter().send(message(case.address(providers, 8)))


SNS_ANSWERS = {
    "Throttled": TransientFailure,
    "InternalErrorException": TransientFailure,
    "AuthorizationErrorException": ConfigurationFailure,
    "EndpointDisabledException": DeadTarget,
    # Silence: the call goes to a server that never answers.
    "": TransientFailure,
}


def test_sns_keeps_the_contract_without_a_simulator(monkeypatch):
    monkeypatch.setenv("SNS_IOS_APPLICATION_ARN", "arn:aws:sns:us-east-1:1:app/APNS/rookery")
    made = {"EndpointArn": "arn:aws:sns:us-east-1:1:endpoint/APNS/rookery/1"}
    answers, asked = list(SNS_ANSWERS), list[str]()

    def publish(_):
        asked.append(answers[len(asked)])
        return error(asked[-1]) if asked[-1] else None

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", url)
        with (
            impatient(),
            intercepted("sns", "CreatePlatformEndpoint", lambda _: made, provider=True),
            intercepted("sns", "Publish", publish, provider=True),
        ):
            for kind in SNS_ANSWERS.values():
                with pytest.raises(kind):
                    sns_mobile.SnsMobileAdapter().send(message("a" * 64))
    assert asked == answers, "one attempt each"
    sns_mobile._endpoints.clear()


@each()
def test_many_threads_send_each_message_once(case, providers):
    adapter = case.adapter()
    given = [message(case.address(providers, 100 + number)) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(adapter.send, given))
    assert len(sent(providers, case)) == len(given)
