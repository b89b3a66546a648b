"""Settings of the C library's allocator, so that freed memory is reused."""

from __future__ import annotations

LARGEST = 31 * 2**20
"""Bytes, a little less than the 32 MiB up to which glibc's threshold rises."""


def keep_freed_memory() -> None:
    """Let blocks of memory that are freed be used again, and not go back to the system.

    Arrays of some hundred kilobytes live for a millisecond here. By default glibc takes each from the system and gives
    it back, and the system's work on their pages costs as much as computing what is in them (measured: half of the time
    of a reply). The size from which on it does so rises to the largest such block that was freed (mallopt(3),
    M_MMAP_THRESHOLD); this frees one, no page of which was touched. With other C libraries nothing changes.
    """
    bytearray(LARGEST)
