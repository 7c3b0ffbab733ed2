"""A torch module of your own inside the population: folds, members, honest scores and report come with it.

    python examples/own_machine.py [--small]

The recipe names the function as 'module:function'; the module must lie on Python's path, as this file does when it is
run. On the command line: PYTHONPATH=examples isinglass fit examples/own_machine.toml
"""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

import isinglass as ig

SMALL = {"learning.members": 2, "learning.epochs": 10, "evaluation.bootstrap": 100, "evaluation.baselines": ["linear"]}


class TwoRoads(nn.Module):
    """A straight road for what is linear, and a bent one for the rest: y = A z + B gelu(C z + c) + b."""

    def __init__(self, features: int, outputs: int, width: int) -> None:
        super().__init__()
        self.straight = nn.Linear(features, outputs)
        self.bent = nn.Sequential(nn.Linear(features, width), nn.GELU(), nn.Linear(width, outputs, bias=False))

    def forward(self, z: Tensor) -> Tensor:
        return self.straight(z) + self.bent(z)


def two_roads(features: int, outputs: int, *, width: int = 16) -> nn.Module:
    """What the recipe's `factory` names."""
    return TwoRoads(features, outputs, width)


def main() -> None:
    recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))
    model = ig.fit(recipe, out="out/own_machine", overwrite=True, settings=SMALL if "--small" in sys.argv else None)
    print(model.findings.machine)
    print(model.findings.verdict)
    # A file that names a function is loaded only by one who trusts it: loading calls the function.
    again = ig.load("out/own_machine/friedman.isinglass", trust_factory=True)
    rows = {f"x{k + 1}": torch.rand(3).numpy() for k in range(10)}
    print("the same after loading:", bool((again.predict(rows).mean == model.predict(rows).mean).all()))


if __name__ == "__main__":
    main()
