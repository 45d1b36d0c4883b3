"""Answer schemas of notifications."""

from chalicelib.notifications.core.message import REASONS
from chalicelib.notifications.history.states import STATES
from chalicelib.notifications.routes.device_answers import EXPORTED_DEVICES
from chalicelib.notifications.routes.preferences import PREFERENCES

from shared.auth.scopes import KEY_SCOPES
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
# Senders write addresses as browsers show them, also with letters beyond ASCII.
_LINK: Schema = {**TEXT, "description": "The page that it leads to."}
NOTIFICATION = component(
    "Notification",
    "An entry of the inbox. `tweet_id` or `crawl_id` names what it is about; messages have "
    "`title` and `text`, and perhaps a `url` that they lead to.",
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
        "url": _LINK,
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
RECIPIENT: Schema = {
    "type": "string",
    "description": "A user id, or the key of an outside contact.",
}
_STATES = choice(*STATES)
_REASON = choice(*REASONS)
_STEP = {"state": _STATES, "at": MOMENT}
_WHERE = {"user_id": RECIPIENT, "channel": TEXT, "target": TEXT}
_ONE_DELIVERY = component(
    "NotificationTarget",
    "A delivery to one target (a device, an address), and its timeline.",
    {
        "user_id": RECIPIENT,
        "channel": TEXT,
        "target": {**TEXT, "description": "Digest of the address; `-` for a decision."},
        "state": _STATES,
        "at": MOMENT,
        "timeline": array(record(_STEP, {"reason": TEXT})),
    },
    {
        "reason": TEXT,
        "detail": TEXT,
        "due_at": MOMENT,
        "digest_id": {**TEXT, "description": "The digest that told of it; the delivery is its."},
    },
)
_SUMMARY: dict[str, Schema] = {
    "user_id": RECIPIENT,
    "recipients": {**COUNT, "description": "Of a list."},
    "topic": TEXT,
    "segment": {**TEXT, "description": "Its name, if it has one."},
    "channels": array(TEXT),
    "title": TEXT,
    "text": TEXT,
    "url": _LINK,
    "template": TEXT,
    "template_version": COUNT,
    "schedule_at": MOMENT,
    "expires_at": MOMENT,
    "cancelled_at": MOMENT,
}
REQUEST = component(
    "NotificationRequest",
    "A notification as its sender asked for it.",
    {"id": _NOTIFICATION_ID, "category": TEXT, "created_at": MOMENT},
    _SUMMARY,
)
_META = record({"result_count": COUNT}, {"next_token": TEXT})
REQUESTS = Component("NotificationRequestPage", page_of(REQUEST, _META))
DELIVERY = component(
    "NotificationDelivery",
    "A notification, the state of every channel and the timeline of every target.",
    {
        "id": _NOTIFICATION_ID,
        "user_id": RECIPIENT,
        "type": TEXT,
        "category": TEXT,
        "status": choice("accepted", "delivered", "partial", "failed", "cancelled"),
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
        ),
        "deliveries": array(_ONE_DELIVERY),
        "timeline": array(record(_STEP, {"reason": TEXT, **_WHERE})),
    },
    {name: schema for name, schema in _SUMMARY.items() if name not in ("user_id", "channels")},
)
STATUS = Component(
    "NotificationResponse",
    record({"data": DELIVERY}, {"meta": _META}),
)
CANCELLED = data(record({"id": _NOTIFICATION_ID, "status": choice("cancelled")}))
DRY_RUN = record(
    {
        "data": array(
            record(
                {**_WHERE, "would": choice("send", "defer", "digest", "suppress")},
                {"at": MOMENT, "reason": _REASON},
            )
        ),
        "meta": record({"result_count": COUNT, "complete": FLAG}, {"next_token": TEXT}),
    }
)
_KEY: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "scopes": array(choice(*KEY_SCOPES)),
    "created_at": MOMENT,
}
_KEY_TIMES: dict[str, Schema] = {"rotated_at": MOMENT, "revoked_at": MOMENT}
API_KEYS = data(array(component("ApiKey", "An API key.", _KEY, _KEY_TIMES)))
SECRET = data(
    component(
        "NewApiKey",
        "An API key with its secret, which is shown once.",
        {**_KEY, "key": TEXT},
        _KEY_TIMES,
    )
)
_ATTRIBUTES: Schema = {"type": "object", "additionalProperties": TEXT}
_CONTACT = component(
    "OutsideContact",
    "A contact of an outside caller.",
    {"key": TEXT},
    {
        "email": TEXT,
        "phone": TEXT,
        "locale": TEXT,
        "time_zone": TEXT,
        "attributes": _ATTRIBUTES,
    },
)
CONTACT = data(_CONTACT)
CONTACT_EXPORT = data(
    component(
        "OutsideContactExport",
        "All that is kept of a contact, except notifications.",
        {
            "contact": _CONTACT,
            "preferences": PREFERENCES,
            "consents": {
                **array(record({"channel": TEXT, "at": MOMENT, "granted": FLAG, "source": TEXT})),
                "description": "Consents and withdrawals, the newest first, such as `sms_stop`.",
            },
            "suppressions": {
                **array(record({"channel": TEXT, "at": MOMENT, "reason": TEXT})),
                "description": "Addresses of the contact to which nothing is sent.",
            },
            "topics": array(TEXT),
            "devices": EXPORTED_DEVICES,
        },
    )
)
_SEGMENT = component(
    "Segment",
    "Conditions on recipients under a name.",
    {"name": TEXT, "where": {"type": "object", "additionalProperties": True}, "updated_at": MOMENT},
)
SEGMENT = data(_SEGMENT)
SEGMENTS = record({"data": array(_SEGMENT), "meta": record({"result_count": COUNT})})
SUBSCRIBED = data(record({"topic": TEXT, "subscribers": {**COUNT, "description": "Changed."}}))
SUBSCRIBERS = record({"data": array(TEXT), "meta": _META})
_PROVIDER = {
    "channel": TEXT,
    "adapter": {"type": ["string", "null"]},
    "breaker": choice("closed", "open", "half_open"),
    "last_error": {"type": ["string", "null"]},
}
_STANDBY = component(
    "StandbyProvider",
    "The provider that is used while the breaker of the channel's own is open.",
    _PROVIDER,
    {"last_error_at": MOMENT},
)
CHANNELS = data(
    array(
        component(
            "NotificationChannel",
            "A channel, its provider and how that does.",
            _PROVIDER,
            {"last_error_at": MOMENT, "standby": _STANDBY},
        )
    )
)
DEAD_LETTERS = record(
    {
        "data": array(
            component(
                "DeadLetter",
                "A message that failed five times.",
                {"id": TEXT, "queue": TEXT, "body": TEXT, "received": COUNT},
                {"sent_at": MOMENT},
            )
        ),
        "meta": record({"result_count": COUNT}, {"waiting": COUNT}),
    }
)
DEAD_LETTER_QUEUES = record(
    {
        "data": array(record({"queue": TEXT, "waiting": COUNT})),
        "meta": record({"result_count": COUNT}),
    }
)
REDRIVEN = data(record({"queue": TEXT, "moved": COUNT, "waiting": COUNT}))
_SUPPRESSION = component(
    "Suppression",
    "An address to which nothing is sent.",
    {
        "channel": TEXT,
        "target": {**TEXT, "description": "Digest of the address, as deliveries name it."},
        "reason": choice("bounced", "complained", "opted_out"),
        "at": MOMENT,
    },
)
SUPPRESSIONS = record({"data": array(_SUPPRESSION), "meta": _META})
LIFTED = data(_SUPPRESSION)
_COUNTS: dict[str, Schema] = {
    "accepted": {**COUNT, "description": "Queued for the channel."},
    "sent": {**COUNT, "description": "Accepted by the provider, or put into the inbox."},
    "delivered": {**COUNT, "description": "Confirmed by the provider."},
    "failed": {**COUNT, "description": "Failed for good."},
    "retried": {**COUNT, "description": "Attempts that failed and were repeated."},
}
_LATENCY = {**COUNT, "description": "Mean time from the event to the sending, in milliseconds."}
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
            {"latency_ms": _LATENCY},
        )
    )
)
