"""Tasks of the Celery worker that the bench compares with."""

import os
import time

from celery import Celery

from bench.delivery import sending

REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/0")
app = Celery("bench", broker=REDIS, backend=REDIS)


@app.task(ignore_result=True)
def mail(number: int) -> None:
    """Send a mail."""
    sending.mail(number)


@app.task(ignore_result=True)
def push(number: int) -> None:
    """Send a push."""
    sending.push(number)


@app.task
def cpu() -> float:
    """Return the CPU seconds of the worker until now."""
    return time.process_time()
