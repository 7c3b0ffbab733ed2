"""Machines that are linear in their weights, and the perceptron. All start at zero."""

from __future__ import annotations

from torch import nn

from isinglass.machine.initialization import zero_dense
from isinglass.machine.layers import Chebyshev, Encoder, OneHot, Step
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


def linear(recipe: MachineRecipe, shape: Shape, *, seed: int) -> nn.Sequential:
    """y = W x + b; code features enter as one-hot columns, images as rows of pixels.

    The loss says what it is: linear regression with `squared`, the softmax classifier with `cross_entropy`, the linear
    support vector machine with `weston_watkins`, `one_vs_all` or `structured`.
    """
    features = shape.features - len(shape.cardinalities)
    return nn.Sequential(*_on_top_of(nn.Identity(), features, shape))


def polynomial(recipe: MachineRecipe, shape: Shape, *, seed: int) -> nn.Sequential:
    """Polynomial regression of total degree `recipe.degree` in all features; code features enter as one-hot columns.

    Raises:
        MachineError: for more than 5,000 terms.
    """
    basis = Chebyshev(shape.features - len(shape.cardinalities), recipe.degree)
    return nn.Sequential(*_on_top_of(basis, basis.terms, shape))


def perceptron(recipe: MachineRecipe, shape: Shape, *, seed: int) -> nn.Sequential:
    """One output for each class: 1 where w . x + b > 0, strictly, else 0.

    Reference: Rosenblatt (1958), The perceptron, doi:10.1037/h0042519.
    """
    return nn.Sequential(*linear(recipe, shape, seed=seed), Step())


def _on_top_of(numeric: nn.Module, width: int, shape: Shape) -> list[nn.Module]:
    if not shape.cardinalities:
        first = [] if isinstance(numeric, nn.Identity) else [numeric]
        first = first if shape.spec.flat else [nn.Flatten(-len(shape.spec.dims)), *first]
        return [*first, zero_dense(width, shape.outputs)]
    onehot = OneHot(shape.cardinalities)
    encoder = Encoder(shape.features - len(shape.cardinalities), numeric, onehot)
    return [encoder, zero_dense(width + onehot.width, shape.outputs)]
