"""A run with stored pages and links, in a bucket in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import process

SITE = "http://site.test"


@dataclass
class Page:
    """A page to store: path, and what was read of it."""

    path: str
    links: tuple[str, ...] = ()
    parent: str = ""
    result: dict[str, Any] = field(default_factory=dict)


Storing = Callable[[Iterable[Page]], Any]


@pytest.fixture(scope="module")
def bucket() -> Iterator[None]:
    """S3 in memory; one per module, since making its client takes a second."""
    from chalicelib.crawler.store import objects

    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        process.restart()
        sdk.client("s3").create_bucket(Bucket=objects.bucket())
        yield
    process.restart()


@pytest.fixture(scope="module")
def stored(bucket: None) -> Storing:
    """Return a function that makes a run of some pages, in parts of two."""
    from chalicelib.crawler.core.models import Run
    from chalicelib.crawler.frontier.visited import ClaimedPage, PageResult
    from chalicelib.crawler.store.batches import BatchStore

    from shared.text import canonical_urls

    @dataclass(frozen=True)
    class Result(PageResult):
        redirect_to: str | None = None
        digest: str | None = None
        simhash: str | None = None
        canonical: str | None = None
        robots: tuple[str, ...] = ()
        fields: dict[str, Any] | None = None
        links: tuple[tuple[str, str, str, str], ...] = ()
        response: Any = None

    runs = iter(range(100))

    def store(pages: Iterable[Page], **attributes: Any) -> Any:
        run = Run(
            f"run-{next(runs)}", owner_id="1", url=f"{SITE}/", scope="host", max_pages=100,
            order="breadth-first", status="finished", created_at=now_ms(), updated_at=now_ms(),
            expires_at=now_ms() // 1000 + 1000, **attributes,
        )  # fmt: skip
        batches = BatchStore()
        for number, page in enumerate(pages):
            url = SITE + page.path
            parent = canonical_urls.key(SITE + page.parent) if page.parent else ""
            claimed = ClaimedPage(run.id, canonical_urls.key(url), url, 1, parent, 0, 1)
            links = tuple((SITE + path, "a", "", f"to {path}") for path in page.links)
            result = Result(
                **{"state": "fetched", "status_code": 200, "title": page.path, **page.result},
                links=links,
            )
            part = f"part-{number // 2}"
            batches.add(run, part, claimed, result)
            if number % 2:
                batches.flush(run.id, part)
        for last in range(50):
            batches.flush(run.id, f"part-{last}")
        return run

    return store
