"""The index of a pandas table: levels that say when, where or which become columns, others are told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def with_index(data: Any, *, wanted: Collection[str] = ()) -> tuple[Any, tuple[str, ...]]:
    """A pandas table with its index among its columns, and notes; anything else as it is.

    All levels of an index of several (as xarray's `to_dataframe` makes it) become columns, and so does an index of
    times or one that is `wanted` by name. A counter of rows is none. A name that a column has already is that column.

    Args:
        data: any table.
        wanted: names that the study asks for.
    """
    index = getattr(data, "index", None)
    if index is None or not hasattr(data, "reset_index") or not hasattr(index, "names") or not hasattr(data, "columns"):
        return data, ()
    columns = {str(name) for name in data.columns}
    names = [_name(name, place, index) for place, name in enumerate(index.names)]
    taken = [place for place, name in enumerate(names) if name not in columns and _speaks(index, name, wanted)]
    if taken:
        levels = {names[place]: _values(index.get_level_values(place)) for place in taken}
        told = ", ".join(levels)
        note = f"the index is read as {'columns' if len(levels) > 1 else 'a column'}: {told}"
        return data.reset_index(drop=True).assign(**levels), (note,)
    if len(names) == 1 and names[0] not in columns and index.names[0] is not None:
        return data, (f"the index '{names[0]}' is not used: rows.reset_index() makes a column of it",)
    if len(names) == 1 and index.inferred_type in ("string", "mixed"):
        return data, ("the index of texts is not used: rows.reset_index() makes a column of it",)
    return data, ()


def _name(name: object, place: int, index: Any) -> str:
    if name is not None:
        return str(name)
    return f"level_{place}" if index.nlevels > 1 else "index"


def _speaks(index: Any, name: str, wanted: Collection[str]) -> bool:
    """Whether an index says more than the number of the row."""
    return index.nlevels > 1 or name in wanted or index.inferred_type in ("datetime64", "datetime", "date", "period")


def _values(level: Any) -> Any:
    """The values of a level; periods by their start."""
    return (level.to_timestamp() if hasattr(level, "to_timestamp") else level).to_numpy()
