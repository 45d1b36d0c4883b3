"""A notification's texts for a channel, rendered when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.notifications.channels.message import (
    CANCELLED,
    CONFIGURATION,
    PermanentFailure,
)
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.templates import mails
from chalicelib.notifications.templates.mails import Mail

from shared.auth import one_time_tokens
from shared.base.config import settings
from shared.contracts import profiles, tweets


@dataclass(frozen=True)
class Rendered:
    """Texts of one notification in one channel.

    Attributes:
        title: also the subject of an email.
        headers: of an email.
    """

    title: str
    text: str
    html: str | None = None
    url: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def render(content: Content, channel: str, recipient: Contact) -> Rendered:
    """Render a notification from the present profiles and templates.

    Raises:
        PermanentFailure: the actor or the tweet is gone, or the type has no template.
    """
    if channel == names.EMAIL:
        mail = _mail(content, recipient)
        return Rendered(mail.subject, mail.text, mail.html, content.url, content.data or {})
    if content.type != "message":
        raise PermanentFailure(CONFIGURATION, "no_template")
    title = content.title or "A message for you"
    return Rendered(title, content.text or title, None, content.url, content.data or {})


def _mail(content: Content, contact: Contact) -> Mail:
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
                raise PermanentFailure(CANCELLED, "actor_gone")
            if content.tweet_id and tweets.deleted_among([content.tweet_id]):
                raise PermanentFailure(CANCELLED, "tweet_gone")
            return mails.social(kind, contact.name, public_url, actor, content.tweet_id)
        case "message":
            return mails.message(contact.name, public_url, content)
    raise PermanentFailure(CONFIGURATION, "no_template")
