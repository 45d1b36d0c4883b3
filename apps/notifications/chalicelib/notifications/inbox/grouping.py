"""Groups of inbox entries: "Ada and 12 others liked your post".

Groups are made at reading: entries are stored and counted one by one, so that arrivals cost no
more and unread counts stay exact.
"""

from dataclasses import dataclass, field

from shared.aws.dynamo import Item
from shared.contracts.profiles import UserCard

# Faces that a group shows, and ids by which a client marks it as read in one request.
MAX_ACTORS = 8
MAX_IDS = 100
_BY_TWEET = frozenset({"like", "retweet"})


@dataclass
class Group:
    """Entries that tell the same of several actors, newest first.

    Attributes:
        actors: of the newest entries, each once, at most `MAX_ACTORS`.
        ids: of the newest entries, at most `MAX_IDS`.
        read: true if all of them were read.
    """

    actors: list[UserCard] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    read: bool = True
    _first: Item | None = None
    _known: set[str] = field(default_factory=set)

    @property
    def newest(self) -> Item:
        """The entry that stands for the group."""
        return self._first or {}

    @property
    def count(self) -> int:
        """Number of actors."""
        return len(self._known)

    def add(self, item: Item, actor: UserCard, *, read: bool) -> None:
        """Add the next older entry."""
        self._first = self._first or item
        if actor.id not in self._known:
            self._known.add(actor.id)
            if len(self.actors) < MAX_ACTORS:
                self.actors.append(actor)
        if len(self.ids) < MAX_IDS:
            self.ids.append(item["id"])
        self.read = self.read and read


def group_of(item: Item) -> str:
    """Return the key of an entry's group; most entries have one of their own."""
    if item["type"] in _BY_TWEET:
        return f"{item['type']}#{item.get('tweet_id')}"
    return "follow" if item["type"] == "follow" else item["id"]
