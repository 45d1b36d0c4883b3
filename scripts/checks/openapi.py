"""Write the OpenAPI document of all domains: ``--out FILE``."""

import argparse
import json
from pathlib import Path

from scripts.base.domain import domains, load_app
from shared.base.config import settings
from shared.http.openapi import document

VERSION = "0.1.0"


def build() -> dict[str, object]:
    """The document of every domain's routes, served at the public URL."""
    endpoints = [e for domain in domains() for e in load_app(domain).app.endpoints]
    return document(endpoints, settings().public_url, VERSION)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(build(), indent=1))


if __name__ == "__main__":
    main()
