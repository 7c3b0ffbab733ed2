"""What networks learn from scratch, or from another's weights, on two processors: EuroSAT, CIFAR-10, CamVid.

    eurosat    3,000 satellite images of 64x64 pixels, 10 classes, scored on the 1,000 of its test part
    cifar      the first 10,000 training images of CIFAR-10, scored on the first 1,000 test images
    camvid     street scenes of 240x180 pixels, 468 to learn from, 11 classes: mean IoU on the 233 of its test part
    transfer   EuroSAT with 10 images a class: a ResNet-20 that knows CIFAR-10, all of it, all but its first stage or
               its head alone, with a new head; the same network from scratch, a small network from scratch, HOG + SVM;
               `--seeds` draws of the 100 images

One network a line (`--members` for more), through the product's doors: a recipe is prepared, a population of it is
trained. `--held` scores on a fifth of the training images instead of the test part (transfer: on 1,000 of the training
images that were not drawn): there, and nowhere else, settings were chosen; transfer's on the draws of `--first 100
--seeds 2`. Seconds are those of training, from the scaling of the pixels on; beside them the seconds of processor that
it took.

    python benchmarks/images.py eurosat cifar camvid transfer
    python benchmarks/images.py eurosat --held --set learning.epochs=8
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from cnn_throughput import where

from isinglass.data.splits import Splits
from isinglass.evaluation.baselines import IMAGE_BASELINES
from isinglass.evaluation.baselines.running import run as run_baseline
from isinglass.evaluation.metrics import METRICS
from isinglass.recipe import Recipe
from isinglass.spec import Role, Task
from isinglass.workbench.events import Ticked, Watched
from isinglass.workbench.judging.masks import count_pixels, outcome_of
from isinglass.workbench.population import train_population
from isinglass.workbench.prepare import Prepared, prepare

HERE = Path(__file__).resolve().parent
EACH, HELD = 10, 1000

WHOLE = {
    "splits.kind": "official", "splits.in_bag": 1.0, "splits.stop": 0.0, "learning.members": 1,
    "learning.patience": "never",
}  # fmt: skip
MUON = {
    "learning.optimizer.kind": "muon", "learning.optimizer.weight_decay": 0.05,
    "learning.schedule.kind": "triangular", "learning.schedule.peak": 0.2,
}  # fmt: skip
EUROSAT = MUON | {
    "machine.kind": "fast", "machine.filters": [32, 64, 128], "augment.flip": "random", "augment.flip_vertical": True,
    "augment.translation": 4, "augment.test_time": "flip", "objective.label_smoothing": 0.1,
    "learning.batch": 64, "learning.epochs": 30, "learning.optimizer.rate": 0.03,
}  # fmt: skip
CIFAR = MUON | {
    "machine.kind": "fast", "machine.filters": [64, 128, 192], "augment.flip": "alternating",
    "augment.translation": 2, "augment.test_time": "flip", "objective.label_smoothing": 0.2,
    "learning.batch": 64, "learning.epochs": 26, "learning.optimizer.rate": 0.03,
}  # fmt: skip
CAMVID = MUON | {
    "data.void": 11, "data.size": [180, 240], "machine.kind": "unet", "machine.filters": [16, 32, 64, 128],
    "augment.flip": "random", "augment.translation": 8, "learning.batch": 8, "learning.epochs": 22,
    "learning.optimizer.rate": 0.02, "learning.optimizer.weight_decay": 0.02,
    "objective.class_weights": [0.96, 0.82, 2.61, 0.75, 1.39, 1.08, 2.41, 2.15, 1.43, 2.92, 2.83],
}  # fmt: skip
"""Weights: the classes' shares of the training pixels to the power -0.35, so that a pixel's mean weight is 1."""

FEW = {
    "augment.flip": "random", "augment.flip_vertical": True, "augment.test_time": "flip",
    "objective.label_smoothing": 0.1, "learning.batch": 20, "learning.epochs": 40,
}  # fmt: skip
RESNET = FEW | {
    "machine.kind": "cifar_resnet20", "learning.optimizer.kind": "adamw",
    "learning.optimizer.weight_decay": 0.05, "augment.translation": 2,
}  # fmt: skip
STARTED = RESNET | {"machine.start": "START", "learning.layer_decay": 0.6, "learning.epochs": 20}
STAGES = ["conv1", "bn1", "layer1", "layer2", "layer3"]
TRANSFER = {
    "ResNet-20 of CIFAR-10, its first stage still": STARTED | {"machine.freeze": STAGES[:3]},
    "ResNet-20 of CIFAR-10, lower stages slower": STARTED,
    "ResNet-20 of CIFAR-10, its head alone": STARTED | {"machine.freeze": STAGES},
    "ResNet-20 from scratch": RESNET,
    "small network from scratch": EUROSAT | FEW,
}


def main() -> None:
    """Run what is asked for, a line each."""
    args = arguments()
    sources = {"eurosat": "images/eurosat_rgb_subset.tar.gz", "camvid": "segmentation/camvid_half.tar.gz"}
    for task in args.tasks:
        if task == "transfer":
            transfer(args, args.data / sources["eurosat"])
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = cifar(args.data, Path(folder)) if task == "cifar" else args.data / sources[task]
            settings = {"eurosat": EUROSAT, "cifar": CIFAR, "camvid": CAMVID}[task]
            found = prepared(source, WHOLE | settings | {"learning.members": args.members}, args)
            found = replace(found, splits=held_out(found.splits)) if args.held else found
            print(f"{task}: {line(*learn(found, talk=True))}", flush=True)
    where(args)


def arguments() -> argparse.Namespace:
    """The command line."""
    shared = Path(os.environ.get("ISINGLASS_SHARED", HERE.parent.parent / "shared")) / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="+", choices=("eurosat", "cifar", "camvid", "transfer"))
    parser.add_argument("--held", action="store_true", help="score on held-out training images")
    parser.add_argument("--members", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3, help="of transfer: draws of its images")
    parser.add_argument("--first", type=int, default=0, help="of transfer: the first draw's seed")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="another setting, as JSON")
    parser.add_argument("--data", type=Path, default=shared, help="folder of the data sets")
    return parser.parse_args()


def prepared(source: Path, settings: dict[str, object], args: argparse.Namespace) -> Prepared:
    """The rows and parts of a study."""
    own = {key: _value(text) for key, _, text in (given.partition("=") for given in args.set)}
    recipe = Recipe.from_dict({"data": {"source": str(source)}})
    return prepare(recipe.replace(settings | {"learning.threads": args.threads} | own))


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def cifar(data: Path, folder: Path) -> Path:
    """A folder with the two files in the names that CIFAR-10's own have."""
    for name, file in {"data_batch_1.bin": "data_batch_1.bin", "test_batch.bin": "test_batch_first1000.bin"}.items():
        (folder / name).symlink_to((data / "cifar10" / file).resolve())
    return folder


