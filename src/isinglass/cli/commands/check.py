"""`isinglass check`: data and recipe looked at, nothing fitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.cli.flags import Study, takes
from isinglass.cli.output import Output
from isinglass.remarks import Topic, topic_of
from isinglass.spec import Kind

if TYPE_CHECKING:
    from isinglass.evaluation.report import ColumnSummary, SplitPart

MANY = 6
"""Categories that are listed before the rest is only counted."""
WHOLE = 1e7
"""Whole numbers below are written with all of their digits."""

QUESTIONS: dict[Topic, str] = {
    "extremes": "values far from all others",
    "identifier": "identifiers",
    "precision": "values too close to each other",
    "leak": "an input that looks like the target",
    "overlap": "rows or groups in both parts",
    "forecast": "forecasting",
}
"""What notes may ask the user to decide, in words."""


@takes(flags=Study, output=Output)
def check(
    data: Annotated[str, typer.Argument(metavar="DATA|RECIPE.toml", help="A table, a catalogue name or a recipe.")],
    *,
    flags: Study,
    output: Output,
) -> None:
    """Look at data and recipe; nothing is fitted."""
    from isinglass.cli.downloads import ensure
    from isinglass.cli.recipes import recipe_from
    from isinglass.cli.tables import rows_table
    from isinglass.kinds import kind_of
    from isinglass.workbench import check_study

    recipe = recipe_from(data, flags)
    ensure(recipe.data.source, output)
    found = check_study(recipe)
    headings = ["column", "role", "kind", "unit", "missing", "smallest", "values", "largest"]
    what = kind_of(found.recipe.data).samples
    output.say(f"{found.data.name}: {found.data.rows} {what}", "")
    output.say_whole(rows_table(headings, [_row(column) for column in found.data.columns]))
    output.say("")
    output.say(f"Splits: {found.splits.kind}, {found.splits.scheme}", *_parts(found.splits))
    for note in (*found.data.notes, *found.splits.notes):
        output.note(note)
    output.say("", _conclusion(found))
    output.result(_document(found))


def _conclusion(found: Any) -> str:
    """Whether the scores of a fit as asked would mean what they seem to."""
    if found.doubts:
        from isinglass.data.leaks.words import brief_words

        return f"A fit would run, but its scores would flatter: {brief_words(found.doubts)}."
    look = _worth_a_look(found.data.notes + found.splits.notes)
    if not look:
        return f"A fit would run. {found.hindrance}" if found.hindrance else "Nothing speaks against a fit."
    return f"A fit would run. {found.hindrance} {look}" if found.hindrance else f"A fit would run. {look}"


def _worth_a_look(notes: tuple[str, ...]) -> str:
    """Of what the notes ask a decision before a fit: impossible values, names among the inputs, leaks."""
    asked = set(map(topic_of, notes))
    about = [words for topic, words in QUESTIONS.items() if topic in asked]
    if not about:
        return ""
    return f"Before it, look at what the notes say of {', '.join(about[:-1])}{' and ' * (len(about) > 1)}{about[-1]}."


def _row(column: ColumnSummary) -> list[object]:
    ends = (_ended(column, column.smallest), _ended(column, column.largest))
    return [column.name, column.role, column.kind.value, column.unit, column.missing, ends[0], _values(column), ends[1]]


def _ended(column: ColumnSummary, value: float | None) -> str:
    """The smallest or the largest value."""
    return "" if value is None or column.categories else _shown(column)(value)


def _shown(column: ColumnSummary) -> Callable[[float], str]:
    from isinglass.cli.tables import number
    from isinglass.export.numbers import far_places, percentile

    if column.kind is Kind.DATETIME:
        return partial(percentile, column)
    if column.kind is Kind.COUNT and (column.largest is None or column.largest < WHOLE):
        return _counted
    places = far_places(column)
    return number if places is None else lambda value: f"{value:.{places}f}"


def _counted(value: float) -> str:
    """A whole number as such: the year 2007, not 2007.00."""
    from isinglass.cli.tables import number

    return f"{value:.0f}" if value == round(value) or abs(value) >= 1000 else number(value)


def _values(column: ColumnSummary) -> str:
    """The 5th, 50th and 95th percentile, or the categories."""
    if column.categories:
        more = len(column.categories) - MANY + max(0, column.others - 1)  # those counted together are one of them
        return ", ".join(column.categories[:MANY]) + (f" and {more} more" if more > 0 else "")
    if column.low is None or column.middle is None or column.high is None:
        return ""
    return " .. ".join(map(_shown(column), (column.low, column.middle, column.high)))


def _parts(splits: SplitPart) -> list[str]:
    """Rows of each fold by their role."""
    from isinglass.spec import Role

    lines = []
    for fold, roles in enumerate(splits.role.tolist(), start=1):
        counts = Counter(roles)
        unused = f", {counts[Role.UNUSED]} unused" if counts[Role.UNUSED] else ""
        lines.append(f"  fold {fold}: {counts[Role.TRAIN]} train, {counts[Role.TEST]} test{unused}")
    return lines


def _document(found: Any) -> dict[str, Any]:
    from isinglass.spec import Role

    folds = [Counter(roles) for roles in found.splits.role.tolist()]
    return {
        "data": {"name": found.data.name, "rows": found.data.rows, "sha256": found.data.fingerprint},
        "columns": [
            {
                key: getattr(c, key)
                for key in ("name", "role", "kind", "unit", "missing", "categories", "smallest", "largest")
            }
            for c in found.data.columns
        ],
        "splits": {
            "kind": found.splits.kind,
            "scheme": found.splits.scheme,
            "folds": [
                {role.name.lower(): count[role] for role in (Role.TRAIN, Role.TEST, Role.UNUSED)} for count in folds
            ],
        },
        "notes": [*found.data.notes, *found.splits.notes],
        "doubts": [{"near": d.near, "columns": list(d.names), "write": dict(d.cure)} for d in found.doubts],
    }
