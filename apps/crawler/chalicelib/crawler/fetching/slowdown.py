"""Adaptive delays for hosts that struggle, until they recover.

Pure arithmetic; whoever keeps the turns of hosts keeps the state. The response time sets a
floor, as one request at a time and a pause as long as the answer took leave a host half idle;
429 and 503 double the delay, or take the server's own figure.
"""

from dataclasses import dataclass

MAX_DELAY_SECONDS = 60.0
# Without an answer, which costs a timeout already: a site that is down must not hold its run
# for days.
MAX_SILENT_SECONDS = 8.0
_OVERLOADED = frozenset({429, 503})
# A pause is at most this many times the usual response time.
_RISE = 2.0
_SMOOTHING = 0.25
_RECOVERY = 0.5
_FIRST_SECONDS = 1.0


@dataclass(frozen=True)
class Pace:
    """Observations of one host.

    Attributes:
        delay: seconds to add to the host's usual delay.
        usual: smoothed response time in seconds, 0 before the first answer.
    """

    delay: float = 0.0
    usual: float = 0.0


UNKNOWN = Pace()


def after(
    pace: Pace, *, latency_ms: int | None, status: int | None, retry_after: int | None = None
) -> Pace:
    """Return a host's pace after an answer, or after a failure to get one.

    Args:
        latency_ms: time to the end of the answer; ``None`` without an answer.
        status: HTTP status code; ``None`` without an answer, which counts as overload, up to
            a shorter delay.
        retry_after: seconds that the server asks to wait.
    """
    if status is None:
        doubled = min(max(_FIRST_SECONDS, 2 * pace.delay), MAX_SILENT_SECONDS)
        return Pace(max(doubled, pace.delay), pace.usual)
    if status in _OVERLOADED:
        doubled = max(_FIRST_SECONDS, 2 * pace.delay, float(retry_after or 0))
        return Pace(min(doubled, MAX_DELAY_SECONDS), pace.usual)
    seconds = (latency_ms or 0) / 1000
    usual = seconds if not pace.usual else pace.usual + _SMOOTHING * (seconds - pace.usual)
    slower = seconds if pace.usual and seconds > _RISE * pace.usual else 0.0
    delay = max(slower, pace.delay * _RECOVERY)
    return Pace(min(delay, MAX_DELAY_SECONDS) if delay >= 0.05 else 0.0, usual)
