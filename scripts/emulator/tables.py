"""Teaches the emulator's CloudFormation global tables and older states.

It makes a plain table of a global one, keeps the items when a table's type changes, and can
import plain tables only. Here a global table is imported alike, and a key of a state from before
keys were multi-region stays what it is: AWS would refuse that change. Runs in the stack's own
virtual environment.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from scripts.base.tables import GLOBAL, PLAIN


def adopts_tables_and_keys(scratch: Path) -> None:
    """Import global tables; accept keys that were made for one region.

    Args:
        scratch: directory for what the imported services leave and nobody asks for.
    """
    kept = os.environ.get("STATE_DIR", "")
    os.environ["STATE_DIR"] = str(scratch)
    # It makes a key at its import, in the directory by which older states are known.
    importlib.import_module("ministack.services.cognito")
    os.environ["STATE_DIR"] = kept
    from ministack.services.cloudformation import changesets, provisioners

    handlers, lookups = provisioners._RESOURCE_HANDLERS, changesets._IMPORT_LOOKUPS
    handlers[GLOBAL]["import"] = handlers[PLAIN]["import"]
    lookups[GLOBAL] = lookups[PLAIN]
    provisioners._KMS_IMMUTABLE_PROPS.pop("MultiRegion")
