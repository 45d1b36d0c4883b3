"""One read for many callers who need the same items at the same moment.

A cache alone does not help callers who come before the first answer: they all
miss it. Here the first one reads and the others wait for its answer.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from shared.aws.dynamo import Item


class SingleFlight:
    """Reads items by key, each key once at a time.

    Args:
        kept: returns items of some keys from this process's cache (no call).
        read: reads keys and puts them into that cache; returns an item for every key.
    """

    def __init__(
        self,
        kept: Callable[[Iterable[str]], dict[str, Item]],
        read: Callable[[list[str]], dict[str, Item]],
    ) -> None:
        self._kept, self._read = kept, read
        self._flying: dict[str, Future[dict[str, Item]]] = {}
        self._lock = threading.Lock()

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """Return the items of keys that the cache did not have a moment ago.

        Raises:
            Exception: an error of ``read``, to all callers who waited for it.
        """
        wanted = set(keys)
        flight: Future[dict[str, Item]] = Future()
        with self._lock:
            others = {key: self._flying[key] for key in wanted & self._flying.keys()}
            # A faster reader put them there before its flight landed.
            found = self._kept(wanted - others.keys())
            own = sorted(wanted - others.keys() - found.keys())
            self._flying |= dict.fromkeys(own, flight)
        if own:
            found |= self._fly(own, flight)
        # Own reads first: two callers who wait for each other both have something to give.
        return found | {key: other.result()[key] for key, other in others.items()}

    def _fly(self, keys: list[str], flight: "Future[dict[str, Item]]") -> dict[str, Item]:
        try:
            read = self._read(keys)
            flight.set_result(read)
        except BaseException as error:
            flight.set_exception(error)
            raise
        finally:
            with self._lock:
                for key in keys:
                    del self._flying[key]
        return read
