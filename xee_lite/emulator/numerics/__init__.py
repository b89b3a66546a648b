"""Numerical functions that neither NumPy nor the standard library has."""
