"""Why does it say that? Explanations of a fitted model, each with its spread and a check."""

from collections.abc import Callable

from isinglass.explanation.dataset_level.correlation import grouped
from isinglass.explanation.dataset_level.effects import individual, partial_dependence
from isinglass.explanation.dataset_level.permutation import multi_pass, single_pass
from isinglass.explanation.dataset_level.probe import Probe as Probe
from isinglass.explanation.explanation import Explanation as Explanation
from isinglass.explanation.instance_level.local_methods import LOCAL_METHODS as LOCAL_METHODS

Method = Callable[..., tuple[Explanation, ...]]
"""(probe, columns, *, seed, own options) -> explanations."""

METHODS: dict[str, Method] = {
    "permutation": single_pass,
    "permutation_multi": multi_pass,
    "permutation_grouped": grouped,
    "partial_dependence": partial_dependence,
    "individual": individual,
}


def needs_targets(method: str) -> bool:
    """Whether a method asks how good the answers are, and not only what they are."""
    return method.startswith("permutation")
