"""A reply that goes to a file as it comes: rasters are larger than memory should hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

_BEGINNING = 2**16 + 1
"""Bytes that are kept: as many as a refusal has at most, and one more."""


class FileSink:
    """A file that is being written.

    Parameters
    ----------
    file : binary file
        Open for writing, and seekable.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._beginning = bytearray()
        self.size = 0

    def write(self, piece: bytes, /) -> None:
        """Take the next bytes."""
        if len(self._beginning) < _BEGINNING:
            self._beginning += piece[: _BEGINNING - len(self._beginning)]
        self._file.write(piece)
        self.size += len(piece)

    def beginning(self) -> bytes:
        """What the file begins with."""
        return bytes(self._beginning)

    def restart(self) -> None:
        """Begin anew, for another reply."""
        self._file.seek(0)
        self._file.truncate()
        self._beginning.clear()
        self.size = 0
