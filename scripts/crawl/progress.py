"""A progress bar and a line for each failed page, on standard error."""

from __future__ import annotations

import threading
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Display:
    """Terminal output of a crawl; a context manager.

    Args:
        console: standard error, unless a test gives another.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._progress.add_task("starting", total=None, rate="")
        self._lock = threading.Lock()

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def page(self, url: str, result: Any) -> None:
        """Show a page's result, if it failed."""
        if result.state == "failed":
            with self._lock:
                self._progress.console.print(
                    f"[red]failed[/red] {escape(url)}: "
                    f"{escape(str(result.error or result.status_code))}",
                    highlight=False, soft_wrap=True,
                )  # fmt: skip

    def totals(self, run: dict[str, Any]) -> None:
        """Show the totals of a run."""
        stats = run["stats"]
        done = stats["fetched"] + stats["failed"] + stats["skipped"]
        with self._lock:
            self._progress.update(
                self._task,
                description=run["status"],
                completed=done,
                total=max(done, min(stats["discovered"], run["max_pages"])),
                rate=f"{stats['failed']} failed, {stats['bytes'] / 1e6:.1f} MB",
            )

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(escape(text), highlight=False, soft_wrap=True)
