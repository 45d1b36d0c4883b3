"""Counted steps are those of the action alone."""

import gc

from bench.steps import steps


def garbage() -> None:
    for _ in range(5_000):
        ring: list[object] = []
        ring.append(ring)


def test_collections_and_what_hangs_on_them_do_not_count() -> None:
    alone = steps(garbage)
    called = []

    def noticed(phase: str, _: object) -> None:
        called.append(str(phase))

    gc.callbacks.append(noticed)
    try:
        assert steps(garbage) == alone
        assert gc.isenabled()
        garbage()
        assert called
    finally:
        gc.callbacks.remove(noticed)
