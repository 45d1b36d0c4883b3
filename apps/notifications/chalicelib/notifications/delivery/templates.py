"""What mails say: subject, plain text and HTML, rendered at the moment of sending.

Whatever users wrote is escaped for HTML and kept out of header lines.
"""

import html
from dataclasses import dataclass
from string import Template

from chalicelib.notifications.core.models import Content

from shared.contracts.profiles import UserCard

_SUBJECT_LENGTH = 150

_TEXT = Template("""\
$greeting

$body

$action:
$link

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
<p><a href="$link" style="background:#1d6fa5;color:#fff;padding:.6rem 1.2rem;\
border-radius:1rem;text-decoration:none">$action</a></p>
<p style="color:#536471;font-size:.85rem">$footer</p>
</body>
</html>
""")

_ACCOUNT_FOOTER = "You get this mail because you have an account on Rookery."
_SECURITY_FOOTER = (
    "Somebody, presumably you, used this address for an account on Rookery. "
    "If it was not you, ignore this mail: without the link nothing happens."
)


@dataclass(frozen=True)
class Mail:
    """One message in both of its alternatives."""

    subject: str
    text: str
    html: str


def verify_email(name: str | None, public_url: str, token: str) -> Mail:
    """The mail that proves an address; the token appears nowhere but here."""
    return _mail(
        "Confirm your e-mail address",
        name,
        "please confirm that this e-mail address is yours.",
        "Confirm my address",
        f"{public_url}/verify?token={token}",
        _SECURITY_FOOTER,
    )


def change_email(name: str | None, public_url: str, token: str) -> Mail:
    """The mail that proves a new address."""
    return _mail(
        "Confirm your new e-mail address",
        name,
        "please confirm that your account is to use this e-mail address from now on.",
        "Use this address",
        f"{public_url}/verify?token={token}",
        _SECURITY_FOOTER,
    )


def email_changed(name: str | None, public_url: str, token: str) -> Mail:
    """The notice to the former address, which can take the change back."""
    return _mail(
        "Your e-mail address was changed",
        name,
        "your account uses another e-mail address now. If that was you, there is nothing to do. "
        "If it was not, take the change back within a week: this address is used again, every "
        "session ends, and you can set a new password.",
        "It was not me: take it back",
        f"{public_url}/email-undo?token={token}",
        _ACCOUNT_FOOTER,
    )


def reset_password(name: str | None, public_url: str, token: str) -> Mail:
    """The mail that a new password can be set with, within the hour and once."""
    return _mail(
        "Set a new password",
        name,
        "somebody asked to set a new password for your account. "
        "The link works once, for an hour. If it was not you, there is nothing to do.",
        "Set a new password",
        f"{public_url}/reset?token={token}",
        _SECURITY_FOOTER,
    )


def password_changed(name: str | None, public_url: str) -> Mail:
    """The notice that the password is another one now."""
    return _mail(
        "Your password was changed",
        name,
        "the password of your account was changed, and all sessions of before have ended. "
        "If it was not you, set a new one at once.",
        "Set a new password",
        f"{public_url}/reset",
        _ACCOUNT_FOOTER,
    )


# What somebody did, in words: the subject's end, and the same with the tweet at hand.
_DEEDS = {
    "reply": "replied to you",
    "mention": "mentioned you",
    "quote": "quoted you",
    "retweet": "reposted your post",
    "like": "liked your post",
}
SOCIAL_TYPES = frozenset(_DEEDS) | {"follow", "follow_request"}


def social(
    kind: str, name: str | None, public_url: str, actor: UserCard, tweet_id: str | None
) -> Mail:
    """Somebody followed the recipient, asks to, or did something with a post.

    Args:
        kind: one of `SOCIAL_TYPES`.
        tweet_id: the post to look at, ``None`` for a follow and a request.
    """
    shown = f"{actor.name} (@{actor.username})"
    if kind == "follow_request":
        subject, body = f"{shown} asks to follow you", f"{shown} asks to follow you."
        action, link = "Answer the request", f"{public_url}/settings/requests"
    elif kind == "follow" or tweet_id is None:
        subject, body = f"{shown} follows you", f"{shown} follows you now."
        action, link = f"See @{actor.username}", f"{public_url}/@{actor.username}"
    else:
        subject, body = f"{shown} {_DEEDS[kind]}", f"{shown} {_DEEDS[kind]}."
        action, link = "See the post", f"{public_url}/status/{tweet_id}"
    return _mail(subject, name, body, action, link, _ACCOUNT_FOOTER)


def message(name: str | None, public_url: str, content: Content) -> Mail:
    """A notification with words of its own."""
    title = content.title or "A message for you"
    return _mail(
        title,
        name,
        content.text or title,
        "See your notifications",
        f"{public_url}/notifications",
        _ACCOUNT_FOOTER,
    )


def _mail(subject: str, name: str | None, body: str, action: str, link: str, footer: str) -> Mail:
    # A line break in a subject would begin another header of the message.
    subject = " ".join(subject.split())[:_SUBJECT_LENGTH]
    greeting = f"Hello {' '.join(name.split())}," if name else "Hello,"
    words = {
        "subject": subject,
        "greeting": greeting,
        "body": body,
        "action": action,
        "link": link,
        "footer": footer,
    }
    escaped = {key: html.escape(value) for key, value in words.items()}
    escaped["body"] = "<br>\n".join(escaped["body"].splitlines())
    return Mail(subject, _TEXT.substitute(words), _HTML.substitute(escaped))
