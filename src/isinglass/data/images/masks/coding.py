"""What the values of masks mean, decided from all masks of a set together; and masks as classes by that decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from isinglass.data.images.files.faults import BadImageError
from isinglass.data.images.masks.census import Tally, merged
from isinglass.data.images.masks.doubts import require_plain
from isinglass.data.images.masks.files import VOID, Stored
from isinglass.data.images.masks.forms import CLEAR, as_pixels, common_form, in_form, name_of
from isinglass.data.images.masks.names import ClassNames
from isinglass.data.images.masks.void import find_void, percent
from isinglass.data.images.schema import Coding, Form
from isinglass.errors import DataError

MOST = 254
SHOWN = 12
SEVERAL = 4
"""Masks from which on it is told that a class is in one of them only."""


class StrangeValueError(DataError):
    """New masks hold values that a model has not learnt."""


@dataclass(frozen=True)
class Wish:
    """What the recipe says of masks: `data.void` and `data.mask_levels`; and what a model has learnt, if it is asked.

    where: the folder of masks, for messages.
    """

    void: int | Literal["auto", "none"] = "auto"
    levels: tuple[int, ...] | Literal["auto", "nearest"] = "auto"
    where: str = "masks"
    known: Coding | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A coding, the names of its classes, and what a user should know of it."""

    coding: Coding
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def decide(tallies: Sequence[Tally], names: ClassNames, wish: Wish) -> Decided:
    """What the values of these masks mean.

    Raises:
        DataError: values that are no plain classes, a value of which two readings fit, one class alone, more classes
            than 254 or than there are names, or (for a model) values that it has not learnt.
    """
    if wish.known is not None:
        return _as_learnt(tallies, wish)
    form: Form = "rgb" if _named_by_colour(tallies, names) else common_form(tallies)
    found = _counted(tallies, form)
    if names.colours is not None and form in ("rgb", "rgba"):
        return _by_colour(found, names, wish, form)
    if wish.levels == "nearest":
        raise DataError(
            "no colours to be nearest to",
            where="data.mask_levels",
            instead="a file classes.txt with 'name r g b' a line, or the values of the classes.",
        )
    if wish.levels != "auto":
        return _by_level(found, names, wish, form)
    require_plain(found, form, named=_names_fit(names, found), where=wish.where)
    void, notes = find_void(found, tallies, form, wish.void, where=wish.where)
    codes = [int(code) for code in found.values if code >= 0 and code != void]
    _require_classes(codes, form, void, wish)
    labels, numbers, said = _labelled(codes, names, form, wish.where)
    told = (
        *notes,
        *_hidden(found),
        *_seldom(found, numbers, form, len(tallies)),
        *said,
        *_plain_words(numbers, labels, void, form),
    )
    return Decided(Coding(numbers, void, form), labels, told)


def classes_of_mask(mask: Stored, coding: Coding) -> np.ndarray:
    """uint8 [height, width]: the place of each pixel's class, 255 where nothing counts. Raises BadImageError."""
    if mask.kind == "bits" and _bits_are_white(coding):
        mask = replace(mask, values=mask.values * 255)
    values = in_form(mask.values, mask, coding.form)
    found, place = np.unique(values, return_inverse=True)
    return _places(found, coding)[place].reshape(values.shape)


def written(classes: np.ndarray, coding: Coding) -> np.ndarray:
    """Classes uint8 [height, width] as an image of their codes; what is nothing (255) is the value that does not count,
    or one of no class."""
    codes = np.zeros(VOID + 1, np.int64)
    codes[: len(coding.codes)] = coding.codes
    codes[VOID] = nothing(coding)
    return as_pixels(codes[classes], coding.form)


def nothing(coding: Coding) -> int:
    """The value that `written` gives to pixels of which nothing is known."""
    if coding.void >= 0:
        return coding.void
    return CLEAR if coding.form == "rgba" else next(v for v in range(VOID, -1, -1) if v not in coding.codes)


def _places(values: np.ndarray, coding: Coding) -> np.ndarray:
    codes = np.array(coding.codes, np.int64)
    order = np.argsort(codes)
    near = order[np.clip(np.searchsorted(codes[order], values), 0, len(codes) - 1)]
    made = np.where(codes[near] == values, near, VOID)
    void = (values == coding.void) | (values < 0)
    strange = (made == VOID) & ~void
    if coding.nearest and strange.any():
        made[strange] = _nearest(values[strange], codes, coding.form)
    elif strange.any() and not coding.stray:
        raise BadImageError(f"the value {name_of(int(values[strange][0]), coding.form)}, which is no class")
    return np.where(void, VOID, made).astype(np.uint8)


