"""Mails: subject, plain text and HTML, rendered when they are sent.

Text that users wrote is escaped for HTML and kept out of header lines.
"""

import html
from dataclasses import dataclass, replace
from string import Template
from urllib.parse import quote

from chalicelib.notifications.core.content import Content

from shared.contracts.profiles import UserCard

_SUBJECT_LENGTH = 150
# Words of a link that a sender chose.
_OPEN = "Open the link"

_TEXT = Template("""\
$greeting

$body
$button
--
$footer
""")

_HTML = Template("""\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>$subject</title></head>
<body style="font-family:sans-serif;line-height:1.5;color:#0f1419;max-width:36rem;margin:1rem auto">
<p>$greeting</p>
<p>$body</p>
$button<p style="color:#536471;font-size:.85rem">$footer</p>
</body>
</html>
""")

_TEXT_BUTTON = Template("\n$action:\n$link\n")

_HTML_BUTTON = Template("""\
<p><a href="$link" style="background:#1d6fa5;color:#fff;padding:.6rem 1.2rem;\
border-radius:1rem;text-decoration:none">$action</a></p>
""")

_LINKS = Template("""\
<p style="color:#536471;font-size:.85rem"><a href="$unsubscribe">Unsubscribe</a> ·
<a href="$preferences">Notification preferences</a></p>
""")

_ACCOUNT_FOOTER = "You get this email because you have an account on Rookery."
# Outside contacts have no account: the sender has their address from elsewhere.
_CONTACT_FOOTER = "You get this email from a service that sends its messages through Rookery."
_SECURITY_FOOTER = (
    "This address was used for an account on Rookery. "
    "If that was not you, ignore this email: nothing happens without the link."
)


@dataclass(frozen=True)
class Mail:
    """One mail with both alternatives, plain text and HTML."""

    subject: str
    text: str
    html: str


def verify_email(name: str | None, public_url: str, token: str) -> Mail:
    """Mail that verifies an address; the token appears nowhere else."""
    return _mail(
        "Confirm your email address",
        name,
        "please confirm that this email address is yours.",
        "Confirm my address",
        f"{public_url}/verify?token={token}",
        _SECURITY_FOOTER,
    )


def change_email(name: str | None, public_url: str, token: str) -> Mail:
    """Mail that verifies a new address."""
    return _mail(
        "Confirm your new email address",
        name,
        "please confirm that your account should use this email address from now on.",
        "Use this address",
        f"{public_url}/verify?token={token}",
        _SECURITY_FOOTER,
    )


def email_changed(name: str | None, public_url: str, token: str) -> Mail:
    """Notice to the former address, with a link that undoes the change."""
    return _mail(
        "Your email address was changed",
        name,
        "your account now uses another email address. If you changed it, there is nothing to do. "
        "If you did not, undo the change within a week: your account will use this address "
        "again, every session will end, and you can set a new password.",
        "This was not me: undo the change",
        f"{public_url}/email-undo?token={token}",
        _ACCOUNT_FOOTER,
    )


def reset_password(name: str | None, public_url: str, token: str) -> Mail:
    """Mail with a link for a new password, valid once and for an hour."""
    return _mail(
        "Set a new password",
        name,
        "someone asked to set a new password for your account. "
        "The link works once, within an hour. If that was not you, there is nothing to do.",
        "Set a new password",
        f"{public_url}/reset?token={token}",
        _SECURITY_FOOTER,
    )


def password_changed(name: str | None, public_url: str) -> Mail:
    """Notice that the password was changed."""
    return _mail(
        "Your password was changed",
        name,
        "the password of your account was changed, and all earlier sessions have ended. "
        "If that was not you, set a new password now.",
        "Set a new password",
        f"{public_url}/reset",
        _ACCOUNT_FOOTER,
    )


# Ends of the sentence that begins with the actor's name.
_ACTIONS = {
    "reply": "replied to you",
    "mention": "mentioned you",
    "quote": "quoted you",
    "retweet": "reposted your post",
    "like": "liked your post",
    "tweet": "posted",
}
SOCIAL_TYPES = frozenset(_ACTIONS) | {"follow", "follow_request"}


def social(
    kind: str, name: str | None, public_url: str, actor: UserCard, tweet_id: str | None
) -> Mail:
    """Mail about a follow, a follow request or an engagement with a post.

    Args:
        kind: one of `SOCIAL_TYPES`.
        tweet_id: the post to link, ``None`` for a follow and a follow request.
    """
    subject, body, action, link = _social(kind, public_url, actor, tweet_id)
    return _mail(subject, name, body, action, link, _ACCOUNT_FOOTER)


