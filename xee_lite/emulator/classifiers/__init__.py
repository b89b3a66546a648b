"""Classifiers: learning from tables of numbers, and how well what was learnt fits."""
