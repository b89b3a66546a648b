"""A local Earth Engine over real HTTP on loopback.

The unmodified official client talks to it::

    from xee_lite import emulator

    with emulator.start(data="folder-of-rasters") as earth:
        earth.initialize()

It serves stand-ins for widely used datasets (their schema is real, their pixels are analytic fields), a folder of
GeoTIFFs, and arrays in memory.
"""

from .log import Request, RequestLog
from .memory import MemoryCollection, memory_collection, memory_image
from .server import Emulator, start

__all__ = [
    "Emulator",
    "MemoryCollection",
    "Request",
    "RequestLog",
    "memory_collection",
    "memory_image",
    "start",
]