def social_words(
    kind: str, public_url: str, actor: UserCard, tweet_id: str | None
) -> tuple[str, str, str]:
    """Return title, text and address of a social notification, for pushes."""
    subject, body, _, link = _social(kind, public_url, actor, tweet_id)
    return " ".join(subject.split())[:_SUBJECT_LENGTH], body, link


def _social(
    kind: str, public_url: str, actor: UserCard, tweet_id: str | None
) -> tuple[str, str, str, str]:
    """Subject, body, action and link of a social notification."""
    shown = f"{actor.name} (@{actor.username})"
    if kind == "follow_request":
        subject, body = f"{shown} wants to follow you", f"{shown} wants to follow you."
        return subject, body, "Answer the request", f"{public_url}/settings/requests"
    if kind == "follow" or tweet_id is None:
        subject, body = f"{shown} follows you", f"{shown} follows you now."
        return subject, body, f"See @{actor.username}", f"{public_url}/@{actor.username}"
    subject, body = f"{shown} {_ACTIONS[kind]}", f"{shown} {_ACTIONS[kind]}."
    return subject, body, "See the post", f"{public_url}/status/{tweet_id}"


def message(name: str | None, public_url: str, content: Content) -> Mail:
    """Mail of a notification that has a title and text of its own."""
    title = content.title or "A message for you"
    return _mail(
        title,
        name,
        content.text or title,
        *_button(public_url, content),
        _CONTACT_FOOTER if content.is_outside else _ACCOUNT_FOOTER,
    )


def message_url(public_url: str, content: Content) -> str | None:
    """Return the page that a message leads to, ``None`` if it names none."""
    if content.url is not None:
        return content.url
    if content.crawl_id is not None:
        return f"{public_url}/crawls/{quote(content.crawl_id, safe='')}"
    return f"{public_url}/status/{content.tweet_id}" if content.tweet_id else None


def _button(public_url: str, content: Content) -> tuple[str, str | None]:
    """Action and link of a message; outside contacts have no page here."""
    own = message_url(public_url, content)
    if content.url is None and content.crawl_id is not None:
        return "See the crawl", own
    if content.url is None and content.tweet_id is not None:
        return "See the post", own
    if own is None and not content.is_outside:
        return "See your notifications", f"{public_url}/notifications"
    return _OPEN, own


def with_url(mail: Mail, url: str) -> Mail:
    """Return a mail that holds a link in both parts, added where absent."""
    text = mail.text if url in mail.text else f"{mail.text.rstrip()}\n\n{_OPEN}:\n{url}\n"
    link = html.escape(url)
    if url in mail.html or link in mail.html:
        return replace(mail, text=text)
    button = _HTML_BUTTON.substitute(action=_OPEN, link=link)
    return Mail(mail.subject, text, _at_end(mail.html, button))


def with_links(mail: Mail, unsubscribe: str, preferences: str) -> Mail:
    """Return a mail with links to unsubscribe and to preferences."""
    text = f"{mail.text.rstrip()}\nUnsubscribe: {unsubscribe}\nPreferences: {preferences}\n"
    footer = _LINKS.substitute(
        unsubscribe=html.escape(unsubscribe), preferences=html.escape(preferences)
    )
    return Mail(mail.subject, text, _at_end(mail.html, footer))


def plain_html(text: str) -> str:
    """Return the HTML part of a mail that has only a text."""
    body = "<br>\n".join(html.escape(line) for line in text.splitlines())
    head = '<!doctype html>\n<html><head><meta charset="utf-8"></head>'
    return f"{head}<body>\n<p>{body}</p>\n</body></html>"


def _at_end(page: str, part: str) -> str:
    """Put a part at the end of an HTML page's body."""
    head, end, tail = page.rpartition("</body>")
    return f"{head}{part}{end}{tail}" if end else f"{page}\n{part}"


def _mail(
    subject: str, name: str | None, body: str, action: str, link: str | None, footer: str
) -> Mail:
    # A line break in a subject would begin another header of the message.
    subject = " ".join(subject.split())[:_SUBJECT_LENGTH]
    greeting = f"Hello {' '.join(name.split())}," if name else "Hello,"
    words = {"subject": subject, "greeting": greeting, "body": body, "footer": footer}
    button = {"action": action, "link": link or ""}
    escaped = {key: html.escape(value) for key, value in words.items()}
    escaped["body"] = "<br>\n".join(escaped["body"].splitlines())
    escaped["button"] = words["button"] = ""
    if link is not None:
        words["button"] = _TEXT_BUTTON.substitute(button)
        escaped["button"] = _HTML_BUTTON.substitute(
            {key: html.escape(value) for key, value in button.items()}
        )
    return Mail(subject, _TEXT.substitute(words), _HTML.substitute(escaped))
