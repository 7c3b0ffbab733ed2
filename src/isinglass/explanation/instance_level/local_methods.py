"""Methods that look at one sample: every member is asked, then the same of networks with random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from isinglass.errors import UsageError
from isinglass.explanation.explanation import MEMBER, Explanation
from isinglass.explanation.instance_level.gradcam import cam_layer, gradcam
from isinglass.explanation.instance_level.integrated import incomplete, integrated
from isinglass.explanation.instance_level.layers import feature_maps, filters, layer_of, unit, unit_of
from isinglass.explanation.instance_level.maximisation import maximisation, outside
from isinglass.explanation.instance_level.nearest import distances
from isinglass.explanation.instance_level.network import Network, Question, networks_of
from isinglass.explanation.instance_level.occlusion import occlusion
from isinglass.explanation.instance_level.sensitivity import guided, saliency, smoothgrad
from isinglass.explanation.sanity import randomised, verdict
from isinglass.inference.ensemble import Ensemble
from isinglass.spec import MAP, Kind, Spec

DRAWS = 16
"""Random networks that a row of a table is shown to: few inputs make one rank correlation a game of chance."""
PIXELS = ("channel", "height", "width")


@dataclass(frozen=True)
class LocalMethod:
    """One method.

    Args:
        function: `(network, *, seed, own options) -> Tensor`, for one member.
        quantity: what its values are; `{score}` stands for what is asked.
        dims: axes of its values for an image; of a row of a table it is always one number a feature.
        tables: whether it can look at rows of tables.
        alone: whether its values can only be read of one member: units of two networks have nothing in common.
        settle: fills in options that depend on the network, `(network, options) -> options`, so that all members and
            random networks are asked the same.
        judge: own numbers for the check, `(network, values, own options) -> {name: number}`.
    """

    function: Callable[..., Tensor]
    quantity: str
    dims: tuple[str, ...] = PIXELS
    tables: bool = True
    alone: bool = False
    settle: Callable[[Network, dict[str, Any]], dict[str, Any]] | None = None
    judge: Callable[..., dict[str, float]] | None = None


def _settle_cam(network: Network, options: dict[str, Any]) -> dict[str, Any]:
    return options | {"layer": cam_layer(network, options.get("layer", ""))}


def _settle_unit(network: Network, options: dict[str, Any]) -> dict[str, Any]:
    layer, place = unit_of(network, options.get("layer", ""), options.get("unit"))
    return options | {"layer": layer, "unit": place}


def _settle_layer(network: Network, options: dict[str, Any]) -> dict[str, Any]:
    return options | {"layer": layer_of(network, options.get("layer", ""))}


def _judge_integrated(network: Network, values: Tensor, *, baseline: str = "mean", **_: Any) -> dict[str, float]:
    return {"incomplete": incomplete(network, values, baseline=baseline)}


def _judge_maximisation(network: Network, values: Tensor, **_: Any) -> dict[str, float]:
    before, after = (float(network(x)[0]) for x in (network.sample, network.sample + values))
    return {"before": before, "after": after, "outside": outside(network, values)}


PER_UNIT = "change of {score} per scaled unit"

LOCAL_METHODS: dict[str, LocalMethod] = {
    "saliency": LocalMethod(saliency, PER_UNIT),
    "smoothgrad": LocalMethod(smoothgrad, PER_UNIT),
    "guided": LocalMethod(guided, "guided change of {score} per scaled unit"),
    "integrated": LocalMethod(integrated, "part of {score}", judge=_judge_integrated),
    "gradcam": LocalMethod(gradcam, "weight for {score}", dims=("height", "width"), tables=False, settle=_settle_cam),
    "occlusion": LocalMethod(occlusion, "fall of {score} when covered", dims=("height", "width")),
    "unit": LocalMethod(unit, "change of the unit per scaled unit", tables=False, alone=True, settle=_settle_unit),
    "maximisation": LocalMethod(maximisation, "change that raises {score}", judge=_judge_maximisation),
    "maps": LocalMethod(
        feature_maps, "activation", dims=("map", "height", "width"), tables=False, alone=True, settle=_settle_layer
    ),
    "filters": LocalMethod(filters, "weight", dims=("filter", *PIXELS), tables=False, alone=True, settle=_settle_layer),
    "nearest": LocalMethod(distances, "distance in the last hidden layer", dims=("neighbour",)),
}
"""Name on the command line -> method."""


@dataclass(frozen=True)
class Wording:
    """Names for what is asked.

    Args:
        score: what is explained: "the score of cat", "Humidity (%)".
        about: the sample and who was asked.
        names: of the features, or of the channels.
        units: of the same.
    """

    score: str
    about: str
    names: tuple[str, ...]
    units: tuple[str, ...] = ()


def look(
    ensemble: Ensemble, question: Question, method: str, *, wording: Wording, seed: int = 0, **options: Any
) -> Explanation:
    """Ask every member of the ensemble about one sample.

    Args:
        ensemble: the members that may speak of it.
        question: the sample, and what is asked.
        method: a key of `LOCAL_METHODS`.
        wording: names for what is asked.
        seed: of noise, and of the random networks.
        options: the method's own.

    Returns:
        `values` [feature, member], or [channel, height, width, member] and the like. `check`: see `sanity.verdict`, and
        the method's own numbers, means over members.

    Raises:
        UsageError: no such method, layer or unit, or a method that does not fit the data.
    """
    if method not in LOCAL_METHODS:
        raise UsageError("no such method", given=method, allowed=LOCAL_METHODS)
    how = LOCAL_METHODS[method]
    spec = ensemble.common.view.spec
    if not how.tables and not spec.ends_with(*MAP):
        fitting = [name for name, other in LOCAL_METHODS.items() if other.tables]
        raise UsageError("this method looks at images, and the model reads a table", given=method, allowed=fitting)
    asked = ensemble.take(np.arange(1)) if how.alone else ensemble
    networks = networks_of(asked, question)
    options = how.settle(networks[0], options) if how.settle else options
    found = [how.function(network, seed=seed, **options) for network in networks]
    values = _stacked(found)
    draws = _repeats(len(networks), flat=spec.flat)
    random = (
        _stacked([how.function(network, seed=seed, **options) for network in networks_of(fresh, question)])
        for fresh in (randomised(asked, seed + len(asked) * draw) for draw in range(draws))
    )
    check = verdict(values.mean(axis=-1), _each(random, values.shape[-1])) | _own(how, networks, found, options)
    told = replace(wording, about=wording.about + _place(options))
    dims = ("name",) if spec.flat and method != "nearest" else how.dims
    return _explanation(method, replace(how, dims=dims), question, told, values, check)


def _place(options: dict[str, Any]) -> str:
    """Words for the layer and unit that were looked at."""
    words = f"; layer {options['layer']}" if options.get("layer") else ""
    return words + (f", unit {','.join(map(str, options['unit']))}" if options.get("unit") else "")


def _stacked(found: list[Tensor]) -> np.ndarray:
    return np.stack([values.detach().double().numpy() for values in found], axis=-1)


def _each(random: Any, members: int) -> Any:
    """Every random network by itself."""
    return (values[..., member] for values in random for member in range(members))


def _repeats(members: int, *, flat: bool) -> int:
    return max(1, -(-(DRAWS if flat else 2) // members))


def _own(
    how: LocalMethod, networks: tuple[Network, ...], found: list[Tensor], options: dict[str, Any]
) -> dict[str, float]:
    if how.judge is None:
        return {}
    each = [how.judge(network, values, **options) for network, values in zip(networks, found, strict=True)]
    return {name: float(np.mean([one[name] for one in each])) for name in each[0]}


def _explanation(
    method: str, how: LocalMethod, question: Question, wording: Wording, values: np.ndarray, check: dict[str, float]
) -> Explanation:
    coords: dict[str, np.ndarray] = {"sample": question.sample}
    for axis in ("name", "channel"):
        if how.dims[0] == axis:
            coords[axis] = np.array(wording.names)
    units = wording.units or ("",) * len(wording.names)
    spec = Spec(dims=(*how.dims, MEMBER), names=wording.names, units=units, kind=Kind.CONTINUOUS)
    quantity = how.quantity.format(score=wording.score)
    return Explanation(values, spec, method, check, coords, wording.about, quantity)
