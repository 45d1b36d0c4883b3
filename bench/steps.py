"""Count function calls instead of time: the same on every machine."""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from botocore.client import BaseClient

_SDK = BaseClient._make_api_call.__code__


def steps(act: Callable[[], object]) -> int:
    """Count an action's function calls on this thread, without the SDK's."""
    counted, inside = 0, 0

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal counted, inside
        if frame.f_code is _SDK and event in ("call", "return"):
            inside += 1 if event == "call" else -1
        elif not inside and event in ("call", "c_call"):
            counted += 1

    before, collects = sys.getprofile(), gc.isenabled()
    # A collection may fall into any action, and calls what others hang on it (hypothesis does).
    gc.disable()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
    return counted
