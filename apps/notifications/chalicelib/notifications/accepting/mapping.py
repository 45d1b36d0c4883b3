"""Map events to notifications, before recipients are checked."""

from collections.abc import Iterator
from typing import Any

from chalicelib.notifications.accepting import crawl_words
from chalicelib.notifications.core.caused_ids import caused_id
from chalicelib.notifications.core.content import CRAWL, MESSAGE, SECURITY, SOCIAL, Content
from chalicelib.notifications.core.names import EMAIL, INBOX

from shared.aws.events import Event
from shared.base.clock import parse_iso

# A tweet that concerns a recipient in several ways makes one notification, the first of these.
_TWEET_ROLES = (
    ("reply", "reply", "in_reply_to_user_id"),
    ("quote", "quote", "quoted_user_id"),
    ("retweet", "retweet", "retweeted_user_id"),
)

# As on other platforms, frequent and small news send no mail each.
_INBOX_ONLY = frozenset({"like", "retweet", "follow"})


def to_notifications(event: Event) -> list[Content]:
    """Return the notifications of an event, at most one per recipient.

    Users get none of their own actions, except the end of their own crawl, poll or
    scheduled tweet.
    """
    match event.type:
        case "user.registered" if "verification_id" not in event.data:
            return []
        case "user.registered" | "user.verification_requested":
            return [_security(event, "verify_email", event.data["verification_id"])]
        case "user.email_change_requested":
            return [_security(event, "change_email", event.data["verification_id"])]
        case "user.email_changed" if "undo_id" in event.data:
            return [_security(event, "email_changed", event.data["undo_id"])]
        case "user.password_reset_requested":
            return [_security(event, "reset_password", event.data["reset_id"])]
        case "user.password_changed":
            return [_security(event, "password_changed")]
        case "user.export_ready":
            return [_export(event)]
        case "user.followed":
            found = [_follow(event, "follow")]
        case "user.follow_requested":
            found = [_follow(event, "follow_request")]
        case "tweet.liked":
            found = [_social(event, "like", event.data["author_id"], event.data["user_id"])]
        case "tweet.created":
            found = list(_tweet(event))
        case "crawl.finished":
            return [_crawl(event)]
        case "poll.closed":
            recipients = [event.data["author_id"], *event.data.get("voter_ids", ())]
            return [_poll(event, recipient) for recipient in dict.fromkeys(recipients)]
        case "tweet.schedule_failed":
            return [_schedule_failed(event)]
        case _:
            return []
    return [content for content in found if content.user_id != content.actor_id]


def _security(event: Event, kind: str, reference: str | None = None) -> Content:
    """Mail about the account itself; its token is rendered from the reference."""
    members = {"reference": reference} if reference else {}
    return _content(
        event,
        kind,
        event.data["user_id"],
        category=SECURITY,
        channels=(EMAIL,),
        **members,
    )


def _follow(event: Event, kind: str) -> Content:
    return _content(
        event,
        kind,
        event.data["target_id"],
        category=SOCIAL,
        channels=(INBOX,) if kind in _INBOX_ONLY else (INBOX, EMAIL),
        actor_id=event.data["user_id"],
    )


def _tweet(event: Event) -> Iterator[Content]:
    data, author = event.data, event.data["author_id"]
    notified: set[str] = set()
    for kind, notification_type, role in _TWEET_ROLES:
        recipient = data.get(role)
        if data["kind"] == kind and recipient:
            notified.add(recipient)
            # Of a retweet, link the recipient's own tweet: the retweet itself has no text.
            shown = data.get("retweeted_tweet_id") if kind == "retweet" else None
            yield _social(event, notification_type, recipient, author, shown)
    if data["kind"] == "retweet":
        return
    for recipient in data.get("mentioned_user_ids", ()):
        if recipient not in notified:
            notified.add(recipient)
            yield _social(event, "mention", recipient, author)


def _social(
    event: Event, kind: str, recipient: str, actor: str, tweet_id: str | None = None
) -> Content:
    cause = {"cause_id": event.data["tweet_id"]} if tweet_id else {}
    return _content(
        event,
        kind,
        recipient,
        category=SOCIAL,
        channels=(INBOX,) if kind in _INBOX_ONLY else (INBOX, EMAIL),
        actor_id=actor,
        tweet_id=tweet_id or event.data["tweet_id"],
        **cause,
    )


def _crawl(event: Event) -> Content:
    data, owner = event.data, event.data["owner_id"]
    counts = [
        f"{data[name]} {words}"
        for name, words in (
            ("fetched", "pages fetched"),
            ("discovered", "links discovered"),
            ("failed", "failed"),
        )
        if name in data
    ]
    # A notification's text has at most 2,000 characters; a URL may have 4,096.
    lines = [f"The crawl of {data['url'][:1000]} {crawl_words.outcome(data)}."]
    if counts:
        lines.append(", ".join(counts) + ".")
    return _content(
        event,
        "message",
        owner,
        category=CRAWL,
        channels=(INBOX, EMAIL),
        actor_id=owner,
        crawl_id=data["run_id"],
        title=f"Your crawl {crawl_words.title(data['status'])}",
        text="\n".join(lines),
    )


def _export(event: Event) -> Content:
    """Message without a link: links are made after a login and last minutes."""
    return _content(
        event,
        "message",
        event.data["user_id"],
        category=SECURITY,
        channels=(INBOX, EMAIL),
        actor_id=event.data["user_id"],
        title="Your data export is ready",
        text="You can download it for seven days, in the settings of your account.",
    )


def _poll(event: Event, recipient: str) -> Content:
    own = recipient == event.data["author_id"]
    return _content(
        event,
        "poll",
        recipient,
        category=SOCIAL,
        channels=(INBOX,),
        actor_id=event.data["author_id"],
        tweet_id=event.data["tweet_id"],
        title="Your poll has ended" if own else "A poll you voted in has ended",
    )


def _schedule_failed(event: Event) -> Content:
    user_id = event.data["user_id"]
    return _content(
        event,
        "message",
        user_id,
        category=MESSAGE,
        channels=(INBOX, EMAIL),
        actor_id=user_id,
        title="A scheduled tweet was not posted",
        text=event.data["reason"],
    )


def _content(
    event: Event,
    kind: str,
    recipient: str,
    *,
    category: str,
    channels: tuple[str, ...],
    **members: Any,
) -> Content:
    at = parse_iso(event.time)
    return Content(
        id=caused_id(at, event.id, kind, recipient),
        user_id=recipient,
        type=kind,
        category=category,
        channels=channels,
        created_at=at,
        **members,
    )
