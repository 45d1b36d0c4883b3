"""The crawler alone on an embedded AWS: what a worker's memory holds.

``python -m bench.crawling.alone REQUEST FETCHERS`` starts the crawl that the JSON body REQUEST
describes, and prints one JSON line. The process has the workers of all the domain's events, so
many of them for pages, with ten turns each.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.crawling.ours import PATIENCE_SECONDS, peak_mb
from bench.environment import prepare


def crawl(request: dict[str, Any], fetchers: int) -> dict[str, Any]:
    """Crawl and report the peak of the process's memory, in MB."""
    from scripts.crawl.alone import OWNER, crawler

    with tempfile.TemporaryDirectory() as state, crawler(Path(state), lambda *_: None, fetchers):
        from chalicelib.crawler.runs import reading, starting

        before = peak_mb()
        body = {"allow_private": True, **request}
        run_id = starting.start(OWNER, body, {})["id"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (run := reading.show(run_id, OWNER, False))["status"] == "running":
            if time.monotonic() > deadline:
                raise TimeoutError(f"the crawl goes on: {run['stats']}")
            time.sleep(0.5)
    return {
        "memory_mb": peak_mb(),
        "memory_before_mb": before,
        "status": run["status"],
        "reason": run["reason"],
        "stats": run["stats"],
    }


if __name__ == "__main__":
    prepare()
    print(json.dumps(crawl(json.loads(sys.argv[1]), int(sys.argv[2]))))
