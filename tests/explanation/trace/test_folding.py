"""Folded traces: modules as nodes, with what goes in and what comes out unchanged."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

from isinglass.explanation.trace import Trace, trace
from isinglass.explanation.trace.views import sizes_table, svg, text
from isinglass.machine import build
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


class Twice(nn.Module):
    """One block that is called twice, and an addition around it."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
        self.head = nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x + self.block(self.block(x)))


@pytest.fixture
def whole() -> Trace:
    torch.manual_seed(0)
    return trace(Twice().double(), torch.randn(2, 3, dtype=torch.float64))


def test_depth_one(whole: Trace) -> None:
    folded = whole.fold(1)
    blocks = [node for node in folded if node.name.startswith("block") and node.kind == "module"]
    assert [node.operation for node in blocks] == ["Sequential", "Sequential"]
    assert [node.name for node in folded if node.kind == "operation"] == ["add"]
    assert folded["head"].weights == 4
    assert folded["add"].text == "x + " + blocks[1].name


def test_parameters_of_a_module_that_is_called_twice_stay_visible(whole: Trace) -> None:
    folded = whole.fold(1)
    assert "block.0.weight" in folded
    assert "head.weight" not in folded


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_sums_and_the_chain_rule_survive(whole: Trace, depth: int) -> None:
    folded = whole.fold(depth)
    for name in ("multiply_adds", "memory", "weights"):
        assert sum(getattr(node, name) for node in folded) == sum(getattr(node, name) for node in whole)
    assert folded.result.value.values.tolist() == whole.result.value.values.tolist()
    for node in folded.nodes[:-1]:
        products = [edge.product.values for edge in folded.out_of(node) if edge.product is not None]
        np.testing.assert_allclose(node.gradient.values, np.sum(products, axis=0), rtol=1e-12, atol=1e-15)


def test_sources_come_first(whole: Trace) -> None:
    folded = whole.fold(1)
    assert [node.id for node in folded] == list(range(len(folded)))
    assert all(edge.source < edge.target for edge in folded.edges)


def test_nothing_to_fold() -> None:
    plain = trace(lambda x: x.exp().sum(), torch.randn(3))
    assert plain.fold(2) is plain
    assert plain.fold() is plain


@pytest.mark.slow
def test_resnet18_fits_a_screen() -> None:
    machine = build(MachineRecipe(kind="resnet18"), Shape(3 * 224**2, 10, spec=image_spec(3, 224, 224)), seed=0,
                    task=Task.CLASSIFICATION)  # fmt: skip
    image = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    whole = trace(machine.eval(), image, loss=lambda raw: nn.functional.cross_entropy(raw, torch.tensor([3])))
    assert whole.difference < 1e-5
    folded = whole.fold()
    console = Console(file=io.StringIO(), width=120)
    console.print(sizes_table(folded))
    assert len(console.file.getvalue().splitlines()) <= 40
    assert sum(node.weights for node in folded) == sum(p.numel() for p in machine.parameters())
    assert len(text(folded).splitlines()) <= 80
    assert svg(folded).count("<rect") > len(folded)
