"""Names of the domain, its channels and its queues."""

DOMAIN = "notifications"

# Channels. Each has a queue of the same name.
INBOX = "inbox"
EMAIL = "email"
IOS = "ios"
ANDROID = "android"
SMS = "sms"
WEBPUSH = "webpush"
WEBHOOK = "webhook"

# Other queues.
EVENTS_QUEUE = "events"
WATCHERS_QUEUE = "watchers"
WITHDRAWALS_QUEUE = "withdrawals"
EXPORTS_QUEUE = "exports"
ERASURES_QUEUE = "erasures"
