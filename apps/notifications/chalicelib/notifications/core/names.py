"""Names of the domain, its channels and its queues."""

DOMAIN = "notifications"

# Channels. Each has a queue of the same name.
INBOX = "inbox"
EMAIL = "email"
IOS = "ios"
ANDROID = "android"
WEBPUSH = "webpush"
SMS = "sms"
WEBHOOK = "webhook"
CHANNELS = (INBOX, EMAIL, IOS, ANDROID, WEBPUSH, SMS, WEBHOOK)
PUSH_CHANNELS = (IOS, ANDROID, WEBPUSH)
# Channels whose targets are registered devices.
DEVICE_CHANNELS = (*PUSH_CHANNELS, WEBHOOK)

# Other queues.
EVENTS_QUEUE = "events"
AUDIENCES_QUEUE = "audiences"
TIMERS_QUEUE = "due"
FEEDBACK_QUEUE = "feedback"
WATCHERS_QUEUE = "watchers"
WITHDRAWALS_QUEUE = "withdrawals"
EXPORTS_QUEUE = "exports"
ERASURES_QUEUE = "erasures"
