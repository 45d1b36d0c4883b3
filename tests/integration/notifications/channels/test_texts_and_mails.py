"""SMS, email, web push and webhooks in detail."""

import json
from dataclasses import replace

import pytest
from chalicelib.notifications.channels.endpoints.webhook import WebhookAdapter, signature
from chalicelib.notifications.channels.endpoints.webpush import WebPushAdapter
from chalicelib.notifications.channels.mail.ses import SesAdapter
from chalicelib.notifications.channels.sms import segments, spending
from chalicelib.notifications.channels.sms.end_user_messaging import EndUserMessagingAdapter
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    PermanentFailure,
    TransientFailure,
)

from scripts.providers import sms as simulated
from shared.base.clock import now_ms
from tests.integration.notifications.channels.channels_support import SECRET, message

pytestmark = pytest.mark.integration
HEADERS = {
    "List-Unsubscribe": "<https://example.org/u/1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def mail(number):
    return message(f"u{number}@example.org", html=f"<p>{number}</p>", headers=HEADERS)


def test_a_hundred_and_twenty_mails_are_three_calls_with_their_own_headers(providers):
    outcomes = SesAdapter().send_many([mail(number) for number in range(120)])
    assert providers.journal.requests["ses"] == 3
    assert len({outcomes[number] for number in range(120)}) == 120
    arrived = providers.journal.sent("email")
    assert {one["to"] for one in arrived} == {f"u{number}@example.org" for number in range(120)}
    assert all(one["headers"] == HEADERS for one in arrived)


def test_mails_of_many_notifications_are_few_calls_in_the_worker(platform, providers):
    from chalicelib.notifications.core import caused_ids
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.delivery.worker import worker
    from chalicelib.notifications.history import ledger, notifications

    ada, now = platform.register(), now_ms()
    platform.settle()
    ids = [caused_ids.fresh_id(now) for _ in range(120)]
    for one in ids:
        content = {"title": "Tea", "text": "It is ready."}
        # The pump takes those of the inbox, so the mails are this test's alone.
        made = Content(one, ada.id, "message", "message", ("inbox",), now, **content)
        assert notifications.create(made)
    platform.settle()
    providers.journal.clear()
    providers.journal.script("ses", [{"entries": {"7": "TRANSIENT_FAILURE"}}])
    messages = [{"notification_id": one} for one in ids]
    failed = worker("email")(messages)
    assert (list(failed), providers.journal.requests["ses"]) == ([7], 3)
    assert len(providers.journal.sent("email", ada.email)) == 119
    # The queue returns that one only; it goes alone.
    assert worker("email")([messages[7]]) == {}
    assert len(providers.journal.sent("email", ada.email)) == 120
    assert providers.journal.requests["ses"] == 4
    assert worker("email")(messages) == {}
    assert providers.journal.requests["ses"] == 4
    states = {one["target"].split("#")[0]: one["state"] for one in ledger.entries(ids[0])}
    assert states["email"] == "sent"


def test_one_mail_of_a_bulk_fails_alone(providers):
    statuses = {"1": "TRANSIENT_FAILURE", "2": "MESSAGE_REJECTED", "3": "ACCOUNT_SUSPENDED"}
    providers.journal.script("ses", [{"entries": statuses}])
    outcomes = SesAdapter().send_many([mail(number) for number in range(5)])
    kinds = [type(outcomes[number]) for number in range(5)]
    assert kinds == [str, TransientFailure, PermanentFailure, ConfigurationFailure, str]
    again = SesAdapter().send_many([mail(1)])
    assert isinstance(again[0], str)
    assert len(providers.journal.sent("email")) == 3


def test_mails_show_what_was_rendered(platform, providers):
    text = "Tom & {{Jerry}} <b>"
    sent = replace(mail(7), title=text, text=text, html="<p>Tom &amp; Jerry</p>")
    SesAdapter().send_many([sent, mail(8)])
    arrived = platform.mails("u7@example.org")[0]
    assert (arrived["Subject"], arrived["BodyText"]) == (text, text)
    assert arrived["BodyHtml"] == "<p>Tom &amp; Jerry</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("🐦" * 35, 1),
        ("🐦" * 36, 2),
        # No surrogate pair is split: 33 birds a part.
        ("🐦" * 67, 3),
        ("é" * 160, 1),
        ("ê" * 71, 2),
    ],
)
def test_segments(text, expected):
    assert segments.count(text) == expected


