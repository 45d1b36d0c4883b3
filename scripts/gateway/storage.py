"""Ability of the embedded AWS to save its state."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

_PROBE = ClientTimeout(total=3)
_FRESH_SECONDS = 1.0


class Storage:
    """Asks the emulator at most once per second.

    Args:
        session: returns the client of the running event loop.
        aws_url: of the emulator; an AWS that is not ours knows nothing of this.
    """

    def __init__(self, session: Callable[[], ClientSession], aws_url: str) -> None:
        self._session, self._url = session, f"{aws_url}/_rookery/storage" if aws_url else ""
        self._asked, self._found = -_FRESH_SECONDS, dict[str, Any]()

    async def status(self) -> dict[str, Any]:
        """Return ``status`` (ok, unsaved, refusing, down) and ``reason``."""
        if self._url and time.monotonic() - self._asked >= _FRESH_SECONDS:
            self._found, self._asked = await self._ask(), time.monotonic()
        return self._found

    async def _ask(self) -> dict[str, Any]:
        try:
            async with self._session().get(self._url, timeout=_PROBE) as answer:
                if answer.status != 200:
                    return {}
                found = await answer.json(content_type=None)
        except (ClientError, TimeoutError):
            return {"status": "down", "reason": "the embedded AWS does not answer"}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    async def words(self) -> str:
        """Return the status in words; empty if it is unknown."""
        found = await self.status()
        reason, status = found.get("reason", ""), found.get("status")
        if status == "refusing":
            return f"nothing can be saved ({reason}); writes are refused"
        if status == "unsaved":
            return f"the last snapshot failed ({reason}); the journal still takes writes"
        if status == "ok":
            return "ok, but less than 200 MB are free" if found.get("low") else "ok"
        return str(reason)

    async def refusal(self) -> str | None:
        """Return the detail for a refused write; None if writes are accepted."""
        found = await self.status()
        if found.get("status") != "refusing":
            return None
        return (
            f"Nothing can be saved on this machine at the moment ({found.get('reason')}). "
            "What was accepted before is safe; free some space and try again in a minute."
        )
