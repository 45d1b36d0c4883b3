"""Scrapy with default settings and a CrawlSpider, in a process of its own.

``python -m bench.crawling.theirs START_URL`` prints one JSON line.
"""

import json
import sys
import time
from typing import Any

from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class Follower(CrawlSpider):
    """Follows every link on the host."""

    name = "follower"
    allowed_domains = ("127.0.0.1",)
    rules = (Rule(LinkExtractor(), callback="seen", follow=True),)

    def parse_start_url(self, response: Any, **_: Any) -> Any:
        """The start page counts too."""
        return self.seen(response)

    def seen(self, response: Any) -> Any:
        """One item a page, as a crawl that keeps something would have."""
        return {"url": response.url, "title": response.css("title::text").get()}


def main() -> None:
    """Crawl; CPU and time count from the engine's start, not from the imports."""
    process = CrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
    process.crawl(Follower, start_urls=[sys.argv[1]])
    cpu, clock = time.process_time(), time.perf_counter()
    process.start()
    print(
        json.dumps(
            {
                "cpu_s": time.process_time() - cpu,
                "seconds": time.perf_counter() - clock,
            }
        )
    )


if __name__ == "__main__":
    main()
