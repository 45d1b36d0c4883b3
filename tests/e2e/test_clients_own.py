"""Own tests of X's clients, unmodified, on an import of what they name.

Opt-in, as their sources are not ours: ``make client-tests`` with checkouts of the tags
below (TWEEPY=, TWITTER_API_V2=).
"""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.client_tokens import Developer, import_rows, tls_front, with_app
from tests.e2e.conftest import RunningPlatform

# Checkouts, at the tags whose tests are counted here: v4.16.0 and 1.28.0.
TWEEPY, NODE = os.environ.get("TWEEPY", ""), os.environ.get("TWITTER_API_V2", "")
CLIENTS = Path(__file__).parent / "clients"
_AUTHOR = ("1072250532645998596", "TweepyDev")
# aiohttp reads proxies of the environment only if it is told to.
CONFTEST = """
import functools
import aiohttp

aiohttp.ClientSession.__init__ = functools.partialmethod(
    aiohttp.ClientSession.__init__, trust_env=True
)
"""
_MESSAGES = {"manage_and_lookup_direct_messages"}
_SEARCH = {
    "search_all_tweets", "search_recent_tweets", "get_all_tweets_count",
    "get_recent_tweets_count",
}  # fmt: skip
_SPACES = {"search_spaces", "get_spaces", "get_space"}
_COMPLIANCE = {"create_and_get_compliance_job_and_jobs"}
# Tests that fail, as Rookery lacks what they ask for.
FAILING = {
    "test_client.py": _MESSAGES | _SEARCH | _SPACES | _COMPLIANCE | {"create_tweet_with_community"},
    "test_asyncclient.py": _MESSAGES | _SEARCH | _SPACES | _COMPLIANCE,
    "test_api.py": {
        "getdirectmessages", "sendanddeletedirectmessage", "indicate_direct_message_typing",
        "savedsearches", "searchtweets", "geoapis", "ratelimitstatus", "updateprofilecolors",
        "updatestatuswithmedia",
    },
}  # fmt: skip

# Files of twitter-api-v2 that skip themselves; those of messages, spaces and streams are left out.
_UNSKIPPED = ["tweet.v1", "tweet.v2", "user.v1", "user.v2", "list.v1", "media-upload.v2"]
# Search (v1 `.get` searches too), a video, and a page token after the last page of likes.
_NODE_FAILING = {".get", ".search", ".tweetWithMedia", ".userLikedTweets"}

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def author(running: RunningPlatform) -> Developer:
    """The user whose keys the tests get."""
    import_rows(running)
    return with_app(running.url, *_AUTHOR)


@pytest.fixture(scope="module")
def environment(running: RunningPlatform, author: Developer) -> Iterator[dict[str, str]]:
    tokens = author.tokens()
    with tls_front(running) as front:
        yield {
            **os.environ, **front,
            "TWITTER_USER_ID": author.id, "TWITTER_USERNAME": author.username,
            "CONSUMER_KEY": tokens["consumer_key"], "CONSUMER_SECRET": tokens["consumer_secret"],
            "ACCESS_KEY": tokens["access_token"], "ACCESS_SECRET": tokens["access_token_secret"],
            # Bookmarks and likes need a user's, as on X.
            "BEARER_TOKEN": author.own["oauth2_access_token"],
            "USE_REPLAY": "",
            # By the names of twitter-api-v2's tests.
            "CONSUMER_TOKEN": tokens["consumer_key"],
            "OAUTH2_ACCESS_TOKEN": author.own["oauth2_access_token"],
            "OAUTH_TOKEN": tokens["access_token"], "OAUTH_SECRET": tokens["access_token_secret"],
        }  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tests and files of the checkout; the client is the installed one."""
    place = tmp_path_factory.mktemp("tweepy")
    for name in ("tests", "assets"):
        shutil.copytree(Path(TWEEPY) / name, place / name)
    (place / "conftest.py").write_text(CONFTEST)
    return place


@pytest.mark.skipif(not (TWEEPY and find_spec("vcr")), reason="needs TWEEPY=<checkout> and vcrpy")
@pytest.mark.parametrize("name", FAILING)
def test_tweepys_own_tests(sources: Path, environment: dict[str, str], name: str) -> None:
    if name == "test_asyncclient.py" and not find_spec("async_lru"):
        pytest.skip("needs async_lru")
    report = sources / f"{name}.xml"
    command = [sys.executable, "-m", "pytest", f"tests/{name}", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", ".", f"--junitxml={report}"], cwd=sources, env=environment,
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    cases = list(ElementTree.parse(report).iter("testcase"))
    failed = {
        case.get("name", "").removeprefix("test").lstrip("_")
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }
    assert failed == FAILING[name], done.stdout[-4000:]
    assert len(cases) - len(failed) >= 30
    print(f"{name}: {len(cases) - len(failed)} of {len(cases)} pass", flush=True)


@pytest.mark.skipif(
    not (NODE and (CLIENTS / "node_modules").is_dir()),
    reason="needs TWITTER_API_V2=<checkout>, and `npm ci` there and in tests/e2e/clients",
)
@pytest.mark.parametrize(("unskip", "passes"), [("", 14), ("1", 23)], ids=["as is", "unskipped"])
def test_twitter_api_v2s_own_tests(
    environment: dict[str, str], tmp_path: Path, unskip: str, passes: int
) -> None:
    report = tmp_path / "report.json"
    files = [f"test/{name}.test.ts" for name in (_UNSKIPPED if unskip else ["*"])]
    command = ["npx", "mocha", "-r", "ts-node/register/transpile-only", "--timeout", "60000"]
    command += ["-r", str(CLIENTS / "own_tests.cjs"), "--reporter", "json"]
    done = subprocess.run(
        [*command, "--reporter-option", f"output={report}", *files], cwd=NODE, text=True,
        env={**environment, "UNSKIP": unskip}, capture_output=True, check=False,
    )  # fmt: skip
    assert report.is_file(), done.stderr[-2000:]
    found = json.loads(report.read_text())
    failed = {one["title"].partition(" ")[0] for one in found["failures"]}
    assert failed == (_NODE_FAILING if unskip else set()), found["failures"]
    assert found["stats"]["passes"] == passes
