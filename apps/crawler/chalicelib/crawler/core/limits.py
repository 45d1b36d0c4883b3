"""Limits of the crawler."""

import os

from shared.base.config import settings

# What one page may cost.
PAGE_BYTES = 2_000_000
PAGE_SECONDS = 12.0
ROBOTS_BYTES = 512_000
ROBOTS_SECONDS = 6.0
MAX_LINKS = 5_000
# RFC 9309 section 2.3.1.2 asks crawlers to follow at least five redirects of robots.txt.
MAX_HOPS = 5

# Attempts per page: by its own record (whatever happens to messages), and for failures that
# a server is unlikely to recover from within a crawl.
MAX_ATTEMPTS = 5
MAX_FAILURES = 3
RETRY_SECONDS = (5, 20, 60, 120)
RETRY_AFTER_MAX = 300

# Public ports a crawl may use; on the local stack, private hosts may use any.
CRAWL_PORTS = frozenset({80, 443, 8080, 8443})

MAX_PAGES = 100_000
DEFAULT_PAGES = 100
MAX_DEPTH = 1_000
# Rules that leave links out; totals count these links as ``cut_<rule>``.
TRAP_RULES = ("depth", "repetition", "parameters", "directory", "pages_per_host")
CUTS = tuple(f"cut_{rule}" for rule in TRAP_RULES)
MAX_SEEDS = 10_000
MAX_PATTERNS, MAX_PATTERN_LENGTH = 100, 500
MAX_RUN_BYTES = 10**12
MAX_CONCURRENCY = 1_000

# A claim older than this belonged to a worker that died (visibility timeout: 4 minutes).
CLAIM_MS = 10 * 60_000
# A queued page this old has lost its message.
STALE_MS = 15 * 60_000
RUN_MS = 7 * 24 * 3600_000
KEEP_PAGES_SECONDS = 30 * 24 * 3600
MAX_KEEP_DAYS = 90
KEEP_RUNS_SECONDS = 90 * 24 * 3600

# Politeness: the worker sleeps through waits up to this long; longer ones go back to the queue.
MAX_SLEEP_SECONDS = 2.0
MAX_CRAWL_DELAY_SECONDS = 30.0
DEFAULT_DELAY_MS = 1000

# Of a page for a card: all of the first part, and on to the end of the head.
CARD_FIRST_BYTES = 256 * 1024
CARD_BYTES = 2_000_000
CARD_SECONDS = 6.0
# All of a reading: page, robots.txt of each host on the way, oEmbed and picture.
CARD_ALL_SECONDS = 30.0
CARD_WORKERS = 5
CARD_URLS = 4
CARD_FRESH_SECONDS = 24 * 3600
CARD_FAILED_SECONDS = 10 * 60
CARD_KEEP_SECONDS = 7 * 24 * 3600

WORKERS = 10

# A host's turn: so many pages, and no page begun after so many seconds. A crash repeats
# one turn at most. Timeout of the function: 40 s, so no worker outlives its lease.
TURN_PAGES = 32
TURN_SECONDS = 15.0
# The same for a turn that holds links to other hosts, which wait for its end.
SENDING_SECONDS = 3.0
LEASE_MS = 60_000
# Hosts and links that one turn tells other hosts of; the rest waits for the next turn.
TURN_TARGETS, TURN_LINKS = 60, 2_000
# The same in bytes: of one item (DynamoDB takes 400 KB), of a commit's new items and of those
# it deletes (together 4 MB).
TARGET_BYTES, TURN_SENT_BYTES, TURN_RECEIVED_BYTES = 300_000, 2_000_000, 1_000_000
# A turn whose message is older than this is thought lost.
LOST_TURN_MS = 120_000
# New links, and bytes of compressed contents, at which a turn ends: ten turns share a
# worker's memory.
TURN_FOUND, TURN_STORED = 10_000, 4_000_000
# Pause of a host that waits for tickets which others may give back.
PARKED_SECONDS = 3

# Trap rules. Up to the first number of addresses per path, or per form of directory, links
# keep their place; beyond it they wait until nothing else is left. Beyond as many as a run may
# fetch they are cut: a site may well have all its pages in one directory.
PARAMETERS_LATE, PARAMETERS_CUT = 50, MAX_PAGES
DIRECTORY_LATE, DIRECTORY_CUT = 200, MAX_PAGES
MAX_TRAPS = 20

BOT = "RookeryBot"


def user_agent() -> str:
    """Return the User-Agent header, with an address that tells about the bot."""
    return f"{BOT}/0.1 (+{settings().public_url}/docs)"


def configured_delay_ms() -> int | None:
    """Return ``CRAWL_DELAY_MS``, the milliseconds between requests to a host.

    ``None`` if it is not set.
    """
    value = os.environ.get("CRAWL_DELAY_MS", "")
    return int(value) if value.isdigit() else None
