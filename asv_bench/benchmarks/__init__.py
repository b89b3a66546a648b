"""Benchmarks of xee_lite, for asv; ``report.py`` beside this package runs them without it.

With ``XEE_LITE_BENCH=small`` in the environment everything is tiny: so the test suite runs each benchmark once, and
they can not rot.
"""
