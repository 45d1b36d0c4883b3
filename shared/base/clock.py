"""Present time in the forms that items and answers use."""

from datetime import UTC, datetime

from shared.base.process import process


def now_ms() -> int:
    """Return Unix milliseconds."""
    return int(process.clock.time() * 1000)


def now_seconds() -> int:
    """Return Unix seconds (the unit of DynamoDB's TTL and of JWT claims)."""
    return int(process.clock.time())


def iso(ms: int) -> str:
    """Return RFC 3339 with milliseconds and ``Z``, as X writes ``created_at``."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> int:
    """Return the Unix milliseconds of an RFC 3339 date-time.

    Raises:
        ValueError: the text is not a date-time with an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a date-time needs an offset")
    return int(moment.timestamp() * 1000)
