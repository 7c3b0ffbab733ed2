"""The training loop: a population learns, tick by tick. Whoever iterates sees everything; there are no callbacks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import Tensor

from isinglass.errors import TrainingError
from isinglass.learning import defaults
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import Member
from isinglass.learning.population import Maker, populate
from isinglass.learning.problem import Problem
from isinglass.learning.run import Tick, spread
from isinglass.learning.solvers import SOLVERS
from isinglass.learning.training import Loop, Training
from isinglass.learning.weight_averaging import judged
from isinglass.learning.workload import dtype_of, work_of
from isinglass.recipe import LearningRecipe, ObjectiveRecipe


def steps(training: Training) -> Iterator[Tick]:
    """The loop itself: batches, steps, a look."""
    run, pace = training.run, training.pace
    while run.unfinished:
        if not len(run.state.members):
            run.start_again(training.initial)
        count = pace.next(run.step)
        index = None if training.work.feed else training.batches.take(run.state.members, run.step, count)
        if run.step == 0:
            run.initial[run.state.members] = _first_loss(training, index)
        rates = training.factors[run.step : run.step + count, None] * run.rate[run.state.members]
        train_loss = training.report.plan.advance(run.state, index, rates.to(training.work.dtype))
        run.step += count
        run.take_snapshots(judged(run.state), run.step - count, pace.total, training.recipe.snapshots)
        members = run.state.members
        rate = spread(training.factors[run.step - 1] * run.rate[members], members, len(training.members))
        yield replace(training.look(train_loss), rate=rate)


def _first_loss(training: Training, index: Tensor | None) -> Tensor:
    """Before the first step, `[member]`, on its batch; index `[member, step, batch]` where it is one of rows."""
    state, feed = training.run.state.clone(), training.work.feed
    if index is not None:
        return training.report.plan.gradient(state, index[:, 0])[0]
    assert feed is not None
    return training.report.plan.gradient(state, feed.batch(state, 0))[0]


def recorded(learn: Loop) -> Loop:
    """A loop whose ticks have their time and are kept in the run; it ends with an error where nobody is left."""

    def loop(training: Training) -> Iterator[Tick]:
        run = training.run
        if learn is not steps:
            run.give_no_second_chance()
        start = time.perf_counter() - run.seconds
        for tick in learn(training):
            run.seconds = time.perf_counter() - start
            run.ticks.append(replace(tick, seconds=run.seconds))
            yield run.ticks[-1]
        _require_survivors(training)

    return loop


def _require_survivors(training: Training) -> None:
    if bool(training.run.failed.all()):
        raise TrainingError(
            "no network could be trained: every loss grew beyond all bounds, also after three restarts with "
            "a third of the learning rate",
            given=f"learning.optimizer.rate = {training.recipe.optimizer.rate}",
            instead="a smaller rate, or look for extreme values in the data with `isinglass check`.",
        )


def train(
    problem: Problem,
    maker: Maker,
    members: Sequence[Member],
    recipe: LearningRecipe,
    objective: ObjectiveRecipe | None = None,
    *,
    checkpoint: Checkpoint | None = None,
    frozen: tuple[str, ...] = (),
) -> Training:
    """Make ready to train a population: one cohort, all members of the same shape.

    Args:
        problem: the rows, and how each member sees them; row i of the `[member, ...]` arrays is members[i].
        maker: `maker(seed)` makes one network (`population.from_module` for a given module).
        members: seeds and settings of their own.
        recipe: the `[learning]` table; what is 'auto' is resolved from the rows' `nominal`.
        objective: for its penalties; the loss and the constraints are in the problem.
        checkpoint: where to save the run; if there is a saved one, it goes on from there.
        frozen: `machine.freeze`: starts of the names of stages that are not trained.

    Returns:
        A `Training`: iterate over it to train, then ask for its `result()`.

    Raises:
        MachineError: if members differ in shape. CheckpointError: if the saved run is another one, or damaged.
        TrainingError: if a member has no rows, or the plan that is asked for cannot run this.
    """
    recipe = defaults.resolve(recipe, problem.rows.epoch)
    population = populate(maker, members, dtype=dtype_of(recipe))
    work = work_of(problem, population, members, recipe, objective or ObjectiveRecipe(), frozen)
    loop = recorded(SOLVERS.get(recipe.optimizer.kind, steps))
    if checkpoint is None:
        return Training(work, members, population, recipe, loop=loop)
    training = Training(work, members, population, recipe, loop=checkpoint.saving(loop))
    checkpoint.resume(training)
    return training
