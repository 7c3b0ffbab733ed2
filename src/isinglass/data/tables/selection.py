"""Which column of a table is a target, a feature, a coordinate or a weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isinglass.data.tables.columns import Header, find_header, read_headers
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind

Given = str | tuple[str | float, ...] | Mapping[str, tuple[str | float, ...]]
"""What a recipe says of cells that mean 'no value': 'auto', a list for all columns, or lists by column."""

COORDINATES = ("group", "time", "latitude", "longitude")


@dataclass(frozen=True)
class Selection:
    """The headers in their parts; `chosen` are the features that the recipe names itself.

    `given` is what the recipe says of missing values, `markers` what was found, by header, `lost` how many cells of a
    column hold a text that is read as missing though nobody said so. `censored` are the headers of columns with limits.
    """

    targets: tuple[Header, ...]
    features: tuple[Header, ...]
    chosen: frozenset[str]
    coords: dict[str, Header]
    weight: Header | None
    kinds: dict[str, Kind]
    units: dict[str, str]
    notes: tuple[str, ...]
    order: str = ""
    """Of day and month in dates, as the recipe says."""
    given: Given = "auto"
    markers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    censored: frozenset[str] = frozenset()


def select(columns: Sequence[str], recipe: DataRecipe, *, where: str) -> Selection:
    """Match the recipe's names with the table's columns.

    Coordinates (group, time, latitude, longitude) and the weight are features only where the recipe names them as
    such.

    Raises:
        DataError: a name is not in the table (the nearest is suggested), or a column has two parts to play.
    """
    headers = read_headers(columns)

    def find(name: str, purpose: str) -> Header:
        return find_header(name, headers, where=where, purpose=purpose)

    if not recipe.target:
        raise DataError("no target: what shall be predicted?", where=where, allowed=[h.name for h in headers])
    targets = tuple(find(name, "target") for name in recipe.target)
    coords = {role: find(getattr(recipe, role), role) for role in COORDINATES if getattr(recipe, role)}
    weight = find(recipe.weight, "weight") if recipe.weight else None
    dropped = {find(name, "column to drop") for name in recipe.drop}
    chosen = tuple(find(name, "feature") for name in recipe.features)
    _require_apart(targets, chosen, coords | ({"weight": weight} if weight else {}), where)
    _require_kept(chosen, dropped, where)
    aside = {*targets, *coords.values(), *dropped, *([weight] if weight else [])}
    features = tuple(dict.fromkeys(chosen)) or tuple(header for header in headers if header not in aside)
    return Selection(
        targets=targets,
        features=features,
        chosen=frozenset(header.name for header in chosen),
        coords=coords,
        weight=weight,
        kinds={find(name, "column").name: kind for name, kind in recipe.kinds.items()},
        units={find(name, "column").name: unit for name, unit in recipe.units.items()},
        notes=_notes(coords, features),
        order=order_of(recipe),
        censored=frozenset(find(name, "column").text for name in recipe.censored),
        given=recipe.missing
        if not isinstance(recipe.missing, Mapping)
        else {find(name, "column").name: marks for name, marks in recipe.missing.items()},
    )


def order_of(recipe: DataRecipe) -> str:
    """The recipe's order of day, month and year; nothing where the cells decide."""
    return "" if recipe.dates == "auto" else recipe.dates


def _require_apart(
    targets: tuple[Header, ...], chosen: tuple[Header, ...], others: dict[str, Header], where: str
) -> None:
    repeated = [target.name for target in targets if targets.count(target) > 1]
    if repeated:
        raise DataError(f"target '{repeated[0]}' is named twice", where=where)
    for target in targets:
        if target in chosen:
            raise DataError(
                f"'{target.name}' is a target and a feature",
                where=where,
                instead="take it out of the features: a target that is seen need not be predicted.",
            )
        for role in (role for role, header in others.items() if header == target):
            raise DataError(
                f"'{target.name}' is a target and a coordinate or weight",
                where=where,
                given=f"--{role} {target.name}",
                instead=f"another column for --{role}, or none.",
            )


def _require_kept(chosen: tuple[Header, ...], dropped: set[Header], where: str) -> None:
    for header in chosen:
        if header in dropped:
            raise DataError(
                f"'{header.name}' is a feature and to be dropped",
                where=where,
                given=f"--features {header.name} --drop {header.name}",
                instead="one of the two.",
            )


def _notes(coords: dict[str, Header], features: tuple[Header, ...]) -> tuple[str, ...]:
    places = [header.name for role, header in coords.items() if role != "group" and header not in features]
    if not places:
        return ()
    names = ", ".join(dict.fromkeys(places))
    return (f"{names}: used as coordinates, not as features (name them under features for both).",)
