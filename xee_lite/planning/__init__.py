"""Pure planning: from shapes, types and limits to requests."""
