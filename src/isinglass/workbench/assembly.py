"""What is to be learnt, and by which networks: one assembly for every study, search and selection.

Recipe and rows become an objective, a shape, bags, scalings, a `Problem` of tensors, and the maker of the networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from isinglass.data.bagging import membership
from isinglass.data.dataset import Dataset
from isinglass.data.scaling import Scaling
from isinglass.data.splits import Splits
from isinglass.data.tables.origins import origin_of
from isinglass.errors import RecipeError
from isinglass.kinds import KINDS
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows, tensor_of
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.learning.view import View
from isinglass.machine import UNCLIPPED, Own
from isinglass.objective.losses import Own as OwnLoss
from isinglass.objective.losses.class_weights import class_counts
from isinglass.objective.objective import Objective
from isinglass.objective.objective import build as build_objective
from isinglass.objective.penalties.user_function import Own as OwnResidual
from isinglass.recipe import LearningRecipe, Recipe
from isinglass.spec import Role, Shape, Task, names_of, origins_of, places_of
from isinglass.workbench.machines import maker_of
from isinglass.workbench.notes.amounts import check_amounts

PERCEPTRON = "perceptron"


@dataclass(frozen=True)
class Assembly:
    """All that a population is trained from.

    Attributes:
        recipe: without 'auto' for the machine.
        objective: loss, penalties, laws.
        members: who learns.
        role: int8 [member, sample] of Role: what each row is to each of them.
        problem: the rows as tensors, as each member sees them.
        maker: a member's network before training, from its seed.
        notes: what a user should know of the networks' start.
    """

    recipe: Recipe
    objective: Objective
    members: tuple[Member, ...]
    role: np.ndarray
    problem: Problem
    maker: Maker
    notes: tuple[str, ...] = ()

    def train(self, learning: LearningRecipe | None = None, *, checkpoint: Checkpoint | None = None) -> Training:
        """The population, ready to learn.

        Args:
            learning: instead of the recipe's own, such as fewer epochs.
            checkpoint: where the run is saved; one that is there is gone on from.
        """
        return train(
            self.problem,
            self.maker,
            self.members,
            self.recipe.learning if learning is None else learning,
            self.recipe.objective,
            checkpoint=checkpoint,
            frozen=self.recipe.machine.freeze,
        )


def assemble(
    recipe: Recipe,
    dataset: Dataset,
    splits: Splits,
    members: Sequence[Member],
    *,
    own: Own | None = None,
    residual: OwnResidual | None = None,
    loss: OwnLoss | None = None,
) -> Assembly:
    """From rows and their parts to networks that can learn.

    Args:
        recipe: resolved (see `resolved`).
        dataset: the rows.
        splits: their parts.
        members: who learns, on which fold, from which seed. Members with equal folds and seeds have equal bags.
        own: a machine given in Python, instead of the recipe's.
        residual: of a differential equation, given in Python.
        loss: given in Python, instead of one of `LOSSES`.

    Raises:
        RecipeError, ConstraintError, ModelFileError: the recipe does not fit the rows, or the checkpoint the machine.
    """
    objective = replace(objective_of(recipe, dataset, splits, loss=loss), residual=residual)
    role = membership_of(splits, members, recipe)
    problem = problem_of(dataset, splits, role, recipe, objective)
    shape, task = shape_of(dataset, objective), dataset.schema.task
    maker, notes = maker_of(recipe.machine, shape, task=task, problem=problem, members=members, own=own)
    return Assembly(recipe, objective, tuple(members), role, problem, maker, notes)


def resolved(recipe: Recipe, dataset: Dataset) -> Recipe:
    """The recipe with what 'auto' means for this machine on these rows."""
    from isinglass.machine.defaults import resolve

    shape = shape_of(dataset, objective_of(recipe, dataset))
    machine = resolve(recipe.machine, shape, task=dataset.schema.task)
    recipe = recipe.model_copy(update={"machine": machine})
    if len(dataset.censoring) and recipe.objective.loss == "auto":
        recipe = recipe.model_copy(update={"objective": recipe.objective.model_copy(update={"loss": "tobit"})})
    learning = _by_its_own_rule(recipe) if machine.kind == PERCEPTRON else recipe.learning
    recipe = recipe.model_copy(update={"learning": learning})
    return KINDS[dataset.schema.kind].learning(recipe, shape, dataset)


def _by_its_own_rule(recipe: Recipe) -> LearningRecipe:
    """A perceptron's threshold has no slope to follow: it learns by the perceptron rule alone."""
    learning, optimizer = recipe.learning, recipe.learning.optimizer
    if optimizer.kind not in ("auto", PERCEPTRON):
        raise RecipeError(
            "a perceptron's threshold has no gradient",
            where="learning.optimizer.kind",
            given=optimizer.kind,
            allowed=("auto", PERCEPTRON),
            instead="kind = 'auto', or machine.kind = 'linear'",
        )
    return learning.model_copy(update={"optimizer": optimizer.model_copy(update={"kind": PERCEPTRON})})


