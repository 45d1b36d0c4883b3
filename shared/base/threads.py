"""Threads that help one caller, and outlive the call.

Lambda gives a process one batch at a time. A local process works on several: each of its threads
has helpers of its own, or one batch would wait for another, and a provider that stalls for all.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from shared.base.process import Cache, process

# By name, number of threads and the thread that they help.
_pools: Cache[tuple[str, int, int], ThreadPoolExecutor] = process.cache(64)


def helpers(name: str, threads: int) -> ThreadPoolExecutor:
    """Return the calling thread's helpers, who keep their connections."""
    key = (name, threads, threading.get_ident())
    return _pools.change(key, lambda pool: pool or ThreadPoolExecutor(threads, name))