def _nearest(values: np.ndarray, codes: np.ndarray, form: Form) -> np.ndarray:
    """The place of the nearest code, by grey value or by the squares of red, green and blue."""
    if form not in ("rgb", "rgba"):
        return np.abs(values[:, None] - codes).argmin(axis=1)
    shift = np.array([16, 8, 0])
    mine, theirs = (numbers[:, None] >> shift & 255 for numbers in (values, codes))
    return np.array([((one - theirs) ** 2).sum(axis=1).argmin() for one in mine])


def _bits_are_white(coding: Coding) -> bool:
    return coding.form != "alpha" and VOID in coding.codes and 1 not in coding.codes


def _counted(tallies: Sequence[Tally], form: Form) -> Tally:
    """All masks in one form; white of one bit is 255 where other masks have that and no 1."""
    whole = merged([one.renamed(in_form(one.values, one, form)) for one in tallies if one.kind != "bits"] or tallies)
    bits = [one for one in tallies if one.kind == "bits"]
    if not bits or len(bits) == len(tallies):
        return whole
    white = 255 if 255 in whole.values and 1 not in whole.values else 1
    return merged([whole, *(one.renamed(in_form(one.values * white, one, form)) for one in bits)])


def _named_by_colour(tallies: Sequence[Tally], names: ClassNames) -> bool:
    """Whether the colours of palettes are those of the file of names, in whatever order."""
    if names.colours is None or any(one.kind != "palette" for one in tallies):
        return False
    known = set((names.colours @ [65536, 256, 1]).tolist())
    used = {c for one in tallies for c in in_form(one.values[one.values != VOID], one, "rgb").tolist()}
    return used <= known


def _by_colour(found: Tally, names: ClassNames, wish: Wish, form: Form) -> Decided:
    assert names.colours is not None
    codes = tuple((names.colours @ [65536, 256, 1]).tolist())
    nearest = wish.levels == "nearest"
    coding = Coding(codes, -1, form, nearest=nearest, stray=not nearest)
    known = np.isin(found.values, codes)
    if not known.any() and not nearest:
        shown = ", ".join(name_of(int(value), form) for value in found.values[:SHOWN])
        raise DataError("no colour of the masks has a name", where=wish.where, given=shown, allowed=names.names)
    share = percent(found.pixels[~known].sum(), found)
    stray = [name_of(int(value), form) for value in found.values[~known][:SHOWN]]
    does = "take the nearest colour with one" if nearest else "do not count"
    notes = [f"masks: {share} of the pixels have colours without a name ({', '.join(stray)}) and {does}."]
    return Decided(coding, names.names, tuple(notes) if stray else ())


def _by_level(found: Tally, names: ClassNames, wish: Wish, form: Form) -> Decided:
    assert not isinstance(wish.levels, str)
    levels = tuple(sorted(set(wish.levels)))
    if form in ("rgb", "rgba"):
        raise DataError("levels are of grey masks; these have colours", where="data.mask_levels", given=list(levels))
    if len(levels) < 2:
        raise DataError("two levels or more are classes", where="data.mask_levels", given=list(levels))
    void = wish.void if isinstance(wish.void, int) and wish.void not in levels else -1
    labels, numbers, notes = _labelled(list(levels), names, form, wish.where)
    moved = found.pixels[(found.values >= 0) & ~np.isin(found.values, (*levels, void))].sum()
    shown = ", ".join(map(str, levels))
    notes += [f"masks: {percent(moved, found)} of the pixels took the nearest of the values {shown}."] if moved else []
    return Decided(Coding(numbers, void, form, nearest=True), labels, (*notes, *_hidden(found)))


def _as_learnt(tallies: Sequence[Tally], wish: Wish) -> Decided:
    """By the coding of a model: what it has not learnt is an error that names it."""
    coding = wish.known
    assert coding is not None
    found = _counted([one for one in tallies if _has_form(one, coding.form)] or list(tallies), coding.form)
    strange = found.values[(found.values >= 0) & (found.values != coding.void) & ~np.isin(found.values, coding.codes)]
    if len(strange) and not coding.nearest and not coding.stray:
        shown = ", ".join(name_of(int(value), coding.form) for value in strange[:SHOWN])
        count = int(np.isin(found.values, strange).dot(found.pixels))
        codes = [name_of(code, coding.form) for code in coding.codes]
        raise StrangeValueError(
            "the masks hold values that the model has not learnt",
            where=wish.where,
            given=f"{shown} in {percent(count, found)} of the pixels",
            allowed=codes if coding.void < 0 else [*codes, f"{coding.void} for what does not count"],
        )
    return Decided(coding, wish.classes)


