"""The crawler domain alone in this process, on an embedded AWS of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.emulator.runlock import RunLock
from scripts.emulator.stack import embedded_aws

DOMAIN = "crawler"
# The account that owns runs here: nobody logs in.
OWNER = "1"
FETCHERS = 2
_QUOTA = str(2**62)
OnPage = Callable[[str, Any], None]


@contextmanager
def crawler(state: Path, on_page: OnPage, fetchers: int = FETCHERS) -> Iterator[None]:
    """Run the domain's event handlers until the block ends.

    Runs and their pages stay in the state directory, so a paused run can go on later.

    Args:
        on_page: gets the address and result of each page that was dealt with; other threads
            call it. A page that is repeated after a crash comes twice.
        fetchers: batches of the queue of pages that are worked on at a time.

    Raises:
        RunningError: another process uses the directory.
        StackError, ProvisionError: the embedded AWS could not be started.
    """
    with RunLock(state), embedded_aws(state) as stack:
        os.environ.update(stack.full_environment(stack.endpoint_url))
        os.environ.update(CRAWL_BYTES_PER_DAY=_QUOTA, LOG_LEVEL="CRITICAL", DOMAINS=DOMAIN)
        for chatty in ("rookery.pump", "botocore", "urllib3", "pynamodb"):
            logging.getLogger(chatty).setLevel(logging.CRITICAL)
        # They read the environment when they are imported.
        from scripts.base.domain import load_app
        from scripts.deploy.provision import provision_all
        from scripts.pump.pump import Pump

        provision_all(stack.endpoint_url, names=[DOMAIN])
        module: Any = load_app(DOMAIN)
        module.processor = watched_processor(module.frontiers, on_page)
        fetches = f"rookery-{stack.stage}-{DOMAIN}-fetch"
        with Pump(module.app, module, DOMAIN, state, concurrency={fetches: fetchers}):
            yield


def watched_processor(frontiers: Any, on_page: OnPage) -> Any:
    """Return a processor that tells of each page before it keeps it."""
    from chalicelib.crawler.fetching.processor import Processor
    from chalicelib.crawler.store.batches import BatchStore

    class Watched(BatchStore):
        def add(self, run: Any, part: str, page: Any, result: Any) -> None:
            on_page(page.url, result)
            super().add(run, part, page, result)

    return Processor(frontiers, store=Watched())
