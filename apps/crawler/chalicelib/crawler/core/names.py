"""Names of the domain and its queues."""

DOMAIN = "crawler"

FETCH_QUEUE = "fetch"
CARDS_QUEUE = "cards"
EXPORTS_QUEUE = "exports"
ERASURES_QUEUE = "erasures"
JOBS_QUEUE = "jobs"
NOTICES_QUEUE = "notices"

STORE_BUCKET = "store"
