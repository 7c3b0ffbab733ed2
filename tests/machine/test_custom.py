"""Machines of the user's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine import build, from_factory, from_module
from isinglass.machine.layers import Dropout
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape

SHAPE = Shape(3, 2)
SOURCE = """
from torch import nn
def make(features, outputs, width=4, cardinalities=()):
    return nn.Sequential(nn.Linear(features, width), nn.Tanh(), nn.Dropout(0.2), nn.Linear(width, outputs))
number = 3
def nothing(features, outputs): return None
def wide(features, outputs): return nn.Linear(features, outputs + 1)
def deaf(features, outputs): return nn.Linear(features + 1, outputs)
def two(features, outputs):
    class Two(nn.Module):
        def forward(self, x): return x, x
    return Two()
"""


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_machines.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_machines", raising=False)


def recipe(name: str, **options: object) -> MachineRecipe:
    return MachineRecipe(kind="custom", factory=name, options=options)


def test_factory_with_options() -> None:
    machine = build(recipe("own_machines:make", width=9), SHAPE, seed=0)
    assert machine.get_submodule("0").out_features == 9
    assert machine(torch.zeros(5, 3)).shape == (5, 2)


def test_dropout_becomes_the_kind_with_reproducible_masks() -> None:
    dropout = build(recipe("own_machines:make"), SHAPE, seed=0).get_submodule("2")
    assert isinstance(dropout, Dropout)
    assert float(dropout.p) == pytest.approx(0.2)


def test_cardinalities_reach_the_factory() -> None:
    seen = []

    def factory(features: int, outputs: int, cardinalities: tuple[int, ...] = ()) -> nn.Module:
        seen.append(cardinalities)
        return nn.Linear(features, outputs)

    from_factory(factory, Shape(3, 2, (4,)), seed=0)
    assert seen == [(4,)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "needs a factory.*package.module:function"),
        ("own_machines", "needs a factory"),
        ("no_such_module:make", "not found.*no_such_module"),
        ("own_machines:mak", "not found"),
        ("own_machines:number", "not a function"),
        ("own_machines:nothing", "returned no machine.*Given: NoneType"),
        ("own_machines:wide", r"wrong shape.*Given: \(2, 3\).*Allowed: \(2, 2\)"),
        ("own_machines:deaf", r"does not accept inputs of shape \[batch, 3\]"),
        ("own_machines:two", "wrong shape.*Given: tuple"),
    ],
)
def test_errors(name: str, message: str) -> None:
    with pytest.raises(MachineError, match=message):
        build(recipe(name), SHAPE, seed=0)


def test_options_that_the_factory_does_not_take() -> None:
    with pytest.raises(MachineError, match=r"cannot be called.*depth.*def factory"):
        build(recipe("own_machines:make", depth=2), SHAPE, seed=0)


def test_a_module_is_copied_and_given_new_weights() -> None:
    given = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    before = {name: value.clone() for name, value in given.state_dict().items()}
    first, again, other = (from_module(given, SHAPE, seed=s) for s in (1, 1, 2))
    assert all(torch.equal(before[name], value) for name, value in given.state_dict().items())
    assert torch.equal(first.get_parameter("0.weight"), again.get_parameter("0.weight"))
    assert not torch.equal(first.get_parameter("0.weight"), other.get_parameter("0.weight"))
    assert not torch.equal(first.get_parameter("0.weight"), given.get_parameter("0.weight"))


def test_a_fault_of_the_function_itself_says_where_it_is():
    def broken(features: int, outputs: int) -> nn.Module:
        raise KeyError("width")

    with pytest.raises(MachineError, match=r"the factory raised KeyError in .*test_custom\.py, line \d+: 'width'"):
        from_factory(broken, Shape(2, 1), seed=0)
