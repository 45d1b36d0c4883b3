"""A notification's texts for a channel, rendered when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names, phone_codes
from chalicelib.notifications.core.content import VERIFY_PHONE, Content
from chalicelib.notifications.core.message import (
    CANCELLED,
    CONFIGURATION,
    PermanentFailure,
)
from chalicelib.notifications.planning import categories
from chalicelib.notifications.templates import mails, use
from chalicelib.notifications.templates.mails import Mail
from chalicelib.notifications.templates.sandbox import TemplateError
from chalicelib.notifications.unsubscribing import links

from shared.auth import one_time_tokens
from shared.base.config import settings
from shared.contracts import profiles, tweets
from shared.contracts.profiles import UserCard

# Types whose notifications have a title and text of their own.
_MESSAGES = frozenset({"message", "poll", categories.DIGEST_TYPE})


@dataclass(frozen=True)
class Rendered:
    """Texts of one notification in one channel.

    Attributes:
        title: also the subject of an email.
        headers: of an email, by which mail programs unsubscribe.
    """

    title: str
    text: str
    html: str | None = None
    url: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def render(content: Content, channel: str, recipient: Contact) -> Rendered:
    """Render a notification from the present profiles and templates.

    Emails of all but the essential categories can be unsubscribed from.

    Raises:
        PermanentFailure: the actor or the tweet is gone, the type has no template, or the
            template fails for this recipient.
    """
    if channel == names.EMAIL:
        return _email(content, recipient)
    if content.type == VERIFY_PHONE and content.reference:
        return Rendered("Your code", phone_codes.text(content.reference))
    if content.template is not None:
        return _from_template(content, recipient)
    if content.type in mails.SOCIAL_TYPES:
        title, text, page = mails.social_words(
            content.type, settings().public_url, _actor(content), content.tweet_id
        )
        return Rendered(title, text, None, content.url or page)
    title = content.title or "A message for you"
    if content.type not in _MESSAGES:
        raise PermanentFailure(CONFIGURATION, "no_template")
    url = mails.message_url(settings().public_url, content)
    return Rendered(title, content.text or title, None, url, content.data or {})


def _email(content: Content, recipient: Contact) -> Rendered:
    if content.template is not None:
        rendered = _from_template(content, recipient)
        html = rendered.html
        mail = Mail(rendered.title, rendered.text, html or mails.plain_html(rendered.text))
        if rendered.url is not None:
            mail = mails.with_url(mail, rendered.url)
    else:
        mail = _mail(content, recipient)
    headers: Mapping[str, str] = {}
    token = links.token_of(content)
    if token is not None:
        mail = mails.with_links(mail, links.unsubscribe_url(token), links.preferences_url(token))
        headers = links.headers(token)
    return Rendered(mail.subject, mail.text, mail.html, headers=headers)


def _from_template(content: Content, recipient: Contact) -> Rendered:
    locale = content.locale or recipient.locale
    try:
        texts = use.rendered(content.template or "", content.data or {}, locale, recipient)
    except TemplateError as error:
        raise PermanentFailure(CONFIGURATION, f"template: {error}"[:200]) from error
    url = content.url or texts.url
    if url is not None and url.startswith("/"):
        # Neither a mail program nor a webhook knows the site that a path belongs to.
        url = f"{settings().public_url}{url}"
    return Rendered(texts.title, texts.text, texts.html, url, content.data or {})


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
            actor = _actor(content)
            return mails.social(kind, contact.name, public_url, actor, content.tweet_id)
        case kind if kind in _MESSAGES:
            return mails.message(contact.name, public_url, content)
    raise PermanentFailure(CONFIGURATION, "no_template")


def _actor(content: Content) -> UserCard:
    """Return who caused a social notification.

    Raises:
        PermanentFailure: they or their tweet are gone.
    """
    actor = profiles.card(content.actor_id) if content.actor_id else None
    if actor is None or not actor.active:
        raise PermanentFailure(CANCELLED, "actor_gone")
    if content.tweet_id and tweets.deleted_among([content.tweet_id]):
        raise PermanentFailure(CANCELLED, "tweet_gone")
    return actor