def held_out(splits: Splits) -> Splits:
    """A fifth of the training rows in the place of the test part, which is not looked at."""
    role = splits.role.copy()
    role[role == int(Role.TEST)] = int(Role.UNUSED)
    train = np.flatnonzero(role[0] == int(Role.TRAIN))
    role[0, np.random.default_rng(1).permutation(train)[: len(train) // 5]] = int(Role.TEST)
    return replace(splits, role=role)


def learn(found: Prepared, *, talk: bool = False) -> tuple[float, float, float]:
    """Score on the test rows, seconds and processor seconds of training."""
    dataset, splits = found.dataset, found.splits
    begun, used = time.perf_counter(), time.process_time()
    training = Watched(train_population(dataset, splits, found.recipe))
    for event in training:
        if talk and isinstance(event, Ticked):
            loss, tick = np.nanmean(event.tick.train_loss), event.tick
            print(f"  epoch {tick.epoch:.0f}/{tick.epochs}, loss {loss:.3f}, {tick.seconds:.0f} s", end="\r")
    trained = training.result
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    test = splits.tested
    if dataset.schema.task is Task.SEGMENTATION:
        outcome = outcome_of(dataset, splits, count_pixels(dataset, test, trained.ensemble))
        return METRICS["mean_iou"](outcome), seconds, used
    predicted = trained.ensemble.predict(dataset.inputs[test]).probabilities.argmax(axis=1)
    return float((predicted == dataset.targets[test, 0]).mean()), seconds, used


def line(score: float, seconds: float, used: float) -> str:
    """One result, with its conditions."""
    return f"{score:.4f} in {seconds:.0f} s ({used:.0f} processor seconds, load {os.getloadavg()[0]:.1f})"


def transfer(args: argparse.Namespace, source: Path) -> None:
    """The table of few images."""
    start = str(args.data / "pretrained" / "resnet20-12fca82f.th")
    print(f"\nEuroSAT, {EACH} images a class, accuracy over {args.seeds} draws")
    for name, settings in TRANSFER.items():
        settings = settings | ({"machine.start": start} if "machine.start" in settings else {})
        found = prepared(source, WHOLE | settings, args)
        scores = []
        for seed in range(args.first, args.first + args.seeds):
            splits = drawn(found, seed, held=args.held)
            learning = found.recipe.learning.model_copy(update={"seed": seed})
            recipe = found.recipe.model_copy(update={"learning": learning})
            scores.append(learn(replace(found, splits=splits, recipe=recipe)))
        show(name, *np.array(scores).T)
    found, scores = prepared(source, WHOLE, args), []
    for seed in range(args.first, args.first + args.seeds):
        ran = run_baseline(IMAGE_BASELINES["hog"], found.dataset, drawn(found, seed, held=args.held), seed=seed)
        scores.append((METRICS["accuracy"](ran.outcome), ran.seconds, ran.seconds))
    show("HOG + SVM", *np.array(scores).T)


def show(name: str, scores: np.ndarray, seconds: np.ndarray, used: np.ndarray) -> None:
    """One row of the table."""
    spread = f"{scores.mean():.3f} ({scores.min():.3f} to {scores.max():.3f})"
    print(f"{name:<44} {spread}   {seconds.mean():6.1f} s, {used.mean():6.1f} processor seconds", flush=True)


def drawn(found: Prepared, seed: int, *, held: bool) -> Splits:
    """Ten training images of each class; the test part, or a thousand of the other training images."""
    rng, role = np.random.default_rng(seed), found.splits.role.copy()
    train = rng.permutation(np.flatnonzero(role[0] == int(Role.TRAIN)))
    classes = found.dataset.targets[train, 0]
    mine = np.concatenate([train[classes == c][:EACH] for c in np.unique(classes)])
    role[0, train] = int(Role.UNUSED)
    role[0, mine] = int(Role.TRAIN)
    if held:
        role[role == int(Role.TEST)] = int(Role.UNUSED)
        role[0, np.setdiff1d(train, mine, assume_unique=True)[:HELD]] = int(Role.TEST)
    return replace(found.splits, role=role)


if __name__ == "__main__":
    main()
