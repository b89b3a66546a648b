"""``python -m xee_lite.emulator``: the local Earth Engine as a server of its own."""

from __future__ import annotations

from .command import emulator

if __name__ == "__main__":
    emulator(prog_name="python -m xee_lite.emulator")
