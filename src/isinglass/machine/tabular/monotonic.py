"""Machines that rise, or fall, with chosen inputs: for every input whatever, before training and after.

Along every path from a chosen input to an output all weights are |V|, not negative, and all activations rise; a falling
input enters with its sign turned. The free inputs go through an ordinary network of their own, whose units enter each
layer of the rising one with weights of any sign. A third of the rising units are convex, a third concave, a third
bounded: with rising convex ones alone only convex functions could be learnt.

Only what the point prediction is made of rises; sigma, where the loss has one, is free.

Reference: Runje and Shankaranarayana (2023), Constrained monotonic neural networks, ICML, arXiv:2205.11775.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, linear

from isinglass.errors import MachineError
from isinglass.machine.initialization import generator
from isinglass.machine.layers import Dropout
from isinglass.machine.tabular.encoding import encoder
from isinglass.machine.tabular.mlp import mlp
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


class RisingDense(nn.Module):
    """y = |V| x + W u + b: rises with x, whatever V is; any function of the free units u.

    Args:
        rising, free: number of inputs that y rises with, and of the others.
        units: outputs.
        size: typical |V|.
        spread: of the first biases.
        rng: of the first weights.
    """

    def __init__(self, rising: int, free: int, units: int, *, size: float, spread: float, rng: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(size * torch.randn(units, rising, generator=rng))
        bound = math.sqrt(3 / max(free, 1))
        self.mixing = nn.Parameter((2 * torch.rand(units, free, generator=rng) - 1) * bound) if free else None
        self.bias = nn.Parameter((2 * torch.rand(units, generator=rng) - 1) * spread)

    def forward(self, x: Tensor, free: Tensor | None) -> Tensor:
        """x `[..., batch, rising]`, free units `[..., batch, free]` -> `[..., batch, units]`."""
        y = linear(x, self.weight.abs(), self.bias)
        return y if self.mixing is None or free is None else y + linear(free, self.mixing)


class Thirds(nn.Module):
    """Rising activations: convex (ELU), concave (-ELU(-x)) and bounded (tanh), a third of the units each."""

    def forward(self, x: Tensor) -> Tensor:
        """`[..., unit]` -> `[..., unit]`."""
        convex, concave, bounded = x.tensor_split(3, dim=-1)
        return torch.cat((elu(convex), -elu(-concave), bounded.tanh()), dim=-1)


class Monotonic(nn.Module):
    """The rising network, the free one beside it, and a third for outputs that are not the point prediction.

    Args:
        signs: of each feature: 1 rises, -1 falls, 0 free.
        free: maps the free features `[..., batch, feature]` to units; None where there are none.
        layers: of the rising network, the last one to the outputs.
        rest: maps all features to the other raw outputs; None where there are none.
        dropout: of the rising network's units in training.
    """

    chosen: Tensor
    others: Tensor
    signs: Tensor

    def __init__(
        self,
        signs: list[int],
        *,
        free: nn.Module | None,
        layers: list[RisingDense],
        rest: nn.Module | None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        # not persistent: the same for every member, so no plan has to carry them as a member's buffers
        every = torch.tensor(signs)
        self.register_buffer("chosen", every.nonzero().squeeze(1), persistent=False)
        self.register_buffer("others", (every == 0).nonzero().squeeze(1), persistent=False)
        self.register_buffer("signs", every[self.chosen], persistent=False)
        self.free, self.rest = free, rest
        self.layers = nn.ModuleList(layers)
        self.activation = Thirds()
        self.dropouts = nn.ModuleList(Dropout(dropout) for _ in layers[1:]) if dropout else None

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, feature]` -> `[..., batch, width]`."""
        h = x.index_select(-1, self.chosen) * self.signs.to(x.dtype)
        free = None if self.free is None else self.free(x.index_select(-1, self.others))
        for number, layer in enumerate(self.layers):
            h = layer(h, free)
            if number < len(self.layers) - 1:
                h = self.activation(h)
                h = h if self.dropouts is None else self.dropouts[number](h)
        return h if self.rest is None else torch.cat((h, self.rest(x)), dim=-1)


