"""A local ArcGIS Image Server over the same catalogue, as its REST API is described and as clients report it."""
