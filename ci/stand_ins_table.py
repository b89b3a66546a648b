"""Keep the table of stand-ins in docs/stand-ins.md as the data have it.

``python -m ci.stand_ins_table`` writes it, with ``--check`` it tells whether that would change anything.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ci.tables import keep
from xee_lite.emulator.catalogue.standin.schema import Dataset, dataset, dataset_ids

PAGE = Path(__file__).parents[1] / "docs" / "stand-ins.md"
_HEAD = "| Asset | Images | From | To | Bands | Types | Grid | Inferred |\n|---|---|---|---|---|---|---|---|\n"
_TILINGS = {
    "image": "one image",
    "table": "table",
    "sentinel1": "slices of 25 s",
    "sentinel2": "tiles, 5 days",
    "landsat": "scenes, 16 days",
    "naip": "quarter quads, 3 years",
    "degrees": "tiles of 1°",
    "utm": "tiles, every year",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def table() -> str:
    """The table, in Markdown."""
    return _HEAD + "".join(_row(dataset(asset_id)) for asset_id in sorted(dataset_ids()))


def _row(found: Dataset) -> str:
    number, unit = found.cadence
    every = f"every {unit}" if number == 1 else f"every {number} {unit}s"
    images = _TILINGS.get(found.tiling, f"{every}{', anew each January' if found.yearly else ''}")
    if len(found.members) > 1:
        images += f", {len(found.members)} series"
    types = sorted({band.type.dtype.str.lstrip("|<") for band in found.bands})
    inferred = sum(band.inferred for band in found.bands)
    cells = [
        f"`{found.id}`",
        images,
        _day(found.start),
        _day(found.end),
        str(len(found.bands) or "-"),
        ", ".join(types) or "-",
        _grids(found),
        "" if not inferred else "types" if inferred == len(found.bands) else f"{inferred} types",
    ]
    return f"| {' | '.join(cells)} |\n"


def _grids(found: Dataset) -> str:
    if found.tiling == "degrees":
        return "EPSG:4326, 1″"
    out = []
    for name, grid in found.grids.items():
        if not grid.crs:
            out.append("sheared" if name == "angle" else f"{grid.pixel:g} m")
            continue
        unit = "°" if grid.crs == "EPSG:4326" else " m"
        width, height = grid.dimensions
        out.append(
            f"{grid.crs}, {grid.transform[0]:.6g}{unit}, {width} x {height}{' (inferred)' if grid.inferred else ''}"
        )
    local = [one for one in out if ":" not in one]
    return "; ".join(one for one in out if ":" in one) if not local else f"UTM, {', '.join(local)}"


def _day(time: float) -> str:
    return f"{_EPOCH + timedelta(milliseconds=time):%Y-%m-%d}"


if __name__ == "__main__":
    keep(PAGE, table())
