"""Empty the debugging parts of compiled extensions.

Some wheels carry megabytes of them. A program that strips is not on every machine, and moves what
stays; zeros keep every offset, and compress to nothing.
"""

import struct

_ELF64_LITTLE = b"\x7fELF\x02\x01"
# Offsets in the file's header (System V ABI, gABI 4.1, chapter 4): of the table of sections; of
# the size and number of its entries and the index of the section with their names.
_TABLE, _ENTRIES = 0x28, 0x3A
_SECTION = struct.Struct("<IIQQQQIIQQ")
# Sections without a place in the file, and the flag of those that are loaded.
_NULL, _NO_BITS, _LOADED = 0, 8, 0x2


def without_debugging(library: bytes) -> bytes:
    """Return a library with zeros in all sections that are never loaded.

    What is no 64-bit little-endian ELF file comes back as it is.

    Args:
        library: content of the file.
    """
    if not library.startswith(_ELF64_LITTLE):
        return library
    (table,) = struct.unpack_from("<Q", library, _TABLE)
    size, count, names = struct.unpack_from("<HHH", library, _ENTRIES)
    emptied = bytearray(library)
    for number in range(count):
        section = _SECTION.unpack_from(library, table + number * size)
        kind, flags, offset, length = section[1], section[2], section[4], section[5]
        if number == names or kind in (_NULL, _NO_BITS) or flags & _LOADED:
            continue
        emptied[offset : offset + length] = bytes(length)
    return bytes(emptied)
