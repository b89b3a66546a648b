"""A file that a reply is written to as it arrives: rasters may be larger than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

_BEGINNING = 2**16 + 1
"""Bytes that are kept too, to tell an error from a file: one more than an error has at most (`failures`)."""


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
        """The first bytes of the file."""
        return bytes(self._beginning)

    def restart(self) -> None:
        """Empty the file for another reply."""
        self._file.seek(0)
        self._file.truncate()
        self._beginning.clear()
        self.size = 0
