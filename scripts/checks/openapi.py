"""Write the OpenAPI document of all domains: ``--out FILE``."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from scripts.base.domain import chosen_domains, load_app
from shared.base.config import settings
from shared.http.api import Endpoint
from shared.http.openapi import document

VERSION = "0.1.0"
# Groups of operations, in the order in which a newcomer needs them.
TAGS = {
    "Accounts": "Create an account, verify it, edit its profile",
    "Sessions": "Log in and out, with a password",
    "Account settings": "Password, email address, username, two-factor authentication",
    "Profile pictures": "Profile picture and banner",
    "Developer apps": "Apps with their keys and tokens",
    "OAuth 2.0": "Authorize apps, create and revoke tokens",
    "OAuth 1.0a": "Log in to apps with OAuth 1.0a",
    "Tweets": "Create, edit, read and delete tweets",
    "Timelines": "Home timeline, tweets of a user, mentions",
    "Likes and retweets": "Like and retweet tweets",
    "Engagement lists": "Likes, retweets and quotes of a tweet",
    "Bookmarks": "Bookmarks and their folders",
    "Media": "Upload media, read media objects",
    "Polls": "Vote in polls",
    "Drafts and scheduled tweets": "Tweets that are posted later",
    "Users": "Read and search users",
    "Follows": "Follow users, read followers",
    "Follow requests": "Requests to follow a protected account",
    "Blocks": "Blocked accounts",
    "Mutes": "Muted accounts",
    "Lists": "Lists, their members and followers",
    "Notifications": "Inbox, and notifications of your own",
    "Contacts": "Recipients outside the platform",
    "Topics": "Topics and their subscribers",
    "Segments": "Conditions on recipients under a name",
    "API keys": "Keys of outside callers",
    "Crawls": "Crawl websites",
    "Public reads": "Public tweets without credentials, for caches",
    "Public pages": "Pages in HTML for people without an account",
    "Reports": "Report users and tweets, review reports",
    "Moderation": "Suspend and limit accounts, remove tweets, audit log",
    "Data export": "A copy of all your data",
    "API 1.1": "Routes of X API 1.1, for older clients",
}


def tags(endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """Return the groups of some routes by use; those of new domains come last."""
    endpoints = list(endpoints)
    new = sorted({one.tag: one.domain for one in endpoints if one.tag not in TAGS}.items())
    known = {tag: words for tag, words in TAGS.items() if any(one.tag == tag for one in endpoints)}
    return known | {tag: f"Routes of the {domain} domain" for tag, domain in new}


def build() -> dict[str, object]:
    """Return the document of the chosen domains' routes at the public URL."""
    endpoints = [e for domain in chosen_domains() for e in load_app(domain).app.endpoints]
    return document(endpoints, settings().public_url, VERSION, tags(endpoints))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(build(), indent=1))


if __name__ == "__main__":
    main()
