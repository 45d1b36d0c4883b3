"""Lists of people: the accounts that a viewer is shown.

One rule for all domains (docs/security.md, "Lists of people").
"""

from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard


def is_listed(
    viewer_id: str | None, user: UserCard, relation: Relation | None, *, acts: bool = False
) -> bool:
    """Return true if a list of people shows an account to the viewer.

    Viewers are shown themselves, whatever their state.

    Args:
        relation: the viewer's to the account; ``None`` for a stranger.
        acts: being on the list tells what the account did (liked, retweeted, followed a
            list): of protected accounts only their followers learn that.
    """
    if user.id == viewer_id:
        return True
    if not user.active or (relation is not None and relation.severed):
        return False
    return not (acts and user.protected) or bool(relation and relation.following)