def test_a_text_has_its_price_end_and_context(providers):
    sent = message("+15005551234", "x" * 161, category="otp", url="https://example.org/1")
    EndUserMessagingAdapter().send(sent)
    (arrived,) = providers.journal.sent("sms")
    assert arrived["segments"] == 2
    assert arrived["text"].endswith(" https://example.org/1")
    request = arrived["request"]
    assert request["MessageType"] == "TRANSACTIONAL"
    assert request["MaxPrice"] == "0.50"
    assert request["Context"]["notification_id"] == sent.notification_id
    assert simulated.segments("x" * 161)[1] == segments.count("x" * 161)


def test_the_months_limit_stops_the_channel_and_failures_cost_nothing(providers, monkeypatch):
    before = spending.spent()
    EndUserMessagingAdapter().send(message("+15005551235"))
    assert spending.spent() - before == spending.price(1)
    with pytest.raises(PermanentFailure):
        EndUserMessagingAdapter().send(message("+15005550009"))
    assert spending.spent() - before == spending.price(1)
    monkeypatch.setenv("SMS_MONTHLY_LIMIT", str(spending.spent() / 1_000_000 + 0.01))
    with pytest.raises(ConfigurationFailure, match="limit"):
        EndUserMessagingAdapter().send(message("+15005551236"))
    assert providers.journal.requests["sms"] == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (
            {"type": "ServiceQuotaExceededException", "reason": "MONTHLY_SPEND_LIMIT_REACHED"},
            ConfigurationFailure,
        ),
        ({"type": "ConflictException", "reason": "DESTINATION_COUNTRY_BLOCKED"}, PermanentFailure),
        ({"type": "ResourceNotFoundException"}, ConfigurationFailure),
        ({"type": "ValidationException"}, PermanentFailure),
    ],
)
def test_refusals_of_texts(providers, fault, kind):
    providers.journal.script("sms", [{"status": 400, **fault}])
    with pytest.raises(kind):
        EndUserMessagingAdapter().send(message("+15005551237"))


def test_a_number_that_is_none_has_no_target(providers):
    with pytest.raises(PermanentFailure) as failure:
        EndUserMessagingAdapter().send(message("12"))
    assert failure.value.reason == "no_target"


def test_a_web_push_is_decrypted_by_its_browser_and_says_what_services_need(providers):
    address = json.dumps(providers.web_push.subscribe())
    sent = message(address, "Grüße 🐦", priority="high", collapse_key="tea" * 20)
    WebPushAdapter().send(sent)
    (arrived,) = providers.journal.sent("webpush")
    assert arrived["text"] == "Grüße 🐦"
    headers = arrived["headers"]
    assert (headers["urgency"], headers["content-type"]) == ("high", "application/octet-stream")
    assert int(headers["ttl"]) > 0
    assert len(headers["topic"]) == 32


def test_a_subscription_of_another_key_pair_is_a_matter_of_configuration(providers):
    address = json.dumps(providers.web_push.subscribe("B" * 87))
    with pytest.raises(ConfigurationFailure):
        WebPushAdapter().send(message(address))


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refusals_of_web_push_never_mean_a_dead_subscription(providers, status):
    providers.journal.script("webpush", [{"status": status}])
    with pytest.raises(ConfigurationFailure):
        WebPushAdapter().send(message(json.dumps(providers.web_push.subscribe())))


@pytest.mark.parametrize("status", [406, 429])
def test_a_limit_of_web_push_is_waited_for(providers, status):
    providers.journal.script("webpush", [{"status": status, "retry_after": 3}])
    with pytest.raises(TransientFailure) as failure:
        WebPushAdapter().send(message(json.dumps(providers.web_push.subscribe())))
    assert failure.value.retry_after == 3


def test_a_webhook_is_signed(providers):
    url = f"{providers.url}/hooks/a"
    WebhookAdapter().send(message(json.dumps({"url": url, "secret": SECRET})))
    (arrived,) = providers.journal.sent("webhook", url)
    headers = arrived["headers"]
    stamp, identifier = headers["webhook-timestamp"], headers["webhook-id"]
    expected = signature(SECRET, identifier, stamp, arrived["body"].encode())
    assert headers["webhook-signature"] == expected


def test_the_signature_is_that_of_the_specification():
    # From the specification's own example.
    body = b'{"test": 2432232314}'
    given = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_no_request_goes_to_private_addresses_unless_it_is_allowed(providers, monkeypatch):
    monkeypatch.delenv("WEB_PUSH_ALLOW_PRIVATE")
    with pytest.raises(PermanentFailure) as failure:
        WebPushAdapter().send(message(json.dumps(providers.web_push.subscribe())))
    assert failure.value.reason == "configuration"
    assert providers.journal.requests["webpush"] == 0
