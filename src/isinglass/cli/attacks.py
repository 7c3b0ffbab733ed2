"""What `isinglass attack` shows, and what it says with `--json`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from isinglass.cli.output import Output
from isinglass.cli.tables import number, rows_table

if TYPE_CHECKING:
    from isinglass.model import Model
    from isinglass.model.attacks import AttackedSample, Flip
    from isinglass.model.counterfactuals import Moved


def show_flip(model: Model, found: Flip, output: Output) -> dict[str, Any]:
    """The attack on one sample."""
    answers = [_answer(model, part) for part in (found.before, found.after)]
    output.show(f"sample {found.asked.number}{_about(found)}")
    output.show(f"  as it is   {_words(*answers[0])}", f"  changed    {_words(*answers[1])}")
    output.show("", _sentence(found), "")
    if not model.schema.columns:
        return {"attack": _document(model, found, answers)}
    rows = _changes(model, found)
    output.show(rows_table(["column", "is", "becomes", "unit"], rows), "")
    changes = [{"column": name, "is": start, "becomes": end, "unit": unit} for name, start, end, unit in rows]
    return {"attack": _document(model, found, answers) | {"changes": changes}}


def write_picture(model: Model, found: Flip, path: Path, output: Output) -> str:
    """Image, change and changed image with their answers."""
    from isinglass.data.images.schema import DEPTHS
    from isinglass.figures.attack import attack_picture, save_picture

    before, after = (f"{name}: {100 * p:.0f} %" for name, p in (_answer(model, q) for q in (found.before, found.after)))
    image = found.asked.inputs[0].astype(np.float64)
    highest = DEPTHS.get(str(found.asked.inputs.dtype), float(max(image.max(), 1e-12)))
    size = f"{found.method}: no pixel changes by more than {100 * found.size:.2g} % of the range"
    figure = attack_picture(image, found.changed[0], answers=(before, after), size=size, highest=highest)
    save_picture(figure, path)
    output.say(f"picture  {path}")
    return str(path)


def show_moves(model: Model, asked: AttackedSample, output: Output) -> dict[str, Any]:
    """How far each column must move."""
    from isinglass.model.counterfactuals import moved_columns, said

    own = said(model, asked.team.predict(asked.inputs))
    found = moved_columns(model, asked)
    goal = "another class" if model.schema.classes else "its own sigma away"
    output.show(
        f"row {asked.number}: {own}", f"Each column by itself, the others as they are, until the answer is {goal}:"
    )
    rows = [_move_row(one) for one in found]
    output.show("", rows_table(["column", "is", "becomes", "change", "in sigmas", "then", "outside"], rows), "")
    return {"answer": own, "moves": [_move_document(one) for one in found]}


def show_curves(model: Model, seed: int, output: Output) -> dict[str, Any]:
    """Accuracy along the strength of changes."""
    from isinglass.model.attacks import curves_of

    clean, count, found = curves_of(model, seed=seed)
    output.show(f"Accuracy on {count} unseen samples: {100 * clean:.1f} %. With changes, from weak to strong:")
    rows = [
        (curve.name, *(f"{100 * a:.1f} % at {s:.3g}" for s, a in zip(curve.strengths, curve.accuracy, strict=True)))
        for curve in found
    ]
    output.show("", rows_table(["change", "", "", "", "", ""], rows))
    units = {f"{curve.name} in {curve.unit}".replace("in of the", "as part of the") for curve in found}
    output.show("", f"Strengths: {', '.join(sorted(units))}.", "")
    curves = [{"name": c.name, "unit": c.unit, "strengths": c.strengths, "accuracy": c.accuracy} for c in found]
    return {"accuracy": clean, "samples": count, "curves": curves}


def _document(model: Model, found: Flip, answers: list[tuple[str, float]]) -> dict[str, Any]:
    (before, p), (after, q) = answers
    return {
        "method": found.method,
        "flipped": found.flipped,
        "size": found.size,
        "unit": found.unit,
        "before": {"answer": before, "probability": p},
        "after": {"answer": after, "probability": q},
        "probabilities_before": dict(zip(model.schema.classes, found.before.tolist(), strict=True)),
        "probabilities_after": dict(zip(model.schema.classes, found.after.tolist(), strict=True)),
        "flipped_after_rounding": found.rounded,
        "flipped_by_chance": found.by_chance,
    }


def _answer(model: Model, probabilities: np.ndarray) -> tuple[str, float]:
    best = int(probabilities.argmax())
    return model.schema.classes[best], float(probabilities[best])


def _words(name: str, probability: float) -> str:
    return f"{name}  {100 * probability:.1f} %"


def _about(found: Flip) -> str:
    parts = [found.asked.name, f"it is {found.asked.truth}" if found.asked.truth else ""]
    return "".join(f", {part}" for part in parts if part)


def _sentence(found: Flip) -> str:
    images = found.rounded is not None
    what, unit = (
        ("pixel", f"{100 * found.size:.2g} % of the range")
        if images
        else ("number", f"{found.size:.2g} standard deviations")
    )
    if not found.flipped:
        return f"{found.method}: no flip found; no {what} was changed by more than {unit}."
    rounded = {
        None: "",
        True: " It outlasts rounding to the file's depth.",
        False: " Rounded to the file's depth it is lost.",
    }
    return (
        f"{found.method}: flipped, and no {what} changes by more than {unit}.{rounded[found.rounded]} "
        f"Random changes of that size flip {100 * found.by_chance:.0f} % of the time."
    )


def _changes(model: Model, found: Flip) -> list[tuple[str, float, float, str]]:
    units = {column.name: column.unit for column in model.schema.columns}
    pairs = zip(model.schema.features, found.asked.inputs[0], found.changed[0], strict=True)
    return [
        (f.column, float(a) + f.origin, float(b) + f.origin, units[f.column])
        for f, a, b in pairs
        if f.kind == "numeric"
    ]


def _move_row(one: Moved) -> tuple[str, ...]:
    unit = f" {one.column.unit}" if one.column.unit else ""
    if one.value is None:
        return (one.column.name, _value(one.start, unit), "-", "-", "-", "no value within reach", "")
    words = (one.column.name, _value(one.start, unit), _value(one.value, unit))
    if isinstance(one.value, str) or isinstance(one.start, str):
        return (*words, "-", "-", one.answer, "yes" if one.outside else "")
    change = one.value - one.start
    return (*words, f"{change:+.3g}{unit}", f"{one.sigmas:+.2f}", one.answer, "yes" if one.outside else "")


def _value(value: float | str, unit: str) -> str:
    return value if isinstance(value, str) else f"{number(value)}{unit}"


def _move_document(one: Moved) -> dict[str, Any]:
    return {
        "column": one.column.name,
        "unit": one.column.unit,
        "is": one.start,
        "becomes": one.value,
        "sigmas": one.sigmas,
        "answer": one.answer or None,
        "outside": one.outside,
    }
