"""The order in which a run asks a server for its pages."""

import pytest

from tests.integration.crawler.crawler_support import Site, finished, start
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


class Tree(Site):
    """Levels of two children each.

    The root links to a page far below first, and to one at the top last.
    """

    def page(self, path: str) -> str:
        links = ["a/", "b/"] if path.count("/") < 4 else []
        first = ["/deep/x/y/"] if path == "/" else []
        anchors = [f"<a href={link}>x</a>" for link in (*first, *links, "/top")]
        return "<title>t</title>" + "".join(anchors)


@pytest.mark.parametrize(
    ("order", "paths"),
    [
        ("depth-first", "/ /deep/x/y/ /a/ /a/a/ /a/a/a/ /a/a/b/ /a/b/ /a/b/a/"),
        ("breadth-first", "/ /deep/x/y/ /a/ /b/ /top /a/a/ /a/b/ /b/a/"),
        ("best-first", "/ /a/ /b/ /top /a/a/ /a/b/ /b/a/ /b/b/"),
    ],
)
def test_the_server_is_asked_in_the_order_of_the_run(
    platform: Platform, person: Person, order: str, paths: str
) -> None:
    tree = Tree()
    found = finished(platform, person, start(person, tree, order=order, max_pages=8))
    tree.close()
    assert (found["order"], found["stats"]["fetched"]) == (order, 8)
    # The server's own log, first requests first.
    assert list(tree.fetched_paths()) == paths.split()
    assert set(tree.fetched_paths().values()) == {1}
