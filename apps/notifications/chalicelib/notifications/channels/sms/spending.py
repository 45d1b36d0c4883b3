"""The month's spending on text messages, bounded."""

from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.notifications.channels import configuration
from chalicelib.notifications.core.message import ConfigurationFailure
from chalicelib.notifications.core.models import IDEMPOTENCY

from shared.base.clock import now_seconds
from shared.base.process import process

_MICROS = 1_000_000
# The month's item outlives the month, for those who ask what it was.
_LIFE_SECONDS = 70 * 86_400


def price(segments: int) -> int:
    """Return the estimated price of a message in millionths of a dollar."""
    return segments * _setting("SMS_SEGMENT_PRICE", "0.05")


def reserve(micros: int) -> None:
    """Add to the month's spending before a message is sent (1 WRU).

    Raises:
        ConfigurationFailure: the month's limit, ``SMS_MONTHLY_LIMIT`` in dollars, is reached.
    """
    limit = _setting("SMS_MONTHLY_LIMIT", "100")
    added = IDEMPOTENCY.update(
        {"key": _month()},
        "SET #expires_at = :end ADD #micros :amount",
        {"end": now_seconds() + _LIFE_SECONDS, "amount": micros, "most": limit - micros},
        "attribute_not_exists(#micros) OR #micros <= :most",
    )
    if not added:
        raise ConfigurationFailure("the month's limit of spending on SMS is reached")


def release(micros: int) -> None:
    """Take back what was reserved for a message that was not sent (1 WRU)."""
    IDEMPOTENCY.update({"key": _month()}, "ADD #micros :amount", {"amount": -micros})


def spent() -> int:
    """Return the month's spending so far, in millionths of a dollar (0.5 RRU)."""
    item = IDEMPOTENCY.get({"key": _month()})
    return int(item["micros"]) if item else 0


def _month() -> str:
    moment = datetime.fromtimestamp(process.clock.time(), UTC)
    return f"sms_spending#{moment:%Y-%m}"


def _setting(name: str, default: str) -> int:
    try:
        return int(Decimal(configuration.setting(name, default)) * _MICROS)
    except ArithmeticError as error:
        raise ConfigurationFailure(f"{name} is no amount in dollars") from error
