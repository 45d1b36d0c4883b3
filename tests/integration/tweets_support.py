"""What the tests of tweets share: lists as ids, and relations without their routes."""

from shared import dynamo
from tests.platform import Person


def ids(person: Person, path: str) -> list[str]:
    """Ids of one page."""
    return [one["id"] for one in person.ok("GET", path).get("data", [])]


def walk(person: Person, path: str) -> list[str]:
    """Ids of all pages of a list; the path holds a query already."""
    seen: list[str] = []
    token = ""
    for _ in range(30):
        body = person.ok("GET", path + (f"&pagination_token={token}" if token else ""))
        page = [one["id"] for one in body.get("data", [])]
        assert body["meta"]["result_count"] == len(page)
        seen += page
        token = body["meta"].get("next_token", "")
        if not token:
            return seen
    raise AssertionError("no last page")


def mute(user: Person, target: Person) -> None:
    """Let somebody mute somebody, straight in the table."""
    _relate(user, target, "muted")


def block(user: Person, target: Person) -> None:
    """Let somebody block somebody, straight in the table."""
    _relate(user, target, "blocked")
    _relate(target, user, "blocked_by")


def _relate(user: Person, target: Person, flag: str) -> None:
    item = {"user_id": user.id, "target_id": target.id, "version": 1, "updated_at": 1, flag: True}
    dynamo.batch_write("rookery-dev-users-follows", puts=[item])
