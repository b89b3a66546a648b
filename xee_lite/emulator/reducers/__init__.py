"""Reducers: how many values become one, for columns of values and for stacks of pixels."""
