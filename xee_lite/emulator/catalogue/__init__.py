"""Stored assets: in memory, in a folder of GeoTIFFs, and stand-ins for public datasets."""
