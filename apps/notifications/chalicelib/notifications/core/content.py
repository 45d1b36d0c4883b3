"""Content of a notification, from the mapping to the channels."""

from dataclasses import dataclass

# Categories. Preferences will apply to all of them but `SECURITY`.
SECURITY = "security"
SOCIAL = "social"
MESSAGE = "message"
CRAWL = "crawl"


@dataclass(frozen=True)
class Content:
    """One notification for one recipient.

    Attributes:
        id: 12 hexadecimal digits of milliseconds, then 20 that make it unique.
        user_id: the recipient.
        type: ``follow``, ``follow_request``, ``like``, ``retweet``, ``reply``, ``mention``,
            ``quote``, ``poll``, ``tweet`` (by an account the recipient watches), ``message``;
            about the account's security ``verify_email``, ``change_email``,
            ``email_changed``, ``reset_password`` or ``password_changed``.
        category: one of the constants above, or the sender's own for messages.
        channels: names of the channels it goes to.
        created_at: Unix ms of the event it reports.
        actor_id: user who caused it.
        sender_id: user who sent it over HTTP.
        cause_id: the tweet that caused it, where ``tweet_id`` is another one (retweets).
        reference: id of a one-time token; the token is made at sending and never stored.
    """

    id: str
    user_id: str
    type: str
    category: str
    channels: tuple[str, ...]
    created_at: int
    actor_id: str | None = None
    sender_id: str | None = None
    tweet_id: str | None = None
    cause_id: str | None = None
    crawl_id: str | None = None
    title: str | None = None
    text: str | None = None
    reference: str | None = None
