"""The service face: HTTP, REST shapes, limits, and pixels as bytes."""
