"""FGSM and PGD on a network of MNIST against an implementation of another origin: plain torch, from the weights up."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from studies import tell
from torch import Tensor
from torch.nn import functional

from isinglass.model import Model
from isinglass.model.attacks import choose, flip
from isinglass.recipe import Recipe

SETTINGS = {
    "machine.kind": "cnn",
    "machine.filters": [6, 12],
    "machine.hidden": [32],
    "learning.members": 2,
    "learning.epochs": 5,
    "learning.batch": 32,
    "learning.precision": "float64",
    "learning.threads": 1,
    "evaluation.bootstrap": 20,
    "evaluation.baselines": ["mean"],
}
IMAGES = 800
SAMPLES = range(1, 11)


def idx(path: Path, *, skip: int, shape: tuple[int, ...]) -> np.ndarray:
    """The first numbers of a packed IDX file."""
    with gzip.open(path) as file:
        file.read(skip)
        return np.frombuffer(file.read(int(np.prod(shape))), np.uint8).reshape(shape)


@pytest.fixture(scope="module")
def mnist(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the first handwritten digits, trained for a few seconds."""
    folder = tmp_path_factory.mktemp("mnist")
    pixels, labels = (shared / "mnist" / f"train-{name}.gz" for name in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    x, y = idx(pixels, skip=16, shape=(IMAGES, 28, 28)), idx(labels, skip=8, shape=(IMAGES,))
    np.savez(folder / "mnist.npz", x=x, y=y)
    recipe = Recipe.from_dict({"data": {"source": str(folder / "mnist.npz")}}).replace(SETTINGS)
    told = tell(recipe, folder / "study")
    assert told.model.findings.network.values["accuracy"].value > 0.75
    return told.study.paths["model"]


def probabilities(networks: list[dict[str, Tensor]], pixels: Tensor) -> Tensor:
    """The mean of softmax over networks, of one image of 0 to 255: written anew from the lectures' description."""
    told = []
    for state in networks:
        z = (pixels - state["center"]) * state["scale"]
        for layer in ("features.0", "features.3"):
            z = functional.conv2d(z, state[f"{layer}.weight"], state[f"{layer}.bias"], padding=1)
            z = functional.max_pool2d(z.clamp_min(0), 2)
        z = functional.linear(z.flatten(1), state["classifier.0.weight"], state["classifier.0.bias"]).clamp_min(0)
        told.append(functional.linear(z, state["classifier.3.weight"], state["classifier.3.bias"]).softmax(1))
    return torch.stack(told).mean(0)


def weights(model: Model, sample: int) -> list[dict[str, Tensor]]:
    """Of the networks that never saw a kept sample, with their scaling of the pixels."""
    team = choose(model, None, sample).team
    found = []
    for member, place in enumerate(team.state.members.tolist()):
        problem = team.common
        state = {name: value.double() for name, value in team.network(member).state_dict().items()}
        scaling = {"center": problem.view.center[place], "scale": problem.view.scale[place]}
        found.append(state | {name: value.double().reshape(1, 1, 1, 1) for name, value in scaling.items()})
    return found


def by_hand(networks: list[dict[str, Tensor]], image: np.ndarray, size: float, *, steps: int, seed: int) -> np.ndarray:
    """Madry's attack (one step of the whole size: Goodfellow's), in pixels of 0 to 1."""
    x = image / 255.0
    label = int(probabilities(networks, torch.tensor(image)).argmax())
    at, pace = x, size
    if steps > 1:
        noise = torch.rand(x.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).numpy()
        at, pace = np.clip(x + size * (2 * noise - 1), 0, 1), 2.5 * size / steps
    for _ in range(steps):
        leaf = torch.tensor(at, requires_grad=True)
        functional.nll_loss(probabilities(networks, 255.0 * leaf).log(), torch.tensor([label])).backward()
        assert leaf.grad is not None
        at = np.clip(at + pace * np.sign(leaf.grad.numpy()), np.maximum(x - size, 0), np.minimum(x + size, 1))
    return at


@pytest.mark.slow
@pytest.mark.parametrize(("method", "steps"), [("fgsm", 1), ("pgd", 20)])
def test_attacks_on_mnist_are_those_of_an_independent_implementation(mnist: Path, method: str, steps: int) -> None:
    model = Model.load(mnist)
    flips = 0
    for sample in SAMPLES:
        asked, networks = choose(model, None, sample), weights(model, sample)
        found = flip(model, asked, method=method, size=0.2, seed=5)
        image = asked.inputs.astype(np.float64)
        own = by_hand(networks, image, 0.2, steps=steps, seed=5)
        np.testing.assert_allclose(found.changed / 255.0, own, atol=1e-9)
        before, after = (probabilities(networks, torch.tensor(pixels)).argmax() for pixels in (image, 255.0 * own))
        assert found.flipped == bool(before != after)
        flips += found.flipped
    assert flips >= 1
