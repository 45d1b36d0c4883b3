"""`make admin`: give an account a role; how the first admin is made.

    python -m scripts.ops.admin USERNAME [--role admin] [--aws]

Without ``--aws`` it acts on the local stack that runs on the state directory;
with it on the stage named by ``STAGE``, with the caller's own AWS rights. The
audit log notes it as the deed of ``operator``.
"""

import argparse
import sys

from scripts.base.domain import load_app
from scripts.ops.operator_access import enter


def grant(username: str, role: str) -> list[str]:
    """Add a role to an account of the stage in the process's settings.

    Returns:
        the roles that the account has now.

    Raises:
        LookupError: nobody has that name.
        Problem: the account is not active.
    """
    load_app("users")
    from chalicelib.users.moderation import sanctions

    from shared.contracts import profiles

    user_id = profiles.ids_of_usernames([username]).get(username.lower())
    if user_id is None:
        raise LookupError(f"there is no user {username}")
    roles = {*sanctions.show_account(user_id)["roles"], role}
    changed = sanctions.assign_roles("operator", user_id, sorted(roles), "given by an operator")
    return list(changed["roles"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("username")
    parser.add_argument("--role", default="admin", choices=["admin", "advertiser", "moderator"])
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    options = parser.parse_args()
    enter(options.aws)
    try:
        roles = grant(options.username.removeprefix("@"), options.role)
    except LookupError as error:
        sys.exit(str(error))
    print(f"{options.username}: {', '.join(roles)} (tokens follow within a minute)")


if __name__ == "__main__":
    main()
