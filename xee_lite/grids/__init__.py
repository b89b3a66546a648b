"""Where pixels are: grids, and whatever can be turned into one."""
