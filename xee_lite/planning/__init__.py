"""Planning, which is pure: from shapes, types, limits and the words of the user to requests, types and grids."""
