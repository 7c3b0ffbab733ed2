"""Which of the three a request means, and what it cannot have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from isinglass.cli.output import Output
from isinglass.cli.traces.options import Wanted
from isinglass.cli.traces.result import Found
from isinglass.errors import UsageError


def look_into(what: str, values: Sequence[str], wanted: Wanted, output: Output) -> Found:
    """Trace a formula, a file of weights (.toml, .json) or a model (.isinglass).

    Raises:
        UsageError: the request asks for what the thing does not have, such as a row of a formula.
        DataError: a file cannot be read, or has no such row.
    """
    from isinglass.cli.traces.formula import trace_formula
    from isinglass.cli.traces.model import trace_model
    from isinglass.cli.traces.network import trace_network

    ending = Path(what).suffix
    if ending == ".isinglass" or (ending not in (".toml", ".json") and Path(what).is_file()):
        _refuse_values(values, "a model has no variables: its rows give the numbers")
        return trace_model(what, wanted, output)
    for name in ("row", "data", "member"):
        if getattr(wanted, name) is not None:
            raise UsageError(
                f"--{name} is for a model's rows", given=what, instead="isinglass trace MODEL.isinglass ..."
            )
    if ending in (".toml", ".json"):
        _refuse_values(values, "the file's own 'inputs' give the numbers")
        return trace_network(what, wanted)
    return trace_formula(what, values, wanted)


def _refuse_values(values: Sequence[str], why: str) -> None:
    if values:
        raise UsageError(why, given=" ".join(values), instead="--row N, --data FILE")
