"""Where pixels are: grids, their coordinates, regions, and every spelling of these."""