def objective_of(
    recipe: Recipe, dataset: Dataset, splits: Splits | None = None, *, loss: OwnLoss | None = None
) -> Objective:
    """Loss, penalties and laws for these targets; balanced class weights need the parts, to count training rows, and a
    loss that was given in Python its function, where something is trained."""
    targets, counts = dataset.schema.targets, None
    classes = tuple(len(target.categories) for target in targets)
    if splits is not None and recipe.objective.class_weights == "balanced":
        counts = class_counts(dataset.targets[(splits.role == Role.TRAIN).any(axis=0)], classes)
    names, kind = [target.name for target in targets], recipe.machine.kind
    asked = {"machine": kind, "classes": classes, "counts": counts, "loss": loss}
    return build_objective(recipe.objective, dataset.schema.task, names, **asked)


def shape_of(dataset: Dataset, objective: Objective) -> Shape:
    """What the machine is built for."""
    schema = dataset.schema
    return Shape(
        schema.spec.values,
        objective.loss.width(schema.answers),
        schema.cardinalities,
        spec=schema.spec,
        names=names_of(schema.features),
        located=len(schema.targets) if objective.loss.located else 0,
    )


def problem_of(dataset: Dataset, splits: Splits, role: np.ndarray, recipe: Recipe, objective: Objective) -> Problem:
    """The rows as tensors, and each member's scaling of them; `role` is int8 [member, sample]."""
    if recipe.objective.equations and recipe.machine.normalization == "batch":
        raise RecipeError(
            "with batch normalization an output depends on all rows: it has no derivative of its own",
            where="machine.normalization",
            given="batch",
            instead="normalization = 'layer' or 'none', or no equations",
        )
    features = dataset.schema.features
    kind = KINDS[dataset.schema.kind]
    scaling = kind.scaling(dataset, role, recipe.machine)
    if not objective.loss.standardize:
        still = np.zeros_like(scaling.target_center)
        scaling = replace(scaling, target_center=still, target_scale=still + 1.0)
    elif not objective.loss.centred:
        scaling = replace(scaling, target_center=np.zeros_like(scaling.target_center))
    if recipe.machine.kind in UNCLIPPED:
        scaling = replace(scaling, clip=np.zeros_like(scaling.clip))
    places, origins = places_of(features), origins_of(features)
    zero = _zero(dataset) if objective.loss.standardize and objective.loss.centred else ()
    scaling = replace(scaling, target_center=scaling.target_center - np.array(zero)) if zero else scaling
    rows = Rows(
        inputs=tensor_of(dataset.inputs),
        targets=torch.from_numpy(dataset.targets - np.array(zero) if zero else dataset.targets),
        weights=torch.from_numpy(dataset.weights),
        role=torch.from_numpy(role),
        nominal=nominal_rows(dataset.weights, splits, recipe),
        censoring=torch.from_numpy(dataset.censoring) if len(dataset.censoring) else None,
        augment=kind.augmentation(recipe, dataset.schema),
        streamed=isinstance(dataset.inputs, np.memmap),
    )
    head = objective.head(places, origins=origins, zero=zero)
    view = View(**_tensors(scaling), head=head, zero=zero, spec=dataset.schema.spec)  # pyright: ignore[reportArgumentType]
    return Problem(rows, view, objective.with_equations(places, origins=origins))


def _zero(dataset: Dataset) -> tuple[float, ...]:
    """What the targets of a regression are counted from; nothing where none of them is far from 0."""
    if dataset.schema.task is not Task.REGRESSION:
        return ()
    zero = tuple(origin_of(column) for column in dataset.targets.T)
    return zero if any(zero) else ()


def nominal_rows(weights: np.ndarray, splits: Splits, recipe: Recipe) -> int:
    """Rows that a member trains on, as the recipe and the study's parts have it: the same for all members.

    Whole-number weights count as so many equal rows, so that both ways to write a table train alike.
    """
    whole = bool((weights == np.round(weights)).all())
    counts = weights if whole else (weights > 0).astype(np.float64)
    mean = float(((splits.role == Role.TRAIN) @ counts).mean())
    return max(1, round(mean * recipe.splits.in_bag * (1 - recipe.splits.stop)))


def membership_of(splits: Splits, members: Sequence[Member], recipe: Recipe) -> np.ndarray:
    """Who is in whose bag: int8 [member, sample] of Role."""
    fold = np.array([member.fold for member in members])
    seed = np.array([member.seed for member in members])
    parts = recipe.splits
    return membership(splits.bags, splits.role, fold, seed, in_bag=parts.in_bag, stop=parts.stop)


def check_laws(objective: Objective, dataset: Dataset) -> tuple[str, ...]:
    """Notes on data that obey the laws only roughly, or call for another loss.

    Raises:
        ConstraintError: data or columns exclude a law.
        DataError: a target is smaller than the loss allows.
    """
    fitting = check_amounts(objective.loss, dataset)
    places, origins = places_of(dataset.schema.features), origins_of(dataset.schema.features)
    objective.equations(places, origins=origins)
    head = objective.head(places, origins=origins)
    if head is None:
        return fitting
    return (*fitting, *head.check(torch.from_numpy(dataset.targets), torch.from_numpy(dataset.inputs)))


def _tensors(scaling: Scaling) -> dict[str, torch.Tensor]:
    names = ("center", "scale", "clip", "target_center", "target_scale")
    return {name: torch.from_numpy(np.ascontiguousarray(getattr(scaling, name))) for name in names}
