"""From a recipe to everything that is asked of a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from isinglass.errors import ConstraintError, RecipeError, TrainingError
from isinglass.expressions import Expression
from isinglass.objective.batch import Batch
from isinglass.objective.constraints import Head, Laws, Soft, laws, position, soft, softened
from isinglass.objective.constraints.columns import formula
from isinglass.objective.losses import LOSSES, Counts, Loss, choose
from isinglass.objective.losses import Own as OwnLoss
from isinglass.objective.penalties.equation import Equation, equation, equation_term
from isinglass.objective.penalties.user_function import Own
from isinglass.objective.terms import Term, data_term, row_values, total, weighted, weights_of
from isinglass.recipe import EquationRecipe, ObjectiveRecipe, PenaltyRecipe
from isinglass.spec import Task


@dataclass(frozen=True)
class Objective:
    """What is asked of a machine.

    Args:
        loss: between raw outputs and targets; it also says how raw outputs are read.
        penalties: on weights, as the recipe has them; their arithmetic is in `PENALTIES`.
        laws: exact constraints on the outputs; empty where there are none.
        targets: the names of the targets.
        soft: laws that are penalties; they are terms.
        known: formulas of what is known of a target, by its place.
        differential: equations, as the recipe has them; they are made where something is trained.
        residual: the function of an equation that was given in Python.
        terms: what is minimised (see `terms`); empty: the loss alone.
        share: of the terms with a value for each row.
    """

    loss: Loss
    penalties: tuple[PenaltyRecipe, ...] = ()
    laws: Laws = field(default_factory=lambda: Laws(()))
    targets: tuple[str, ...] = ()
    soft: Soft = field(default_factory=Soft)
    known: Mapping[int, Expression] = field(default_factory=dict)
    differential: tuple[EquationRecipe, ...] = ()
    residual: Own | None = None
    terms: tuple[Term, ...] = ()
    share: float = 1.0

    def head(
        self, features: Mapping[str, int], *, origins: Mapping[str, float] | None = None, zero: tuple[float, ...] = ()
    ) -> Head | None:
        """The layer that adds what is known and makes the laws hold, or None where there is neither.

        Args:
            features: position of each numeric input column among the machine's features.
            origins: what some of them are counted from.
            zero: [out], what the targets are counted from; empty: 0.

        Raises:
            ConstraintError: where a law needs a column that is not there.
        """
        if not (self.laws.items or self.soft.items or self.known):
            return None
        return Head(self.laws, features, len(self.targets), self.known, self.soft, origins or {}, zero)

    def equations(
        self, features: Mapping[str, int], *, origins: Mapping[str, float] | None = None
    ) -> tuple[Equation, ...]:
        """The differential equations; arguments as for `head`. Raises ConstraintError where one makes no sense."""
        found = (equation(recipe, self.targets, features, given=self.residual) for recipe in self.differential)
        return tuple(replace(one, origins=origins or {}) for one in found)

    def with_equations(self, features: Mapping[str, int], *, origins: Mapping[str, float] | None = None) -> Objective:
        """The same, its equations among the terms: (1 - sum alpha) of the rest. Arguments and errors as `equations`."""
        found = self.equations(features, origins=origins)
        if not found:
            return self
        terms = tuple(equation_term(one, f"equation {number}") for number, one in enumerate(found, 1))
        return replace(self, terms=(*self.all_terms, *terms), share=1 - sum(one.alpha for one in found))

    def take(self, members: Tensor) -> Objective:
        """The same with the weights of some members; `members` is int64 `[member]`."""
        return replace(self, terms=tuple(term.take(members) for term in self.terms))

    @property
    def all_terms(self) -> tuple[Term, ...]:
        """The terms, the loss where there are no others."""
        return self.terms or (data_term(self.loss),)

    @property
    def plain(self) -> bool:
        """Whether it is one loss and nothing else, for which plans have quick ways."""
        return not self.terms

    @property
    def asks(self) -> bool:
        """Whether a term asks the network at points of its own."""
        return any(term.asks for term in self.terms)

    @property
    def players(self) -> tuple[str, ...]:
        """Whose terms these are, in the order in which they move; mostly `terms.ALL` alone."""
        return tuple(dict.fromkeys(term.player for term in self.all_terms))

    def total(self, raw: Tensor, batch: Batch, members: Tensor, player: str | None = None) -> Tensor:
        """What a player (None: any) minimises on a batch: `[member]`.

        Args:
            raw: `[member, batch, width]`, the head's columns included.
            batch: what it was computed from.
            members: int64 `[member]`, whose weights of the terms count.
            player: whose terms.
        """
        terms = [term for term in self.all_terms if player in (None, term.player)]
        return total(terms, weights_of(terms, members, raw), raw, batch, share=self.share)

    def rows(self, raw: Tensor, batch: Batch, members: Tensor, *, watch: bool = False) -> Tensor:
        """The terms with a value for each row, `[member, batch]`; `watch`: what early stopping looks at instead."""
        terms = [term for term in self.all_terms if not term.reduced]
        found, _ = row_values(terms, weights_of(terms, members, raw), raw, batch, watch=watch)
        if found is None:
            raise TrainingError("an objective whose terms have no value for single rows cannot be judged on them")
        return found

    def data(self, raw: Tensor, batch: Batch, members: Tensor) -> Tensor:
        """The mean of `rows` with the rows' weights: `[member]`."""
        return weighted(self.rows(raw, batch, members), batch.weight)


