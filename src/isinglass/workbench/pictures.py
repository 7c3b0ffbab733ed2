"""Pictures for the report of an image study: what was said of some images, and what the first member looks for."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.data.dataset import Dataset
from isinglass.data.images.thumbnails import visible
from isinglass.data.schema import DataSchema
from isinglass.evaluation.report.pictures import ClassScore, FeatureMaps, Pictures, Shown
from isinglass.inference.ensemble import Ensemble
from isinglass.machine.blocks import Whiten
from isinglass.spec import Task
from isinglass.workbench.judging.scoring import Scores

SAMPLES = 24
MISTAKES = 24
FILTERS = 64
MAPS = 8
LAYERS = 3


def pictures(dataset: Dataset, scores: Scores, ensemble: Ensemble) -> Pictures:
    """Choose and make all of them. The images are unseen ones."""
    schema = dataset.schema
    masks = bool(schema.over)  # they have galleries of their own
    order, wrong = _evenly(scores, schema.task), _surest_mistakes(scores, schema.task)
    example = int(order[0])
    network = ensemble.network(0)
    pixels = dataset.inputs[scores.rows[[example]]]
    height, width = dataset.inputs.shape[-2:]
    return Pictures(
        samples=_shown(dataset, scores, order[: 0 if masks else SAMPLES]),
        mistakes=_shown(dataset, scores, wrong[:MISTAKES]),
        classes=_class_scores(scores, schema),
        filters=first_layer(network),
        example=visible(pixels)[0],
        maps=_maps(network, _scaled(ensemble, pixels)),
        words=f"{height} x {width} pixels, {', '.join(schema.spec.names)}, {dataset.inputs.dtype}",
    )


def _scaled(ensemble: Ensemble, pixels: np.ndarray) -> Tensor:
    """What the first member sees of images [image, channel, height, width]."""
    view, member = ensemble.common.view, ensemble.state.members[0]
    center, scale = (part[member].float()[view.spec.along] for part in (view.center, view.scale))
    return (torch.from_numpy(np.asarray(pixels, dtype=np.float32)) - center) * scale


def _evenly(scores: Scores, task: Task) -> np.ndarray:
    """Places among the scored rows: one image of each class in turn."""
    if task is not Task.CLASSIFICATION:
        return np.linspace(0, len(scores.rows) - 1, min(SAMPLES, len(scores.rows))).astype(np.int64)
    labels = scores.unseen.labels
    turn = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        turn[mine] = np.arange(len(mine))
    return np.lexsort((labels, turn))


def _surest_mistakes(scores: Scores, task: Task) -> np.ndarray:
    """Places of the wrong answers, the surest first; of numbers, the largest errors in their own sigma."""
    outcome = scores.unseen
    if task is Task.CLASSIFICATION and outcome.probabilities is not None:
        wrong = outcome.probabilities.argmax(axis=1) != outcome.labels
        sure = np.where(wrong, outcome.probabilities.max(axis=1), -1.0)
        return np.argsort(-sure, kind="stable")[: int(wrong.sum())]
    if outcome.mean is None or outcome.std is None:
        return np.zeros(0, dtype=np.int64)
    return np.argsort(-np.abs(outcome.observed - outcome.mean).max(axis=1) / outcome.std.max(axis=1))[:MISTAKES]


def _shown(dataset: Dataset, scores: Scores, places: np.ndarray) -> Shown:
    outcome, rows = scores.unseen, scores.rows[places]
    files = dataset.files[rows] if len(dataset.files) else np.array([f"image {row}" for row in dataset.rows[rows]])
    if not len(places):
        nothing = np.zeros(0, np.str_)
        return Shown(visible(dataset.inputs[:1])[:0], nothing, nothing, np.zeros(0), nothing)
    if outcome.probabilities is not None:
        names = np.array(dataset.schema.classes)
        chosen = outcome.probabilities[places]
        observed, predicted, sure = names[outcome.labels[places]], names[chosen.argmax(axis=1)], chosen.max(axis=1)
    else:
        assert outcome.mean is not None
        observed = np.array([f"{value:.4g}" for value in outcome.observed[places, 0]])
        predicted = np.array([f"{value:.4g}" for value in outcome.mean[places, 0]])
        sure = np.zeros(len(places)) if outcome.std is None else outcome.std[places, 0]
    return Shown(visible(dataset.inputs[rows]), observed, predicted, sure, files.astype(str))


def _class_scores(scores: Scores, schema: DataSchema) -> tuple[ClassScore, ...]:
    outcome = scores.unseen
    if schema.task is not Task.CLASSIFICATION or outcome.probabilities is None:
        return ()
    chosen, found = outcome.probabilities.argmax(axis=1), []
    for label, name in enumerate(schema.classes):
        right = int(((chosen == label) & (outcome.labels == label)).sum())
        said, there = int((chosen == label).sum()), int((outcome.labels == label).sum())
        score = 2 * right / (said + there) if said + there else np.nan
        found.append(ClassScore(name, there, _share(right, said), _share(right, there), score))
    return tuple(found)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else np.nan


def first_layer(network: nn.Module) -> np.ndarray:
    """What the first convolution looks for [filter, height, width, 3 or 1], from 0 to 1 around 0.5.

    Three channels are red, green and blue; of other numbers the mean is shown. Kernels are scaled together, whitening
    patterns each by itself: the finest is a hundred times as strong as the coarsest.
    """
    first = next((layer for layer in network.modules() if isinstance(layer, (nn.Conv2d, Whiten))), None)
    if first is None or first.weight.shape[-1] < 2:
        return np.zeros((0, 1, 1, 1), np.float32)
    weight = first.weight.detach().float().numpy()[:FILTERS]
    weight = weight if weight.shape[1] == 3 else weight.mean(axis=1, keepdims=True)
    largest = np.abs(weight).max(axis=(1, 2, 3) if isinstance(first, Whiten) else None, keepdims=True)
    largest = np.where(largest > 0, largest, 1.0)
    return np.moveaxis(0.5 + 0.5 * weight / largest, 1, -1).astype(np.float32)


def _maps(network: nn.Module, z: Tensor) -> tuple[FeatureMaps, ...]:
    """The liveliest maps of the first, the middle and the last convolution, for one scaled image [1, c, h, w]."""
    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}
    names = list(layers)
    places = np.unique(np.linspace(0, len(names) - 1, min(LAYERS, len(names))).astype(int)) if names else []
    seen: dict[str, Tensor] = {}
    hooks = [layers[names[i]].register_forward_hook(_keeper(seen, names[i])) for i in places]
    with torch.no_grad():
        network(z.to(next(network.parameters()).dtype))
    for hook in hooks:
        hook.remove()
    return tuple(FeatureMaps(name, _liveliest(values)) for name, values in seen.items())


def _keeper(seen: dict[str, Tensor], name: str):
    return lambda _module, _inputs, output: seen.__setitem__(name, output.detach())


def _liveliest(values: Tensor) -> np.ndarray:
    maps = values[0].float()
    order = maps.flatten(1).std(dim=1).argsort(descending=True)[:MAPS]
    return maps[order].numpy()
