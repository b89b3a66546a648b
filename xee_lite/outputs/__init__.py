"""Ways out of a dataset: files and stores, points, polygons and pictures."""
