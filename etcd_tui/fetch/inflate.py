"""Inflated: the content of a gzip file, in large pieces.

`gzip.open` hands zlib 8 KiB at a time (until Python 3.12). Before each next piece a thread needs
the interpreter's lock back, so in the background it would take many times as long as alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

_COMPRESSED = 1 << 20
_INFLATED = 4 << 20


class Inflated:
    """A stream for `tarfile` in its mode `r|`."""

    def __init__(self, file: BinaryIO) -> None:
        self._pieces = _pieces(file)

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece, of any size; empty at the end.

        zlib.error: it is damaged or no gzip file. EOFError: the end is missing.
        """
        return next(self._pieces, b"")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    member = _member()
    while compressed := file.read(_COMPRESSED):
        while compressed:
            if member.eof:
                # Padding of zeros may follow, and another member after that.
                compressed = compressed.lstrip(b"\0")
                member = _member() if compressed else member
            else:
                if piece := member.decompress(compressed, _INFLATED):
                    yield piece
                compressed = member.unused_data if member.eof else member.unconsumed_tail
    while not member.eof:
        piece = member.decompress(b"", _INFLATED)
        if not piece:
            raise EOFError
        yield piece


def _member() -> zlib._Decompress:
    # 16: with gzip's header, and with its checksum and length at the end, which zlib compares.
    return zlib.decompressobj(zlib.MAX_WBITS | 16)
