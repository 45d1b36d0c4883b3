"""The frontiers side by side; each run names its own."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.crawler.core.models import HOSTS, VISITED, Run
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.hosts.frontier import HostFrontier
from chalicelib.crawler.frontier.plain import PlainFrontier

from shared.aws.expressions import Action


@dataclass(frozen=True)
class Frontiers:
    """The plain frontier, and the one by hosts."""

    plain: PlainFrontier = field(default_factory=PlainFrontier)
    hosts: HostFrontier = field(default_factory=HostFrontier)

    def of(self, kind: str | None) -> PlainFrontier | HostFrontier:
        """Return the frontier of a run."""
        return self.hosts if kind == HOSTS else self.plain

    def begin(self, run: dict[str, Any]) -> None:
        """Queue the first work of a run, given as its item."""
        self.of(run.get("frontier")).begin(run["id"], run["url"])


def first_action(run: Run) -> Action:
    """Return the write of a run's root, for its transaction."""
    if run.frontier == HOSTS:
        return HostFrontier.first_action(run)
    return VISITED.put_action(visited.new_record(run, run.url, 0, ""))
