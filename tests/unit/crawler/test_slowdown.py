"""Delays of hosts that struggle: up at once, down step by step."""

from chalicelib.crawler.fetching.slowdown import (
    MAX_DELAY_SECONDS,
    MAX_SILENT_SECONDS,
    Pace,
    after,
)


def test_quick_hosts_are_not_slowed_down() -> None:
    pace = Pace()
    for _ in range(10):
        pace = after(pace, latency_ms=50, status=200)
    assert pace.delay == 0


def test_overload_doubles_and_recovery_halves() -> None:
    pace, delays = Pace(), []
    for status in (429, 503, None, 200, 200):
        pace = after(pace, latency_ms=50, status=status)
        delays.append(pace.delay)
    assert delays == [1, 2, 4, 2, 1]
    for _ in range(10):
        pace = after(pace, latency_ms=50, status=404)
    assert pace.delay == 0


def test_the_server_says_how_long() -> None:
    assert after(Pace(), latency_ms=5, status=503, retry_after=20).delay == 20
    assert after(Pace(30), latency_ms=5, status=429, retry_after=5).delay == 60
    assert after(Pace(), latency_ms=5, status=429, retry_after=300).delay == MAX_DELAY_SECONDS
    pace = Pace()
    for _ in range(20):
        pace = after(pace, latency_ms=5, status=503)
    assert pace.delay == MAX_DELAY_SECONDS
    # Silence does not shorten a delay, and makes a shorter one.
    assert after(pace, latency_ms=None, status=None) == pace
    pace = Pace()
    for _ in range(20):
        pace = after(pace, latency_ms=None, status=None)
    assert pace.delay == MAX_SILENT_SECONDS


def test_rising_response_times_slow_down() -> None:
    pace = Pace()
    for _ in range(5):
        pace = after(pace, latency_ms=100, status=200)
    pace = after(pace, latency_ms=900, status=200)
    assert pace.delay == 0.9
    pace = after(pace, latency_ms=100, status=200)
    assert pace.delay == 0.45
    # What is usual for a host is not a sign of trouble.
    slow = Pace()
    for _ in range(5):
        slow = after(slow, latency_ms=900, status=200)
    assert slow.delay == 0
