"""Rebuilds of derived tables from the tables that they follow from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.aws.dynamo import Item


@dataclass(frozen=True)
class Rebuild:
    """One pass over a source table.

    Attributes:
        domain / table: the source.
        slice: makes what follows from some of the source's items; repeating it is harmless, and
            newer changes win over it, so it may run under traffic.
    """

    domain: str
    table: str
    slice: Callable[[Sequence[Item]], None]


# Passes in their order, or the reason why a table needs none.
Way = tuple[Rebuild, ...] | str
