"""Answer schemas of notifications."""

from shared.base.answers import page_of
from shared.base.components import (
    COUNT,
    FLAG,
    ID,
    MOMENT,
    TEXT,
    URL,
    Component,
    array,
    choice,
    component,
    data,
    record,
)
from shared.base.validation import Schema
from shared.contracts.schemas.user import USERNAME

_ACTOR = record({"id": ID, "username": USERNAME, "name": TEXT}, {"profile_image_url": URL})
_NOTIFICATION_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
NOTIFICATION = component(
    "Notification",
    "An entry of the inbox. `tweet_id` or `crawl_id` names what it is about; messages have "
    "`title` and `text`.",
    {
        "id": _NOTIFICATION_ID,
        "type": choice(
            *("follow", "follow_request", "like", "retweet", "reply", "mention", "quote"),
            *("tweet", "poll", "message"),
        ),
        "actor": _ACTOR,
        "read": FLAG,
        "created_at": MOMENT,
    },
    {
        "tweet_id": ID,
        "crawl_id": TEXT,
        "title": TEXT,
        "text": TEXT,
        "group": {
            **record(
                {
                    "count": COUNT,
                    "actors": array(_ACTOR, minItems=1, maxItems=8),
                    "ids": array(_NOTIFICATION_ID, minItems=1, maxItems=100),
                }
            ),
            "description": "With `grouped`: the people it is about, of whom `actors` are the "
            "newest, and its entries, the newest first. The entry itself is the newest one.",
        },
    },
)
INBOX = Component(
    "NotificationPage",
    page_of(
        NOTIFICATION,
        record(
            {"result_count": COUNT, "unread_count": {**COUNT, "description": "Of all pages."}},
            {"next_token": {**TEXT, "description": "Absent on the last page."}},
        ),
    ),
)
UNREAD = data(record({"unread_count": COUNT}))
SENT = data(record({"id": _NOTIFICATION_ID, "status": choice("accepted")}))
DELIVERY = component(
    "NotificationDelivery",
    "A notification and the state of every channel.",
    {
        "id": _NOTIFICATION_ID,
        "user_id": ID,
        "type": TEXT,
        "status": choice("accepted", "delivered", "partial", "failed"),
        "created_at": MOMENT,
        "channels": array(
            record(
                {
                    "channel": TEXT,
                    "status": choice("queued", "claimed", "sent", "failed"),
                    "updated_at": MOMENT,
                },
                {"reason": TEXT},
            ),
            minItems=1,
        ),
    },
    {"title": TEXT, "text": TEXT},
)
STATUS = Component("NotificationResponse", data(DELIVERY))
