"""A kit for tests: readers whose every pixel says where it comes from, and wrappers that watch a reader."""

from __future__ import annotations

from .readers import CodedReader, CountingReader

__all__ = ["CodedReader", "CountingReader"]
