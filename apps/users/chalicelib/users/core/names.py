"""Names of the domain and its queues."""

DOMAIN = "users"

TWEET_COUNTS_QUEUE = "tweet-counts"
EXPORTS_QUEUE = "exports"
EXPORT_PARTS_QUEUE = "export-parts"
EXPORT_ARCHIVES_QUEUE = "export-archives"
