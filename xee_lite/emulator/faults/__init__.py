"""Injected faults: errors, delays and broken connections, drawn from a seed or requested one by one."""
