"""A writer of Parquet files, row group by row group.

pyarrow is 110 MB, ten times what a bundle may have, and AWS's layer with it would tie the
function to a layer's version per region. Rows of pages need little of the format: optional
columns of text, integers and moments, PLAIN in one gzipped data page per column and group.
Tests read the files with pyarrow.
"""

import gzip
import struct
from collections.abc import Sequence
from typing import Any

TEXT, INTEGER, MOMENT = "text", "integer", "moment"
_MAGIC = b"PAR1"
# Parquet's enumerations: physical types, annotations, encodings, codec.
_INT64, _BYTE_ARRAY, _UTF8, _TIMESTAMP_MILLIS = 2, 6, 0, 9
_PLAIN, _RLE, _GZIP, _OPTIONAL = 0, 3, 2, 1
# Thrift's compact protocol: types of fields.
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


class Writer:
    """Makes the bytes of one file in order: `begin`, row groups, `end`.

    Args:
        columns: name and kind of each column; moments are in Unix ms.
    """

    def __init__(self, columns: Sequence[tuple[str, str]]) -> None:
        self._columns = list(columns)
        self._offset = self._rows = 0
        self._groups: list[bytes] = []

    def begin(self) -> bytes:
        """Return the file's first bytes."""
        self._offset = len(_MAGIC)
        return _MAGIC

    def row_group(self, values: Sequence[Sequence[Any]]) -> bytes:
        """Return the bytes of some rows, given by column; ``None`` is no value."""
        body, chunks, total = b"", [], 0
        count = len(values[0])
        for (name, kind), column in zip(self._columns, values, strict=True):
            raw = _levels(column) + _values(column, kind)
            packed = gzip.compress(raw, 6, mtime=0)
            header = _page_header(count, len(raw), len(packed))
            sizes = len(header) + len(raw), len(header) + len(packed)
            chunks.append(_chunk(name, kind, count, sizes, self._offset + len(body)))
            body += header + packed
            total += sizes[0]
        self._offset += len(body)
        self._rows += count
        self._groups.append(
            _struct((1, _LIST, _list(_STRUCT, chunks)), (2, _I64, total), (3, _I64, count))
        )
        return body

    def end(self) -> bytes:
        """Return the file's last bytes: its metadata."""
        schema = [_struct((4, _BINARY, b"pages"), (5, _I32, len(self._columns)))]
        schema += [_element(name, kind) for name, kind in self._columns]
        metadata = _struct(
            (1, _I32, 1),
            (2, _LIST, _list(_STRUCT, schema)),
            (3, _I64, self._rows),
            (4, _LIST, _list(_STRUCT, self._groups)),
            (6, _BINARY, b"rookery"),
        )
        return metadata + struct.pack("<I", len(metadata)) + _MAGIC


def _element(name: str, kind: str) -> bytes:
    annotation = {TEXT: _UTF8, MOMENT: _TIMESTAMP_MILLIS}.get(kind)
    fields = [(1, _I32, _physical(kind)), (3, _I32, _OPTIONAL), (4, _BINARY, name.encode())]
    if annotation is not None:
        fields.append((6, _I32, annotation))
    return _struct(*fields)


def _chunk(name: str, kind: str, count: int, sizes: tuple[int, int], offset: int) -> bytes:
    encodings = _list(_I32, [_varint(_zigzag(one)) for one in (_PLAIN, _RLE)])
    path = _list(_BINARY, [_text(name.encode())])
    metadata = _struct(
        (1, _I32, _physical(kind)), (2, _LIST, encodings), (3, _LIST, path), (4, _I32, _GZIP),
        (5, _I64, count), (6, _I64, sizes[0]), (7, _I64, sizes[1]), (9, _I64, offset),
    )  # fmt: skip
    return _struct((2, _I64, offset), (3, _STRUCT, metadata))


def _page_header(count: int, raw: int, packed: int) -> bytes:
    page = _struct((1, _I32, count), (2, _I32, _PLAIN), (3, _I32, _RLE), (4, _I32, _RLE))
    return _struct((1, _I32, 0), (2, _I32, raw), (3, _I32, packed), (5, _STRUCT, page))


def _physical(kind: str) -> int:
    return _BYTE_ARRAY if kind == TEXT else _INT64


def _levels(column: Sequence[Any]) -> bytes:
    """Definition levels: one bit per row, packed in groups of eight."""
    groups = (len(column) + 7) // 8
    bits = bytearray(groups)
    for index, value in enumerate(column):
        if value is not None:
            bits[index // 8] |= 1 << index % 8
    run = _varint(groups << 1 | 1) + bytes(bits)
    return struct.pack("<I", len(run)) + run


def _values(column: Sequence[Any], kind: str) -> bytes:
    present = [value for value in column if value is not None]
    if kind != TEXT:
        return struct.pack(f"<{len(present)}q", *(_signed(int(value)) for value in present))
    texts = (str(value).encode(errors="replace") for value in present)
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


def _signed(value: int) -> int:
    """Return 64 bits as Parquet's INT64 has them."""
    return value - (1 << 64) if value >= 1 << 63 else value


def _struct(*fields: tuple[int, int, Any]) -> bytes:
    body, before = b"", 0
    for number, kind, value in fields:
        body += bytes([(number - before) << 4 | kind])
        before = number
        match kind:
            case 5 | 6:
                body += _varint(_zigzag(value))
            case 8:
                body += _text(value)
            case _:
                body += value
    return body + b"\0"


def _list(kind: int, items: Sequence[bytes]) -> bytes:
    count = len(items)
    head = bytes([count << 4 | kind]) if count < 15 else bytes([0xF0 | kind]) + _varint(count)
    return head + b"".join(items)


def _text(value: bytes) -> bytes:
    return _varint(len(value)) + value


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
