"""Reference model of home timelines, for `test_model`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Post:
    """A tweet of the model; for a retweet, ``original`` is what it repeats."""

    id: str
    author: int
    original: "Post | None" = None
    deleted: bool = False

    @property
    def shown(self) -> bool:
        return not self.deleted and (self.original is None or not self.original.deleted)


@dataclass
class Model:
    """All posts, follows, mutes and blocks."""

    posts: dict[str, Post] = field(default_factory=dict)
    following: set[tuple[int, int]] = field(default_factory=set)
    muted: set[tuple[int, int]] = field(default_factory=set)
    blocked: set[tuple[int, int]] = field(default_factory=set)

    @staticmethod
    def next_mode(mode: str) -> Any:
        """Return the delivery mode to which an author's next switch leads."""
        return {"push": "pull", "pull": "frequent", "frequent": "push"}[mode]

    def post(self, post_id: str, author: int, original: Post | None = None) -> None:
        self.posts[post_id] = Post(post_id, author, original)

    def hides(self, reader: int, author: int) -> bool:
        pair = (reader, author)
        return pair in self.muted or pair in self.blocked or pair[::-1] in self.blocked

    def block(self, reader: int, author: int) -> None:
        self.blocked.add((reader, author))
        self.following -= {(reader, author), (author, reader)}

    def retweet_of(self, author: int, original: Post) -> Post | None:
        found = (p for p in self.posts.values() if p.author == author and p.original is original)
        return next((p for p in found if not p.deleted), None)

    def home(self, reader: int) -> list[Post]:
        def shown(post: Post) -> bool:
            pair = (reader, post.author)
            mine = post.author == reader or pair in self.following
            authors = {post.author, (post.original or post).author}
            return mine and post.shown and not any(self.hides(reader, one) for one in authors)

        return sorted(filter(shown, self.posts.values()), key=lambda p: int(p.id), reverse=True)


def unrepeated(posts: list[Post]) -> list[str]:
    """A page: no retweet beside its original, of several retweets the newest."""
    found: dict[str, str] = {}
    for post in posts:
        name = (post.original or post).id
        if name not in found or post.original is None:
            found[name] = post.id
    return sorted(found.values(), key=int, reverse=True)


def pages(posts: list[Post], size: int) -> list[list[str]]:
    """All pages; each ends where it has its size."""
    shown: list[list[str]] = []
    while posts:
        end = next((n for n in range(1, len(posts)) if len(unrepeated(posts[:n])) == size), None)
        shown.append(unrepeated(posts[:end]))
        posts = posts[end:] if end else []
    return shown
