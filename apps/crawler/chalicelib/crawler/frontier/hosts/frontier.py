"""The frontier by hosts: SQS carries turns, the table holds what waits."""

from collections.abc import Iterator

from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import FRONTIER, Run
from chalicelib.crawler.frontier import seeds
from chalicelib.crawler.frontier.hosts import leases
from chalicelib.crawler.frontier.hosts.chunks import Chunks, expiry
from chalicelib.crawler.frontier.hosts.entries import Entry, host_of, pack
from chalicelib.crawler.frontier.hosts.turn import HostTurn, Memory
from chalicelib.crawler.frontier.port import Link

from shared.aws.dynamo import Item
from shared.aws.expressions import Action
from shared.base.clock import now_ms
from shared.base.process import Cache, process
from shared.text import canonical_urls

# Records of seen addresses that a process keeps: about 40 MB.
_KEPT = 400_000


def _size(memory: Memory) -> int:
    return min(_KEPT, len(memory.seen) + 200)


class HostFrontier:
    """Hands out turns of hosts, each to one worker at a time."""

    def __init__(self) -> None:
        self._memories: Cache[tuple[str, str], Memory] = process.cache(_KEPT, size=_size)

    @staticmethod
    def first_action(run: Run) -> Action:
        """Return the write of the root, for the run's transaction."""
        item = {
            "part": f"{run.id}#{host_of(run.url)}",
            "entry": "in#",
            "pages": pack([Entry(run.url, 0, "")]),
            "expires_at": expiry(),
        }
        return FRONTIER.put_action(item)

    def begin(self, run_id: str, url: str) -> None:
        """Queue the first turn of the root's host."""
        leases.send([leases.message(run_id, host_of(url), 0)])

    def take(
        self, run: Run, host: str, number: int, holder: str, again: bool = False
    ) -> HostTurn | None:
        """Lease a host for a turn, and read what waits there.

        Args:
            number: of the turn, as the message names it.
            again: the message has been delivered before.

        Returns:
            ``None`` if the turn is over, or another worker has it.
        """
        taken = leases.take(run.id, host, number, holder)
        item = taken.item
        if not taken or item is None:
            if item is not None and item.get("turn", 0) > number:
                self._follow_lost(item, again)
            return None
        memory = self._memories.pop((run.id, host))
        if memory is not None and memory.turn != item.get("turn", 0):
            memory = None
        turn = HostTurn(run, item, memory)
        if turn.number == 0 and int(run.seeds) > 1 and host == host_of(run.url):
            root = canonical_urls.key(run.url)
            turn.find(root, (Link(url, 0) for url in seeds.read(run.id)))
        turn.receive()
        return turn

    def commit(self, turn: HostTurn) -> Item:
        """End a turn, and queue those that follow from it.

        Raises:
            LeaseLost: another worker has the host; nothing of the turn counts.
        """
        item = turn.commit()
        self._memories.put((turn.run.id, turn.host), turn.memory)
        self._wake(turn.run.id, item.get("wakes") or [])
        seconds = 0.0
        if turn.waits:
            if not item.get("tickets"):
                seconds = limits.PARKED_SECONDS
            else:
                seconds = (max(turn.next_at, turn.blocked_until) - now_ms()) / 1000
                if seconds <= limits.MAX_SLEEP_SECONDS:
                    # The next turn sleeps through that. A delay would let the turns of a batch
                    # come back one by one, each with a worker of its own.
                    seconds = 0.0
        self._continue(item, seconds)
        return item

    def postpone(self, turn: HostTurn, seconds: float) -> None:
        """Give a lease back, and queue the same turn for later."""
        leases.release(turn.item)
        leases.send([leases.message(turn.run.id, turn.host, turn.number)], seconds)

    def hosts(self, run_id: str) -> Iterator[Item]:
        """Iterate over the items of a run's hosts."""
        return FRONTIER.query("#part = :part", {"part": run_id}, consistent=True)

    def resume(self, run_id: str) -> None:
        """Queue the turns of a paused run's hosts."""
        for item in self.hosts(run_id):
            self._continue(item)

    def revive(self, run: Run, now: int) -> bool:
        """Queue turns whose messages were lost; true if a host has work left."""
        left = False
        for item in self.hosts(run.id):
            left = self._revive(item, now) or left
        # The very first message may have been lost, or the run is this old.
        root = {"part": run.id, "entry": host_of(run.url)}
        return left or self._continue(FRONTIER.get(root, consistent=True) or root)

    def _revive(self, item: Item, now: int) -> bool:
        if leases.is_held(item):
            return True
        if item["updated_at"] >= now - limits.STALE_MS:
            return _waits(item)
        self._wake(item["part"], item.get("wakes") or [])
        return self._continue(item)

    def _follow_lost(self, item: Item, again: bool) -> None:
        """Queue what follows from a turn whose worker died after its commit."""
        lost = again or item["updated_at"] < now_ms() - limits.LOST_TURN_MS
        if lost and not leases.is_held(item):
            self._wake(item["part"], item.get("wakes") or [])
            self._continue(item)

    def _continue(self, item: Item, seconds: float = 0) -> bool:
        """Queue the next turn of a host with work left; false if it has none.

        An idle host looks for links once more: a sender that saw it busy did not wake it.
        """
        run_id, host = item["part"], item["entry"]
        if not _waits(item):
            inbox = Chunks(run_id, host, 0).list("in#", consistent=True, limit=1)
            if next(inbox, None) is None:
                return False
        leases.send([leases.message(run_id, host, item.get("turn", 0))], seconds)
        return True

    def _wake(self, run_id: str, hosts: list[str]) -> None:
        """Queue turns of idle hosts that were sent links; busy ones find them."""
        if not hosts:
            return
        keys = [leases.key(run_id, host) for host in hosts]
        found = {item["entry"]: item for item in FRONTIER.get_many(keys, consistent=True)}
        for host in hosts:
            if host not in found:
                # So the sweeper knows the host, should its message be lost.
                leases.announce(run_id, host)
        idle = [
            leases.message(run_id, host, found.get(host, {}).get("turn", 0))
            for host in hosts
            if host not in found or not (_waits(found[host]) or leases.is_held(found[host]))
        ]
        leases.send(idle)


def _waits(item: Item) -> bool:
    """True if a host has pages, or links to pass on."""
    return bool(item.get("open") or item.get("out_open"))
