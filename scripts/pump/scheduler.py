"""Runs the scheduled handlers of a domain."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from datetime import datetime
from typing import Any

from scripts.pump.support import Activity, Source, describe_error, log_event
from shared.base.schedule_expression import Cron, Rate, now


def scheduled_event(rule: str, at: datetime) -> dict[str, Any]:
    """The event that EventBridge sends for a rule."""
    region = os.environ.get("AWS_REGION", "us-east-1")
    account = os.environ.get("ACCOUNT_ID", "000000000000")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{account}:rule/{rule}"],
        "detail": {},
    }


class ScheduleSource:
    """One scheduled handler; a long run delays only its own next run."""

    def __init__(self, source: Source, schedule: Rate | Cron, activity: Activity) -> None:
        self.source, self.schedule, self.activity = source, schedule, activity
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"timer-{source.name}", daemon=True)

    def start(self) -> None:
        """Begin to wait for the next time."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Run no more; waits for a run under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def fire(self) -> Any:
        """Run the handler now, as EventBridge would."""
        with self.activity:
            return self.source.invoke(scheduled_event(self.source.function_name, now()))

    def _run(self) -> None:
        due = self.schedule.after(now())
        while not self._stop.wait(max(0.0, (due - now()).total_seconds())):
            try:
                self.fire()
            except Exception as error:
                log_event("schedule_failed", level=logging.ERROR, source=self.source.name,
                          error=describe_error(error))  # fmt: skip
            due = self.schedule.after(max(due, now()))
