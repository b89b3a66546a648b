"""Faults on purpose: what a service does on a bad day, by seed and rate, or as told."""
