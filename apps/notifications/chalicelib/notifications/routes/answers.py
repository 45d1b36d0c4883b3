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
        "actor": record({"id": ID, "username": USERNAME, "name": TEXT}, {"profile_image_url": URL}),
        "read": FLAG,
        "created_at": MOMENT,
    },
    {"tweet_id": ID, "crawl_id": TEXT, "title": TEXT, "text": TEXT},
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

_COUNTS = {
    "accepted": {**COUNT, "description": "Queued for the channel."},
    "sent": {**COUNT, "description": "Accepted by the provider, or put into the inbox."},
    "delivered": {**COUNT, "description": "Confirmed by the provider."},
    "failed": {**COUNT, "description": "Failed for good."},
    "retried": {**COUNT, "description": "Attempts that failed and were repeated."},
}
STATISTICS = data(
    array(
        component(
            "ChannelStatistics",
            "Numbers of one channel in the last 24 hours.",
            {
                "channel": TEXT,
                **_COUNTS,
                "hours": array(record({"hour": MOMENT, **_COUNTS})),
            },
            {
                "latency_ms": {
                    **COUNT,
                    "description": "Mean time from the event to the sending, in milliseconds.",
                }
            },
        )
    )
)
