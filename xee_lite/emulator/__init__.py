"""A local Earth Engine over real HTTP on loopback.

The unmodified official client talks to it::

    from xee_lite import emulator

    with emulator.start(data="folder-of-rasters") as earth:
        earth.initialize()

It serves stand-ins for widely used datasets (their schema is real, their pixels are analytic fields), a folder of
GeoTIFFs, and arrays in memory.
"""

import sys

try:
    from .catalogue.memory import MemoryCollection, memory_collection, memory_image
    from .faults.kinds import Fault
    from .faults.plan import Burst, Faults, Latency, Quota
    from .faults.spelling import parse_faults
    from .imageserver.options import ImageServerOptions
    from .server import Emulator, start
    from .service.log import Request, RequestLog
except ModuleNotFoundError as error:
    if error.name is None or error.name.startswith("xee_lite"):
        raise
    message = f"The emulator needs {error.name}, which is not installed: pip install 'xee_lite[emulator]'."
    if sys.argv[:1] == ["-m"]:  # while "python -m xee_lite.emulator" imports the package
        sys.exit(message)
    raise ModuleNotFoundError(message, name=error.name) from error

__all__ = [
    "Burst",
    "Emulator",
    "Fault",
    "Faults",
    "ImageServerOptions",
    "Latency",
    "MemoryCollection",
    "Quota",
    "Request",
    "RequestLog",
    "memory_collection",
    "memory_image",
    "parse_faults",
    "start",
]
