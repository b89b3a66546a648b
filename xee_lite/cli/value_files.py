"""Values at points or of polygons as a file, a table or a dataset, and the option that names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .output import print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

_TABLES, _DATASETS = (".csv", ".parquet"), (".nc", ".zarr")


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--out``, a file whose suffix says the format; the command gets ``out``."""
    text = "File whose suffix says the format: .csv, .parquet, .nc or .zarr. By default CSV goes to standard output."
    path = click.Path(path_type=Path)
    return click.option("--out", "-o", type=path, metavar="FILE", callback=_check, help=text)(command)


def _check(_: click.Context, __: click.Parameter, out: Path | None) -> Path | None:
    if out is not None and out.suffix.lower() not in (*_TABLES, *_DATASETS):
        raise click.BadParameter(
            f"{str(out)!r} ends in {out.suffix!r}, which says no format: pass a name that ends in .csv, .parquet, .nc "
            "or .zarr."
        )
    if out is not None and out.suffix.lower() == ".zarr" and out.exists():
        raise click.BadParameter(f"{str(out)!r} exists already: pass another path, or remove it.")
    return out


def write_values(values: xr.Dataset, out: Path | None, *, as_json: bool) -> None:
    """Write values, or print them where there is no file.

    Parameters
    ----------
    values : xarray.Dataset
        In memory; a table has a row for each point or feature, and time.
    out : path, optional
        None for standard output.
    as_json : bool
        Whether to print a JSON object: what was written, or the rows.
    """
    if out is None:
        table = _table(values)
        if as_json:
            print_json({"rows": table.to_dict("records")})
        else:
            click.echo(table.to_csv(index=False), nl=False)
        return
    suffix = out.suffix.lower()
    if suffix == ".csv":
        _table(values).to_csv(out, index=False)
    elif suffix == ".parquet":
        _table(values).to_parquet(out, index=False)
    elif suffix == ".nc":
        values.to_netcdf(out, engine="h5netcdf")
    else:
        values.to_zarr(out, mode="w-", consolidated=False)
    sizes = {str(name): size for name, size in values.sizes.items()}
    if as_json:
        print_json({"path": str(out), "sizes": sizes, "variables": list(map(str, values.data_vars))})
    else:
        click.echo(f"{out}: {', '.join(map(str, values.data_vars))}; {', '.join(f'{n} {s}' for n, s in sizes.items())}")


def _table(values: xr.Dataset) -> Any:  # noqa: ANN401 - a DataFrame, for which there are no types
    """A row for each combination of the dimensions, without the grid mapping."""
    mappings = [name for name, coordinate in values.coords.items() if "grid_mapping_name" in coordinate.attrs]
    order = sorted(map(str, values.dims), key=lambda dim: dim not in ("point", "feature"))
    return values.drop_vars(mappings).to_dataframe(dim_order=order).reset_index()
