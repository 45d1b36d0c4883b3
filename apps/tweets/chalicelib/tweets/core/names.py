"""Names of the domain and its queues."""

DOMAIN = "tweets"

FANOUT_QUEUE = "fanout"
RANGES_QUEUE = "fanout-ranges"
FOLLOWS_QUEUE = "follows"
MAINTENANCE_QUEUE = "upkeep"
TIMERS_QUEUE = "due"
VIEWS_QUEUE = "views"
CARDS_QUEUE = "cards"
MEDIA_QUEUE = "media"
EXPORTS_QUEUE = "exports"
ERASURES_QUEUE = "erasures"
