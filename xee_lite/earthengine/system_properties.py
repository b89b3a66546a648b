"""The names of the properties that Earth Engine itself gives to images ("system:..." in its guide on metadata)."""

SYSTEM = "system:"
"""What the names of all of them begin with."""

INDEX = "system:index"
"""The id of an image within its collection."""

TIME_START = "system:time_start"
TIME_END = "system:time_end"
"""Milliseconds since 1970, UTC."""

FOOTPRINT = "system:footprint"
"""Where the image has pixels, as a geometry."""

VERSION = "system:version"
"""The "version number (ingestion timestamp as microseconds since Unix epoch)" that stored images have: the guide to
image information (google/earthengine-community, samples/python/guides/images01.py)."""