def _has_form(one: Tally, form: Form) -> bool:
    try:
        in_form(one.values, one, form)
    except BadImageError:
        return False
    return True


def _require_classes(codes: Sequence[int], form: Form, void: int, wish: Wish) -> None:
    if len(codes) > MOST:
        raise DataError(f"{len(codes)} classes of masks", where=wish.where, allowed=f"up to {MOST}")
    if len(codes) > 1:
        return
    if not codes:
        raise DataError("the masks hold no class", where=wish.where)
    cure = f"`--set data.void=none` makes {void} a class." if void >= 0 else "masks in which something is marked."
    raise DataError(
        "the masks hold one class only: there is nothing to tell apart",
        where=wish.where,
        given=name_of(codes[0], form) + (f", and {void}, which does not count" if void >= 0 else ""),
        instead=cure,
    )


def _names_fit(names: ClassNames, found: Tally) -> bool:
    """Whether the file of names has one for every value but 255."""
    if names.codes:
        return bool(np.isin(found.values[found.values >= 0], [*names.codes, VOID]).all())
    return len(names.names) > int(found.values[found.values != VOID].max(initial=-1)) >= 0


def _labelled(
    codes: list[int], names: ClassNames, form: Form, where: str
) -> tuple[tuple[str, ...], tuple[int, ...], list[str]]:
    """Names and codes of the classes, those of the file of names where there is one."""
    plain = tuple(name_of(code, form) for code in codes)
    if not names.names or form in ("rgb", "rgba"):
        return plain, tuple(codes), []
    if names.codes:
        known = dict(zip(names.codes, names.names, strict=True))
        missing = [code for code in codes if code not in known]
        if missing:
            raise DataError(f"class {missing[0]} has no name", where=where, given=f"{len(known)} names")
        return tuple(known[code] for code in codes), tuple(codes), []
    if codes[-1] < len(names.names):
        return names.names, tuple(range(len(names.names))), []
    if len(codes) == len(names.names):
        pairs = ", ".join(f"{code} {name}" for code, name in zip(codes[:SHOWN], names.names, strict=False))
        return names.names, tuple(codes), [f"masks: the names are taken for the values in their order: {pairs}."]
    raise DataError(f"class {codes[-1]} has no name", where=where, given=f"{len(names.names)} names")


def _plain_words(codes: tuple[int, ...], labels: tuple[str, ...], void: int, form: Form) -> list[str]:
    """What is told of classes that are not 0, 1, 2 ..."""
    shown = ", ".join(labels[:SHOWN]) + " ..." * (len(labels) > SHOWN)
    if form in ("rgb", "rgba"):
        cure = "a file classes.txt with 'name r g b' a line beside the folders names them"
        return [f"masks: {len(codes)} colours are the classes: {shown}; {cure}."]
    if form == "alpha":
        return [f"masks: their opacity is the mask, of one colour alone: {shown} are the classes."]
    if codes == tuple(range(len(codes))) or labels != tuple(map(str, codes)):
        return []
    words = f"masks: the values {shown} are {len(codes)} classes, named so"
    if VOID in codes:
        return [f"{words}; `--set data.void=255` leaves the pixels of 255 out instead."]
    return [f"{words}, and written so by predict."]


def _seldom(found: Tally, codes: Sequence[int], form: Form, masks: int) -> list[str]:
    """A note on classes that one mask alone holds: they cannot be learnt and tested both."""
    if found.masks is None or masks < SEVERAL:
        return []
    once = [name_of(int(value), form) for value in found.values[found.masks == 1] if value in codes]
    shown = ", ".join(once[:SHOWN]) + " ..." * (len(once) > SHOWN)
    words = f"masks: {shown}: in one mask only, so not learnt and tested both"
    many = "; numbers of objects (instances) are no classes" if 2 * len(once) > len(codes) else ""
    return [f"{words}{many}."] if once else []


def _hidden(found: Tally) -> list[str]:
    """A note on pixels of which the files themselves say that nothing is known."""
    count = found.pixels[found.values < 0].sum()
    what = "hold no data (negative, not a number, or the file's own no-data value) and do not count"
    return [f"masks: {percent(count, found)} of the pixels {what}."] if count else []
