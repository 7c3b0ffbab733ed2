"""A population while it learns: what it learns, what it has learnt, and what is decided after every look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from isinglass.learning import defaults
from isinglass.learning.batches import Batches, role_index
from isinglass.learning.evaluate import losses, unlearnt
from isinglass.learning.members import Member, column
from isinglass.learning.optimizers.schedules import factors
from isinglass.learning.plans import State, Work
from isinglass.learning.plans.selection.select_plan import PlanReport, choose
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.population import Population
from isinglass.learning.run import EXPLODED, Run, Tick, at_rest, spread
from isinglass.learning.stopping import Best, Pace
from isinglass.learning.weight_averaging import judged, remember
from isinglass.recipe import LearningRecipe
from isinglass.spec import Role

STOP_ROWS = 20_000
"""Of more STOP rows than this, so many evenly spaced ones decide: their mean is good to a percent."""

Loop = Callable[["Training"], Iterator[Tick]]
"""How a population learns: ticks, and weights that are left in `training.run`."""


class Training:
    """A population that learns while it is iterated over; made by `train`.

    Attributes:
        work, members: what is learnt, by whom.
        recipe: without any 'auto' but plan, precision and device.
        population: initial weights; `result()` has the learnt ones.
        run: everything that changes: who is learning, the best so far, restarts, all ticks.
        loop: how they learn: it takes this and gives the ticks.
    """

    def __init__(
        self, work: Work, members: Sequence[Member], population: Population, recipe: LearningRecipe, *, loop: Loop
    ) -> None:
        self.work, self.members, self.population, self.recipe = work, tuple(members), population, recipe
        self.loop = loop
        self.pace = Pace(defaults.steps_per_epoch(work.rows.epoch, recipe.batch), int(recipe.epochs))
        self.batches = Batches(work.rows, members, recipe.batch)
        self.factors = factors(recipe.schedule, self.pace.total)
        begin = at_rest(population, [member.seed for member in members], recipe.optimizer)
        self.initial = remember(begin, average=recipe.average, lookahead=recipe.lookahead)
        self.run = Run.begin(self.initial.clone(), column(members, "rate", float(recipe.optimizer.rate)))

    @cached_property
    def report(self) -> PlanReport:
        """The plan, chosen by measurement when it is first needed."""
        return choose(self.work, self.initial, self.batches, self.recipe, steps=self.pace.total)

    @property
    def devices(self) -> tuple[str, ...]:
        """The accelerators that the chosen plan uses; none before it is chosen."""
        report: PlanReport | None = self.__dict__.get("report")
        return () if report is None else report.tuning.devices

    @cached_property
    def stop_rows(self) -> Tensor:
        """int32 `[member, n]`, -1 is padding."""
        return role_index(self.work.rows, Role.STOP, most=STOP_ROWS)

    @cached_property
    def train_rows(self) -> Tensor:
        """int32 `[member, n]`, -1 is padding; a sample of them where there are very many."""
        return role_index(self.work.rows, Role.TRAIN, most=STOP_ROWS)

    @cached_property
    def bounds(self) -> Tensor:
        """float64 `[member]`: beyond this, what early stopping watches has exploded, however calm the loss: a sigma
        that grows with the error hides it. Infinite where the loss has no `watch`, or the member no STOP rows."""
        if self.work.objective.loss.watch is None or not self.stop_rows.shape[1]:
            return torch.full((len(self.members),), torch.inf, dtype=torch.float64)
        return EXPLODED * (unlearnt(self.work, self.stop_rows) + 1).nan_to_num(nan=torch.inf)

    def __iter__(self) -> Iterator[Tick]:
        """Learn until all members are done. After an interruption a new loop goes on where the last one stopped.

        Raises:
            TrainingError: if no member is left whose loss is finite.
            CheckpointError: if the run cannot be saved; what was saved before is intact.
        """
        return self.loop(self)

    def look(self, train_loss: Tensor, done: Tensor | None = None) -> Tick:
        """Judge the learning members (train_loss float64 `[member]`): keep, stop, set aside; and say so.

        Members for which bool `[member]` `done` is true have nothing more to learn.
        """
        stop_losses = self._stop_losses(judged(self.run.state))
        with torch_threads(1):  # too little to share: on a busy machine threads wait for each other, and spin
            return self._judge(train_loss, stop_losses, done)

    def _judge(self, train_loss: Tensor, stop_losses: Tensor, done: Tensor | None) -> Tick:
        run, state, total = self.run, self.run.state, len(self.members)
        epoch = run.step / self.pace.per_epoch
        learnt = judged(state)
        stop_loss, criterion = stop_losses
        exploded = run.exploded(train_loss) | (criterion > self.bounds[state.members])
        watched = criterion.isfinite() & isinstance(self.recipe.patience, int)
        run.best.observe(learnt, torch.where(watched & ~exploded, criterion, torch.inf), epoch)
        run.best.keep(learnt, ~watched & ~exploded)
        tired = watched & run.best.waiting(state.members, epoch, self.recipe.patience)
        done = tired if done is None else tired | done
        stay = ~(exploded | done) & (run.step < self.pace.total)
        restarted = run.set_aside(exploded)
        run.state = state if bool(stay.all()) else state.take(stay.nonzero().squeeze(1))
        active = np.zeros(total, dtype=bool)
        active[run.state.members.numpy()] = True
        return Tick(
            epoch=epoch,
            epochs=self.pace.epochs,
            step=run.step,
            train_loss=spread(train_loss, state.members, total),
            stop_loss=spread(stop_loss, state.members, total),
            active=active | run.waiting.numpy(),
            rate=np.full(total, np.nan),
            restarted=restarted,
            round=run.round,
        )

    def _stop_losses(self, state: State) -> Tensor:
        """The loss on STOP rows and what early stopping watches there: float64 `[2, member]`."""
        if not self.stop_rows.shape[1]:
            return torch.full((2, len(state.members)), torch.nan, dtype=torch.float64)
        with torch_threads(1 if self.work.view.spec.flat else torch.get_num_threads()):  # the plan has its own
            return losses(self.report.plan, self.work, state, self.stop_rows[state.members])

    def result(self) -> Population:
        """The population with each member's best weights (its last ones where there are no STOP rows or no
        patience). `run.failed` says which members were given up: do not use those."""
        return self.run.result(self.population)

    def final_state(self) -> State:
        """`result()` as a state for `report.plan.forward`."""
        return at_rest(self.result(), [member.seed for member in self.members], self.recipe.optimizer)

    def now(self) -> State:
        """All members at this tick: those that learn with their present weights, the others with their best."""
        learning, best = judged(self.run.state), self.run.best
        latest = Best(best.loss, best.epoch, best.theta.clone(), {name: b.clone() for name, b in best.buffers.items()})
        latest.keep(learning, torch.ones(len(learning.members), dtype=torch.bool))
        population = Population(self.population.machine, self.population.layout, latest.theta, latest.buffers)
        return population.state([member.seed for member in self.members])

    def team(self) -> State:
        """`final_state()`, then the snapshots of all members that were not given up; its `members` say whose weights
        each row has, so an ensemble of it knows each one's fold and bag."""
        return self.run.with_snapshots(self.final_state())
