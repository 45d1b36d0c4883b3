"""Journal files cut and changed anywhere; stream sequence numbers."""

import json
import os
from pathlib import Path

import pytest

from scripts.emulator.durable.hooks import StreamClock
from scripts.emulator.durable.journal import DamagedError, Journal, JournalError, read_notes
from scripts.emulator.durable.keeper import CHECKPOINT_BYTES, RETRY_SECONDS, Keeper

BATCHES = [[1], [2, 3], [4], [5, 6, 7]]
NOTES = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    journal = Journal(tmp_path)
    # Nothing is noted before the first file is there.
    journal.note_encoded(b"0")
    journal.cut()
    for batch in BATCHES:
        for note in batch:
            journal.note_encoded(json.dumps(note).encode())
        journal.flush()
    journal.sync()
    journal.close()
    assert Journal(tmp_path).number == 1
    return journal.path(1)


def test_a_file_cut_anywhere_holds_the_batches_before(written: Path) -> None:
    content, seen = written.read_bytes(), set()
    for size in range(len(content) + 1):
        written.write_bytes(content[:size])
        found = list(read_notes(written))
        seen.add(len(found))
        assert found == NOTES[: len(found)]
    # Never a part of a batch.
    assert seen == {0, 1, 3, 4, 7}


def test_a_changed_byte_is_never_taken_for_a_note(written: Path) -> None:
    content, refused = written.read_bytes(), 0
    for place in range(len(content)):
        written.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        try:
            assert list(read_notes(written)) == NOTES[:4]
        except DamagedError as error:
            refused += 1
            assert f"{written} is damaged at byte" in str(error)
        left = list(read_notes(written, skip_damage=True))
        lost = [note for note in NOTES if note not in left]
        assert sorted(left + lost) == NOTES
        assert lost in BATCHES
    assert refused > len(content) // 2


def test_a_journal_that_cannot_be_written_takes_nothing_until_it_is_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.cut()
    journal.note_encoded(b"1")
    journal.flush()
    journal.close()
    # A file that cannot be written to, as on a broken disk.
    with (tmp_path / "other").open("wb") as other, (tmp_path / "other").open("rb") as reading:
        other.flush()
        journal._file = reading.fileno()
        journal.note_encoded(b"2")
        with pytest.raises(JournalError):
            journal.flush()
        with pytest.raises(JournalError):
            journal.flush()
        journal.note_encoded(b"3")
        journal._file = -1
    journal.cut()
    journal.note_encoded(b"4")
    journal.flush()
    assert [list(read_notes(path)) for path in sorted(tmp_path.glob("*.wal"))] == [[1], [4]]


@pytest.mark.parametrize("sync", [False, True])
def test_answers_wait_for_the_disk_where_that_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: bool
) -> None:
    synced: list[int] = []

    def to_disk(file: int) -> None:
        synced.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fdatasync", to_disk, raising=False)
    keeper = Keeper(tmp_path, CHECKPOINT_BYTES, RETRY_SECONDS, sync=sync)
    keeper.journal.cut()
    keeper.journal.note_encoded(b"1")
    assert keeper.flush()
    assert keeper.flush(), "nothing new"
    assert synced == ([keeper.journal.path(1).stat().st_size] if sync else [])

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken, raising=False)
    keeper.journal.note_encoded(b"2")
    assert keeper.flush() is not sync
    assert keeper.refusing == ("input/output error" if sync else "")
    keeper.journal.close()


def test_sequence_numbers_rise_also_when_the_clock_is_set_back() -> None:
    clock = StreamClock()
    first = clock.next()
    an_hour_later = f"{int(first[:-10]) + 3_600_000:020d}{77:010d}"
    clock.seen(an_hour_later)
    numbers = [first, an_hour_later, *(clock.next() for _ in range(3))]
    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {30}
