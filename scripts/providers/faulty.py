"""Faults that HTTP simulators share."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from scripts.providers.journal import Fault


async def disturb(request: web.Request, fault: Fault) -> None:
    """Stall for ``stall`` seconds; break the connection for ``reset``."""
    if fault.get("stall"):
        await asyncio.sleep(float(fault["stall"]))
    if fault.get("reset"):
        # A caller who lost patience has no connection any more.
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError


def answer(
    status: int,
    body: Any = None,
    fault: Fault | None = None,
    media_type: str = "application/json",
    **headers: str,
) -> web.Response:
    """Return a JSON response, with the fault's Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if fault and "retry_after" in fault:
        named["retry-after"] = str(fault["retry_after"])
    text = json.dumps(body) if body is not None else ""
    return web.Response(status=status, text=text, content_type=media_type, headers=named)
