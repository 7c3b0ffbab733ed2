"""Names that a reader can find again: of modules where they have some, else of operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from isinglass.explanation.trace.passes.recording import Record

LETTERS = "qrstuvw"
"""What results between are called in small functions, as in the lectures: f = q * z with q = x + y."""


def names_of(records: Sequence[Record], places: Sequence[int]) -> dict[int, str]:
    """A name, each only once, for every record of a pass."""
    if all(not records[place].calls for place in places) and _is_small(records, places):
        wanted = _lettered(records, places)
    else:
        wanted = _by_module(records, places)
    total = Counter(wanted.values())
    used: Counter[str] = Counter()
    names: dict[int, str] = {}
    for place in places:
        name = wanted[place]
        used[name] += 1
        names[place] = f"{name}:{used[name]}" if total[name] > 1 else name
    return names


def _is_small(records: Sequence[Record], places: Sequence[int]) -> bool:
    return sum(records[place].kind == "operation" for place in places) <= len(LETTERS) + 1


def _lettered(records: Sequence[Record], places: Sequence[int]) -> dict[int, str]:
    given = {records[place].name for place in places}
    free = iter(letter for letter in LETTERS if letter not in given)
    names: dict[int, str] = {}
    for place in places[:-1]:
        record = records[place]
        own = record.name or (next(free, record.operation) if record.kind == "operation" else record.kind)
        names[place] = own
    return names | {places[-1]: records[places[-1]].name or ("f" if "f" not in given else "result")}


def _by_module(records: Sequence[Record], places: Sequence[int]) -> dict[int, str]:
    """The module's name where an operation is alone in its call, `module.operation` elsewhere."""
    inside = Counter(records[place].calls[-1].number for place in places if records[place].calls)
    names: dict[int, str] = {}
    for place in places:
        record = records[place]
        call = record.calls[-1] if record.calls else None
        made = record.operation.removesuffix("_")
        alone = call is not None and inside[call.number] == 1
        names[place] = record.name or (call.name if call and alone else f"{call.name}.{made}" if call else made)
    return names