def monotonic(recipe: MachineRecipe, shape: Shape, *, seed: int) -> Monotonic:
    """The machine of `recipe.increasing` and `recipe.decreasing`.

    Args:
        recipe: resolved; `hidden`, `activation` (of the free network), `dropout` and the embeddings (of free inputs)
            count.
        shape: with the names of the numeric features, and how many raw outputs are the point prediction.
        seed: of the initial weights.

    Raises:
        MachineError: for no chosen column, an unknown one, one of both kinds, or options that would break the promise.
    """
    signs = _signs(recipe, shape)
    rng, hidden = generator(seed), _hidden(recipe)
    located = shape.located or shape.outputs
    free, context = _free(recipe, shape, signs, rng)
    rest = None
    if shape.outputs > located:
        rest = mlp(recipe, Shape(shape.features, shape.outputs - located, shape.cardinalities), seed=seed + 1)
    layers, rising = [], sum(map(abs, signs))
    for number, units in enumerate((*hidden, located)):
        size = 1 / math.sqrt(rising) if number == 0 else 2 / rising
        layers.append(RisingDense(rising, context, units, size=size, spread=2.0 if number == 0 else 0.5, rng=rng))
        rising = units
    return Monotonic(signs, free=free, layers=layers, rest=rest, dropout=float(recipe.dropout))


def require_monotonic(recipe: MachineRecipe) -> None:
    """Refuse columns that are asked to be monotonic where the machine would not care."""
    if recipe.kind != "monotonic" and (recipe.increasing or recipe.decreasing):
        raise MachineError(
            "only the monotonic machine keeps this promise",
            where="machine.increasing" if recipe.increasing else "machine.decreasing",
            given=f"kind = '{recipe.kind}'",
            instead="kind = 'monotonic'",
        )


def _signs(recipe: MachineRecipe, shape: Shape) -> list[int]:
    if not recipe.increasing and not recipe.decreasing:
        raise MachineError(
            "a monotonic machine needs columns to be monotonic in",
            where="machine.increasing",
            instead="increasing = ['dose'] or decreasing = ['price'], or kind = 'mlp'",
        )
    numeric = shape.names[: shape.features - len(shape.cardinalities)]
    for key in ("increasing", "decreasing"):
        for name in getattr(recipe, key):
            if name not in numeric or not name:
                raise MachineError(
                    "not a numeric feature", where=f"machine.{key}", given=name, allowed=[n for n in numeric if n]
                )
    both = set(recipe.increasing) & set(recipe.decreasing)
    if both:
        raise MachineError("a column cannot rise and fall", where="machine.increasing", given=sorted(both)[0])
    signs = {name: 1 for name in recipe.increasing} | {name: -1 for name in recipe.decreasing}
    names = [*numeric, *[""] * len(shape.cardinalities)]
    return [signs.get(name, 0) for name in names]


def _hidden(recipe: MachineRecipe) -> tuple[int, ...]:
    if recipe.hidden == "auto" or not recipe.hidden or min(recipe.hidden) < 3:
        raise MachineError(
            "a monotonic machine has hidden layers of three units or more",
            where="machine.hidden",
            given=list(recipe.hidden),
            instead="hidden = [64, 64]",
        )
    if recipe.normalization != "none" or recipe.residual:
        raise MachineError(
            "this would break monotonicity",
            where="machine",
            given="residual" if recipe.residual else f"normalization = '{recipe.normalization}'",
            instead="leave it out",
        )
    return recipe.hidden


def _free(recipe: MachineRecipe, shape: Shape, signs: list[int], rng: torch.Generator) -> tuple[nn.Module | None, int]:
    """The free inputs' network without its last layer, and its width."""
    count = signs.count(0)
    if not count:
        return None, 0
    first, width = encoder(recipe, Shape(count, 1, shape.cardinalities), rng)
    plain = recipe.model_copy(update={"numeric_embedding": "none"})
    body = list(mlp(plain, Shape(width, 1), seed=int(rng.initial_seed()) + 2))[:-1]
    return nn.Sequential(*([first] if first is not None else []), *body), _hidden(recipe)[-1]
