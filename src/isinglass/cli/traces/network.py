"""A network written down by hand, with the loss and the step that its file asks for."""

from __future__ import annotations

from isinglass.cli.traces.options import Wanted
from isinglass.cli.traces.result import Found, renamed
from isinglass.cli.traces.step import step_of
from isinglass.errors import DataError


def trace_network(path: str, wanted: Wanted) -> Found:
    """Trace a file of weights. Raises DataError, UsageError."""
    from isinglass.explanation.gradient_check import gradient_check
    from isinglass.explanation.trace import trace
    from isinglass.explanation.trace.network import read_network

    written = read_network(path)
    rate = wanted.rate if wanted.rate is not None else written.rate
    step = None if rate is None and wanted.optimizer is None else step_of(wanted.optimizer or "sgd", rate)
    if step is not None and written.loss is None:
        raise DataError("without targets there is no loss, and nothing to learn", where=path, instead="targets = [1]")
    labels = {"inputs": written.names}
    named = {} if written.targets is None else {"targets": written.targets}
    made = trace(
        written.network, written.inputs, names=("inputs",), labels=labels, loss=written.loss, step=step, named=named
    )
    words = (f"{path}: {len(written.inputs)} row{'s' * (len(written.inputs) > 1)} of {', '.join(written.names)}",)
    check = gradient_check(written.network, written.inputs, loss=written.loss) if wanted.check else None
    return Found(made, words, None if check is None else renamed(check, {"input 1": "inputs"}))
