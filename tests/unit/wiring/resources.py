"""Resources of all templates, for the tests that read them."""

from collections.abc import Iterator
from typing import Any

from scripts.base.cfn_yaml import load_template
from scripts.base.tables import TABLES
from scripts.deploy.command import shared_and_own

TEMPLATES = shared_and_own()
ACCOUNT, REGION = "0" * 12, "us-east-1"

Resource = tuple[str, str, dict[str, Any]]


def resources(kind: str) -> Iterator[Resource]:
    """Domain, logical name and definition of every resource of a kind."""
    for domain, path in TEMPLATES.items():
        for name, resource in load_template(path)["Resources"].items():
            if resource["Type"] == f"AWS::{kind}":
                yield domain, name, resource


def tables() -> Iterator[Resource]:
    """Tables of all templates, global ones and others."""
    for kind in sorted(TABLES):
        yield from resources(kind.removeprefix("AWS::"))
