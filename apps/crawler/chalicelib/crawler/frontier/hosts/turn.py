"""One leased turn of a host: pages taken, links found, results, commit."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.crawler.core import limits, parts
from chalicelib.crawler.core.models import FRONTIER, VISITED, Run
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.hosts import leases, traps
from chalicelib.crawler.frontier.hosts.chunks import Chunks, expiry
from chalicelib.crawler.frontier.hosts.entries import Entry, host_of, pack, unpack
from chalicelib.crawler.frontier.hosts.outbox import Outbox
from chalicelib.crawler.frontier.hosts.seen import Seen
from chalicelib.crawler.frontier.hosts.waiting import Waiting
from chalicelib.crawler.frontier.port import Cut, Link
from chalicelib.crawler.frontier.visited import PageResult

from shared.aws.dynamo import Item
from shared.aws.expressions import Action
from shared.base.clock import now_ms
from shared.text import canonical_urls

_INBOX_ITEMS = 25


@dataclass
class Memory:
    """Memory of a host between turns, valid for the turn of its number."""

    turn: int
    waiting: Waiting
    seen: Seen


class HostTurn:
    """The work of one turn, in memory until `commit`.

    Args:
        run: the host's run.
        item: the host's item, leased.
        memory: what this process kept of the host, if it is still true.
    """

    def __init__(self, run: Run, item: Item, memory: Memory | None) -> None:
        self.run, self.host = run, str(item["entry"])
        self.number: int = item.get("turn", 0)
        self.attempts: int = item["attempts"]
        self.chunks = Chunks(run.id, self.host, item["fence"])
        if memory is None:
            seen = Seen.load(self.chunks, item.get("segments", 0), self.attempts > 1)
            waiting = Waiting(run.order, json.loads(item.get("lanes", "{}")))
            memory = Memory(self.number, waiting, seen)
        self.memory = memory
        self.settled = self.bytes = self._found = 0
        self.next_at: int = item.get("next_at", 0)
        self.down: int = item.get("down", 0)
        self.amounts: Counter[str] = Counter()
        self.traps = traps.Traps()
        self.blocked_until = 0
        self.item = item
        self._open: int = item.get("open", 0)
        self._open_sum: int = item.get("open_sum", 0)
        self._late: int = item.get("late", 0)
        self._out_open: int = item.get("out_open", 0)
        self._records: list[Item] = []
        self._out = Outbox()
        self._received: list[Item] = []

    # State

    @property
    def name(self) -> str:
        """Name of the turn within its run; a turn that is repeated has the same."""
        return f"{canonical_urls.digest(self.host)[:16]}-{self.number:08d}"

    @property
    def part(self) -> str:
        """Name of its part of the run's files; one per attempt at the turn."""
        return parts.part_name(self.name, self.chunks.fence)

    @property
    def tickets(self) -> int:
        """Pages that the turn may still fetch."""
        return int(self.item.get("tickets") or 0) - self.settled

    @property
    def careful(self) -> int:
        """Pages to commit one by one, since workers died in this host's turns."""
        found: int = self.item.get("careful", 0)
        return max(found, limits.TURN_PAGES if self.attempts > 2 else 0)

    @property
    def waits(self) -> bool:
        """True if pages of the host wait."""
        return self._open > 0

    @property
    def sends(self) -> bool:
        """True if the turn holds links to other hosts."""
        return bool(self._out)

    @property
    def is_full(self) -> bool:
        """True if the turn holds as many links to other hosts as one commit takes."""
        return self._out.is_full

    @property
    def is_heavy(self) -> bool:
        """True if the turn's pages have as many new links as one turn should hold."""
        return self.settled > 0 and self._found >= limits.TURN_FOUND

    # Links

    def receive(self) -> None:
        """Take the links that other hosts found, and pass on those that wait here."""
        size = 0
        # Consistent: an item that the turn before has deleted would be counted once more.
        for item in self.chunks.list("in#", consistent=True, limit=_INBOX_ITEMS):
            self._received.append({"part": item["part"], "entry": item["entry"]})
            size += len(item["pages"])
            accepted = []
            for entry in unpack(item["pages"]):
                known = entry.digest in self.memory.seen
                kept = None if known else self._accept(entry)
                if kept is None:
                    # Its finder counted it as a page.
                    self._count_found(entry, -1)
                else:
                    accepted.append(kept)
            self.memory.waiting.push(accepted)
            if len(self._received) == _INBOX_ITEMS or size >= limits.TURN_RECEIVED_BYTES:
                break
        while self._out_open:
            away = self.memory.waiting.peek_out(self.chunks)
            if away is None or not self._out.put(away):
                break
            self.memory.waiting.pop_out(self.chunks)
            self._out_open -= 1

    def find(self, parent: str, links: Iterable[Link], cuts: Iterable[Cut] = ()) -> int:
        """Take the links of a page: those that are new are counted and wait.

        Returns:
            the number of new ones, also of those that a rule or a limit leaves out.
        """
        own: list[Entry] = []
        fresh = 0
        for link in links:
            digest = canonical_urls.key(link.url)
            if digest in self.memory.seen:
                continue
            fresh += 1
            entry = Entry(link.url, link.depth, parent, link.hops)
            if host_of(link.url) != self.host:
                self.memory.seen.add(digest, link.url, own=False)
                self._send(entry)
            elif (kept := self._accept(entry)) is not None:
                own.append(kept)
            else:
                continue
            self._count_found(entry, 1)
            self._found += 1
        self.memory.waiting.push(own)
        return fresh + sum(map(self._cut, cuts))

    def _send(self, entry: Entry) -> None:
        """Keep a link for another host until the commit, or for a later turn."""
        if not self._out.put(entry):
            self.memory.waiting.push_out([entry])
            self._out_open += 1

    def _accept(self, entry: Entry) -> Entry | None:
        """Entry of this host as it must wait; ``None`` if a rule cuts it."""
        if self._has_enough():
            self.memory.seen.add(entry.digest, entry.url, own=False)
            self.amounts["cut_pages_per_host"] += 1
            return None
        counts = self.memory.seen.add(entry.digest, entry.url)
        rule, is_cut = traps.judge(*counts)
        if rule:
            self.amounts[f"cut_{rule}"] += 1
            self.traps.name(rule, entry.url)
        if is_cut:
            return None
        self._open += 1
        self._open_sum += entry.weight
        self._late += bool(rule)
        return replace(entry, rule=rule)

    def _cut(self, cut: Cut) -> bool:
        """Count a link that a rule of the scope leaves out; true if it is new."""
        digest = canonical_urls.key(cut.url)
        if digest in self.memory.seen:
            return False
        if cut.rule == "depth":
            # It may be found again nearer to the root, so it is not seen.
            self.amounts["cut_depth"] += self.traps.is_new(digest)
            return True
        self.memory.seen.add(digest, cut.url, own=False)
        self.amounts[f"cut_{cut.rule}"] += 1
        self.traps.name(cut.rule, cut.url)
        return True

    def _count_found(self, entry: Entry, sign: int) -> None:
        self.amounts["links"] += sign
        self.amounts["balance"] += sign * entry.weight

    # Pages

    def next(self) -> Entry | None:
        """Take the next page to fetch."""
        if self._has_enough():
            self._drop_all()
        waiting = self.memory.waiting
        entry = waiting.pop(self.chunks, now_ms()) if self._open else None
        self.blocked_until = 0 if entry else waiting.next_retry(self.chunks)
        if entry is not None and entry.rule:
            # It is fetched after all.
            self.amounts[f"cut_{entry.rule}"] -= 1
            self._late -= 1
            entry = replace(entry, rule="")
        return entry

    def retry(self, entry: Entry, due: int) -> None:
        """Let a page wait for another attempt."""
        self.memory.waiting.push_retry(entry.later(due), now_ms())

    def put_back(self, entry: Entry) -> None:
        """Let a page that was not requested come first again."""
        self.memory.waiting.push_retry(entry, now_ms())

    def settle(self, entry: Entry, result: PageResult) -> None:
        """Keep the result of a page for the commit."""
        self._open -= 1
        self._open_sum -= entry.weight
        self.settled += 1
        self.bytes += result.bytes
        self.amounts[result.state] += 1
        self.amounts["balance"] -= entry.weight
        self.amounts["bytes"] += result.bytes
        record = visited.settled_record(self.run, entry.page(self.run.id), result)
        # The part of the run's files that the page is in.
        self._records.append({**record, "holder": self.part})

    def lead_on(self, fresh: int) -> None:
        """Keep the number of new links that the page settled last has led to.

        A recrawl reads such pages again.
        """
        if fresh:
            self._records[-1]["new_links"] = fresh

    def _has_enough(self) -> bool:
        """True if the host has as many pages as the run takes of one."""
        most = self.run.pages_per_host
        return most is not None and self.item.get("pages", 0) + self.settled >= most

    def _drop_all(self) -> None:
        """Cut the pages that wait, since the host has enough."""
        self.amounts["cut_pages_per_host"] += self._open - self._late
        self.amounts["links"] -= self._open
        self.amounts["balance"] -= self._open_sum
        self._open = self._open_sum = self._late = 0
        self.memory.waiting.clear()

    # Tickets and commit

    def reserve(self) -> int:
        """Take tickets for a turn that holds none; returns their number."""
        self.item = self._with_tickets(dict(self.item), {}, [], bool(self.careful))
        return self.tickets

    def commit(self) -> Item:
        """Write everything, and end the turn; returns the host's new item.

        Raises:
            LeaseLost: another worker has taken the host over; nothing counts.
        """
        waiting, seen = self.memory.waiting, self.memory.seen
        waiting.save(self.chunks)
        segments = seen.save(self.chunks, self.item.get("segments", 0))
        VISITED.batch_write(puts=self._records)
        item = {
            "part": self.run.id,
            "entry": self.host,
            "turn": self.number + 1,
            "fence": self.chunks.fence,
            "attempts": 0,
            "careful": max(0, self.careful - max(1, self.settled)) or None,
            "lanes": json.dumps(waiting.pointers, separators=(",", ":")),
            "segments": segments,
            "open": self._open,
            "open_sum": self._open_sum,
            "out_open": self._out_open or None,
            "late": self._late or None,
            "pages": self.item.get("pages", 0) + self.settled,
            "next_at": self.next_at or None,
            "down": self.down or None,
            "wakes": list(self._out.links) or None,
            "updated_at": now_ms(),
            "expires_at": expiry(),
        }
        others: list[Action] = [
            FRONTIER.put_action(self._inbox(host, entries))
            for host, entries in self._out.links.items()
        ]
        others += [FRONTIER.delete_action(key) for key in self._received]
        amounts: dict[str, Any] = {**self.amounts, "traps": self.traps.names}
        item = self._with_tickets(item, amounts, others, bool(item["careful"]))
        self.memory.turn = self.number + 1
        return item

    def _with_tickets(
        self, item: Item, amounts: dict[str, Any], others: list[Action], single: bool
    ) -> Item:
        """Commit an item with tickets for its next pages; unused ones go back."""
        most = int(self.run.max_pages)
        wanted = 0
        if self._open:
            wanted = 1 if single else min(limits.TURN_PAGES, most)
        while True:
            item["tickets"] = wanted or None
            taken = wanted - self.tickets
            try:
                leases.commit(item, self.chunks.fence, {**amounts, "taken": taken}, most, others)
            except leases.NoTickets as refusal:
                wanted = min(wanted - 1, self.tickets + max(0, most - refusal.taken))
            else:
                return item

    def _inbox(self, host: str, entries: list[Entry]) -> Item:
        """Item by which another host gets links."""
        return {
            "part": f"{self.run.id}#{host}",
            "entry": f"in#{self.name}",
            "pages": pack(entries),
            "expires_at": expiry(),
        }
