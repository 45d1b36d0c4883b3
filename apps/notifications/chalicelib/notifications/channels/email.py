"""Email through SES."""

import hashlib
from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.history import ledger
from chalicelib.notifications.history.ledger import PermanentFailure
from chalicelib.notifications.templates import mails
from chalicelib.notifications.templates.mails import Mail

from shared.auth import one_time_tokens
from shared.aws import sdk
from shared.base.config import settings
from shared.contracts import profiles, tweets

# Answers of SES that no retry changes. All others (throttling, paused sending, an unverified
# sender domain) may pass or be put right, and wait in the queue or its dead-letter queue.
_PERMANENT = {
    "MessageRejected": "message_rejected",
    "BadRequestException": "bad_request",
    "NotFoundException": "not_found",
    "AccountSuspendedException": "account_suspended",
}
_NO_TARGET = "none"


class EmailChannel:
    """Delivers to the recipient's address."""

    name = names.EMAIL

    def deliver(self, contents: Sequence[Content]) -> Mapping[int, Exception]:
        """See `Channel.deliver`."""
        failures: dict[int, Exception] = {}
        for index, content in enumerate(contents):
            try:
                self._deliver(content)
            except Exception as failure:
                failures[index] = failure
        return failures

    def _deliver(self, content: Content) -> None:
        contact = directory.store().find(content.user_id)
        address = contact.email if contact else None
        if content.type == "change_email":
            address = directory.store().find_pending(content.user_id)
        elif content.type == "email_changed":
            address = directory.store().find_former(content.user_id)

        def send() -> str:
            if contact is None or address is None:
                raise PermanentFailure("no_address")
            return _send(content.id, address, render(content, contact))

        ledger.send_once(content.id, ledger.target_key(self.name, _target(address)), send)


def render(content: Content, contact: Contact) -> Mail:
    """Render the mail of a notification from the present profiles.

    Raises:
        PermanentFailure: the actor or the tweet is gone, or the type has no template.
    """
    public_url = settings().public_url
    match content.type:
        case "verify_email" if content.reference:
            token = one_time_tokens.mint("verify_email", content.reference)
            return mails.verify_email(contact.name, public_url, token)
        case "change_email" if content.reference:
            token = one_time_tokens.mint("change_email", content.reference)
            return mails.change_email(contact.name, public_url, token)
        case "email_changed" if content.reference:
            token = one_time_tokens.mint("undo_email", content.reference)
            return mails.email_changed(contact.name, public_url, token)
        case "reset_password" if content.reference:
            token = one_time_tokens.mint("reset_password", content.reference)
            return mails.reset_password(contact.name, public_url, token)
        case "password_changed":
            return mails.password_changed(contact.name, public_url)
        case kind if kind in mails.SOCIAL_TYPES and content.actor_id:
            actor = profiles.card(content.actor_id)
            if actor is None or not actor.active:
                raise PermanentFailure("actor_gone")
            if content.tweet_id and tweets.deleted_among([content.tweet_id]):
                raise PermanentFailure("tweet_gone")
            return mails.social(kind, contact.name, public_url, actor, content.tweet_id)
        case "message":
            return mails.message(contact.name, public_url, content)
    raise PermanentFailure("no_template")


def _target(address: str | None) -> str:
    """Digest of the address: the address itself stays in the contacts."""
    if address is None:
        return _NO_TARGET
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:24]


def ascii_domain(address: str) -> str:
    """Return an address with its domain in Punycode.

    SES takes no other form. Stored domains are normalised (IDNA 2008), so each label is
    only encoded.
    """
    local, at, domain = address.rpartition("@")
    labels = (
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in domain.split(".")
    )
    return local + at + ".".join(labels)


def _send(notification_id: str, address: str, mail: Mail) -> str:
    try:
        answer = sdk.client("sesv2").send_email(
            FromEmailAddress=settings().mail_from,
            Destination={"ToAddresses": [ascii_domain(address)]},
            Content={
                "Simple": {
                    "Subject": _part(mail.subject),
                    "Body": {"Text": _part(mail.text), "Html": _part(mail.html)},
                }
            },
            # Bounces and complaints carry it back.
            EmailTags=[{"Name": "notification_id", "Value": notification_id}],
        )
    except ClientError as error:
        reason = _PERMANENT.get(error.response["Error"]["Code"])
        if reason is None:
            raise
        raise PermanentFailure(reason) from error
    message_id: str = answer["MessageId"]
    return message_id


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
