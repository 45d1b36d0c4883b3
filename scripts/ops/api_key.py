"""`make api-key`: make an API key of notifications.

    python -m scripts.ops.api_key NAME [--scope admin] [--aws]

The first key of a stage is made so. Without ``--aws`` it acts on the local stack that runs on
the state directory; with it on the stage named by ``STAGE``, with the caller's own AWS rights.
It prints the key, which is shown nowhere else.
"""

import argparse

from scripts.base.domain import load_app
from scripts.ops.operator_access import enter
from shared.auth.scopes import KEY_ADMIN, KEY_SCOPES


def create(name: str, scopes: list[str]) -> str:
    """Make a key in the stage of the process's settings; return it."""
    load_app("notifications")
    from chalicelib.notifications.access import api_keys

    return str(api_keys.create(name, scopes)["key"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--scope", action="append", choices=sorted(KEY_SCOPES))
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    options = parser.parse_args()
    enter(options.aws)
    print(create(options.name, options.scope or [KEY_ADMIN]))


if __name__ == "__main__":
    main()
