"""Calls that wait for others."""

import threading

from chalicelib.notifications.channels import parallel


def test_items_are_worked_on_together_and_failures_keep_their_place():
    everybody = threading.Barrier(parallel.THREADS)

    def work(number):
        everybody.wait(30)
        if number == 3:
            raise ValueError(number)
        return number

    found = parallel.each(work, range(parallel.THREADS))
    assert isinstance(found.pop(3), ValueError)
    assert found == [0, 1, 2, *range(4, parallel.THREADS)]


def test_a_single_item_needs_no_thread():
    assert parallel.each(lambda _: threading.current_thread(), [1]) == [threading.main_thread()]
    assert parallel.each(lambda one: one, []) == []