def build(
    recipe: ObjectiveRecipe,
    task: Task,
    targets: Sequence[str],
    *,
    machine: str = "mlp",
    classes: tuple[int, ...] = (),
    counts: Counts | None = None,
    loss: OwnLoss | None = None,
) -> Objective:
    """The objective of a recipe.

    Args:
        recipe: the `[objective]` table. Its loss 'auto' is Gaussian for regression, softmax cross entropy for
            classes, `pixel_cross_entropy` for masks, `multilabel` for several labels, and `perceptron` for a
            perceptron.
        task: what the targets are.
        targets: their names.
        machine: the recipe's `machine.kind`.
        classes: the number of classes of each target (of each mask).
        counts: how often each class occurs among the training rows (`losses.class_counts`), for balanced weights;
            not needed where nothing is trained.
        loss: the function of a loss that was given in Python; not needed where nothing is trained.

    Raises:
        RecipeError: for a loss that does not exist or does not fit the task or the machine.
        ConstraintError: for laws that are ill-posed, or that act on outputs which are not a point prediction.
    """
    stepped = machine == "perceptron"
    if stepped and recipe.loss == "auto" and task == Task.CLASSIFICATION:
        recipe = recipe.model_copy(update={"loss": "perceptron"})
    chosen = choose(LOSSES, recipe, task, classes=classes, counts=counts, own=loss)
    if stepped != (chosen.name == "perceptron"):
        raise RecipeError(
            "a perceptron's steps have no gradient: it and the loss 'perceptron' go together, for classes only",
            where="objective.loss",
            given=f"machine '{machine}', loss '{chosen.name}', {task}",
            instead="machine.kind = 'linear', or objective.loss = 'auto' for classes",
        )
    if (recipe.constraints or recipe.known or recipe.equations) and not chosen.located:
        fitting = [name for name, other in LOSSES.items() if other.located]
        raise ConstraintError(
            "constraints, equations and known formulas act on a prediction of the mean, which this loss does not have",
            where="objective.loss",
            given=chosen.name,
            allowed=fitting,
        )
    shares = [item.alpha for item in (*recipe.constraints, *recipe.equations) if item.alpha is not None]
    if sum(shares) > 1:
        raise ConstraintError(
            "the shares of all penalties sum to more than 1",
            where="objective, alpha",
            given=" + ".join(f"{share:g}" for share in shares),
            instead="shares that leave something for the data's loss",
        )
    names, wanted = tuple(targets), soft(recipe.constraints, targets)
    reading, terms = softened(chosen, wanted, len(names)) if wanted.items else (chosen, ())
    return Objective(
        loss=reading,
        terms=terms,
        penalties=recipe.penalties,
        laws=laws(recipe.constraints, names),
        targets=names,
        soft=wanted,
        known={
            position(name, names, "known"): formula(text, f"objective.known.{name}")
            for name, text in recipe.known.items()
        },
        differential=recipe.equations,
    )
