"""What does a step of today's default network cost beside a plain network with as many multiply-adds?

The default network for a table of 8 columns (periodic embedding, two hidden layers of 64, SiLU, Gaussian head), as
`machine.build` makes it, beside plain ReLU networks 8-h-h-1 with squared error, as those of `population.py`; and two
networks between them, which tell what the activation and the loss cost. All train on the same 20,000 rows in batches of
128, with AdamW, by the compiled plan.

h is the multiple of 16 (whole vectors) that comes nearest to the default network's multiply-adds; what is left of the
difference is divided out. The time is that of the processor, of all threads, for a whole training without stopping,
batches drawn, divided by steps and networks; the networks take turns, and the ratio is the median over the turns.

    python benchmarks/learning_default.py --repeat 7
    python benchmarks/learning_default.py --dtype float64
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from population import BATCH, FEATURES, SAMPLES, processor, table, versions
from torch import nn

from isinglass.learning.members import Member, member_seed
from isinglass.learning.plans.compiled import is_warm, warm
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.learning.view import View
from isinglass.machine import build, resolve
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import LearningRecipe, MachineRecipe
from isinglass.spec import Role, Shape

ROWS = 2 * BATCH
"""Of a batch: what `learning.defaults` takes for so many rows."""


@dataclass
class Contender:
    """A network, its loss, and what its steps took: microseconds a step, one number a turn."""

    name: str
    machine: Callable[[int], nn.Module]
    loss: str
    multiply_adds: int
    taken: list[float] = field(default_factory=list)


def main() -> None:
    """Print a row a network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    args = parser.parse_args()
    kind = getattr(torch, args.dtype)
    if not is_warm(kind):
        warm(kind)
    contenders = entrants()
    for turn in range(args.repeat + 1):
        for contender in contenders:
            taken = microseconds(contender, args)
            if turn:  # the first turn only warms up
                contender.taken.append(taken)
    show(contenders)
    found = ", ".join(f"{name} {installed}" for name, installed in versions())
    print(f"\n{args.dtype}, {args.networks} networks x {steps(args)} steps of {ROWS} rows, n = {args.repeat}, "
          f"{args.threads} threads, {processor()}, load {os.getloadavg()[0]:.1f}, python "
          f"{platform.python_version()}, {found}")  # fmt: skip


def entrants() -> list[Contender]:
    """The plain network first, the default one last."""
    wanted = multiply_adds(default(0))
    hidden = min(range(16, 257, 16), key=lambda h: abs(multiply_adds(plain(h, 1, nn.ReLU, 0)) - wanted))

    def entrant(name: str, activation: type[nn.Module], loss: str, outputs: int) -> Contender:
        count = multiply_adds(plain(hidden, outputs, activation, 0))
        shape = f"{FEATURES}-{hidden}-{hidden}-{outputs}"
        return Contender(f"{shape} {name}, {loss}", lambda seed: plain(hidden, outputs, activation, seed), loss, count)

    return [
        entrant("ReLU", nn.ReLU, "squared", 1),
        entrant("SiLU", nn.SiLU, "squared", 1),
        entrant("SiLU", nn.SiLU, "gaussian", 2),
        Contender("default", default, "gaussian", wanted),
    ]


def plain(hidden: int, outputs: int, activation: type[nn.Module], seed: int) -> nn.Module:
    """8-h-h-outputs."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(FEATURES, hidden), activation(), nn.Linear(hidden, hidden), activation(),
            nn.Linear(hidden, outputs),
        )  # fmt: skip


def default(seed: int) -> nn.Module:
    """What a regression on numeric columns gets when nothing is said."""
    shape = Shape(features=FEATURES, outputs=2)
    return build(resolve(MachineRecipe(), shape), shape, seed=seed)


def multiply_adds(machine: nn.Module) -> int:
    """Of a row and step: every weight once forwards and once for its gradient; once more for the gradient by the
    layer's input, but of the layers that read the columns themselves. Of the waves, their frequencies count."""
    weights = {name: p for name, p in machine.named_parameters() if p.dim() > 1 and not name.endswith("phase")}
    first = next(iter(weights))
    sizes = {name: p.numel() for name, p in weights.items() if not name.endswith("numeric.bias")}
    return 3 * sum(sizes.values()) - sizes[first]


def training(contender: Contender, args: argparse.Namespace) -> Training:
    """Ready to train."""
    x, y, _ = table()
    members = tuple(Member(i, 0, member_seed(i, 0)) for i in range(args.networks))
    count = len(members)
    kind = getattr(torch, args.dtype)
    problem = Problem(
        rows=Rows(
            inputs=torch.from_numpy(x),
            targets=torch.from_numpy(y[:, None]),
            weights=torch.ones(SAMPLES, dtype=torch.float64),
            role=torch.full((count, SAMPLES), int(Role.TRAIN), dtype=torch.int8),
        ),
        view=View(
            center=torch.from_numpy(x.mean(0)).expand(count, -1),
            scale=torch.from_numpy(1 / x.std(0)).expand(count, -1),
            clip=torch.ones(FEATURES, dtype=torch.bool),
            target_center=torch.full((count, 1), y.mean(), dtype=torch.float64),
            target_scale=torch.full((count, 1), y.std(), dtype=torch.float64),
        ),
        objective=Objective(LOSSES[contender.loss]),
    )
    recipe = LearningRecipe(
        members=count, epochs=args.epochs, batch=ROWS, patience="never", plan="compiled", threads=args.threads,
        precision="float64" if kind is torch.float64 else "float32",
    )  # fmt: skip
    return train(problem, contender.machine, members, recipe)


def microseconds(contender: Contender, args: argparse.Namespace) -> float:
    """Of the processor, a step and network."""
    run = training(contender, args)
    _ = run.report
    start = time.process_time()
    for _ in run:
        pass
    return (time.process_time() - start) / (steps(args) * args.networks) * 1e6


def steps(args: argparse.Namespace) -> int:
    """Of a network."""
    return args.epochs * -(-SAMPLES // ROWS)


def show(contenders: list[Contender]) -> None:
    """Medians, and ratios to the first: of time a step, and of time a multiply-add."""
    first = contenders[0]
    print(f"{'network':<30} {'multiply-adds a row':>20} {'us a step (least..most)':>25} {'ratio':>7} "
          f"{'at equal multiply-adds (least..most)':>38}")  # fmt: skip
    for each in contenders:
        ratios = [a / b for a, b in zip(each.taken, first.taken, strict=True)]
        equal = [ratio * first.multiply_adds / each.multiply_adds for ratio in ratios]
        time_text = f"{statistics.median(each.taken):.1f} ({min(each.taken):.1f}..{max(each.taken):.1f})"
        equal_text = f"{statistics.median(equal):.2f} ({min(equal):.2f}..{max(equal):.2f})"
        print(f"{each.name:<30} {each.multiply_adds:>20,} {time_text:>25} {statistics.median(ratios):>7.2f} "
              f"{equal_text:>38}")  # fmt: skip


if __name__ == "__main__":
    main()
