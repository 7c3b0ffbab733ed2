"""A fitted model as its user meets it: tables in, honest answers out, one file that holds it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.data.catalogue import open_source
from isinglass.data.columns import find_header, read_headers
from isinglass.data.parsing import numbers
from isinglass.data.rows import row_ids
from isinglass.data.schema import Schema
from isinglass.data.sources.arrays import to_polars
from isinglass.data.sources.frame import Frame, materialise
from isinglass.errors import DataError, ModelFileError
from isinglass.evaluation.intervals import Interval, evaluate
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.metrics import DECIDING, METRICS
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.report import Report, openings
from isinglass.explanation import METHODS, Explanation, Probe
from isinglass.export.bundle import Bundle, read_bundle, write_bundle
from isinglass.export.records import pack, unpack
from isinglass.learning.ensemble import Ensemble
from isinglass.learning.prediction import Prediction
from isinglass.learning.storage import Stored, restore, store
from isinglass.machine import Own
from isinglass.recipe import Recipe
from isinglass.types import Task

Rows = Any
"""A path, a catalogue name, a pandas, polars or pyarrow table, a dict of columns, or an array [sample, column]."""


@dataclass(frozen=True)
class Sample:
    """Unseen rows kept with the model, so that it can be asked again what it looks at.

    inputs: [sample, feature]; targets: [sample, out]; weights: [sample]; fold: [sample] whose members never saw it.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    fold: np.ndarray


class Model:
    """A population of networks with everything that is known about it.

    Attributes:
        recipe: the study, every default filled in.
        schema: the columns it reads and predicts.
        ensemble: the networks.
        findings: what the study found, as the report shows it.
        ledger: every opening of the test part.
        sample: unseen rows kept for explanations.
    """

    def __init__(
        self, recipe: Recipe, schema: Schema, ensemble: Ensemble, findings: Report, ledger: Ledger, sample: Sample
    ) -> None:
        self.recipe, self.schema, self.ensemble = recipe, schema, ensemble
        self.findings, self.ledger, self.sample = findings, ledger, sample

    def __repr__(self) -> str:
        names = ", ".join(target.name for target in self.schema.targets)
        return f"<isinglass Model of {names}: {self.findings.machine}. {self.findings.verdict}>"

    def predict(self, rows: Rows) -> Prediction:
        """Predict new rows; columns may be in any order, and there may be more of them.

        Raises:
            DataError: a column is missing, or a cell does not fit: row, column and value are named.
        """
        frame, where = self._frame(rows)
        return self.ensemble.predict(self.schema.encode(frame, where=where))

    def examine(self, rows: Rows) -> tuple[str, ...]:
        """What one should know of new rows before one trusts their predictions: unused columns, unseen categories."""
        frame, where = self._frame(rows)
        data = self.recipe.data
        named = (data.group, data.time, data.latitude, data.longitude, data.weight, *data.drop)
        return self.schema.examine(frame, where=where, expected=named)

    def evaluate(self, rows: Rows, *, bootstrap: int = 1000) -> dict[str, Interval]:
        """Score the model on labelled rows: every metric with its 95 % bootstrap interval (over the recipe's groups
        where the rows have them). The look is written into `ledger`.

        Raises:
            DataError: the target is missing, or no row has one.
        """
        frame, where = self._frame(rows)
        observed = self.schema.encode_targets(frame, where=where)
        inputs = self.schema.encode(frame, where=where)
        known = np.isfinite(observed).all(axis=1)
        if not known.any():
            raise DataError("no row has all targets: nothing to score", where=where)
        groups = self._groups(frame, where)
        outcome = self._outcome(inputs[known], observed[known], groups[known])
        outcome = replace(outcome, weights=self._weights(frame, where)[known])
        scores = evaluate(outcome, METRICS, bootstrap=bootstrap, seed=self.recipe.learning.seed)
        ids = row_ids(inputs[known], observed[known])
        self.ledger = self.ledger.record("evaluate", ids, {name: score.value for name, score in scores.items()})
        return scores

    def explain(
        self, rows: Rows | None = None, *, method: str = "permutation", columns: Sequence[str] = (), **options: Any
    ) -> tuple[Explanation, ...]:
        """Ask what the model looks at.

        Args:
            rows: with targets for importances; None: the unseen rows kept with the model, each answered by networks
                that never saw it.
            method: a key of `explanation.METHODS`.
            columns: raw input columns; empty: all.
            options: the method's own.
        """
        if method not in METHODS:
            raise DataError("no such method", where="explain", given=method, allowed=METHODS)
        probe = self._kept_probe() if rows is None else self._new_probe(rows, scored=method.startswith("permutation"))
        return METHODS[method](probe, columns, seed=self.recipe.learning.seed, **options)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report."""
        from isinglass.export.html import write_html

        return write_html(replace(self.findings, ledger=openings(self.ledger)), Path(path))

    def save(self, path: str | Path) -> Path:
        """Write one file: a zip of safetensors and JSON with checksums (see `export.bundle`)."""
        findings, report_arrays = pack(self.findings)
        sample, sample_arrays = pack(self.sample)
        stored = store(self.ensemble)
        documents = {
            "recipe": self.recipe.model_dump(mode="json", exclude_none=True),
            "schema": pack(self.schema)[0],
            "ensemble": stored.document,
            "ledger": self.ledger.to_json(),
            "report": findings,
            "sample": sample,
        }
        arrays = {"members": stored.arrays, "report": report_arrays, "sample": sample_arrays}
        return write_bundle(path, Bundle(documents, arrays), writer=f"isinglass {version('isinglass')}")

    @staticmethod
    def load(path: str | Path, *, trust_factory: bool = False, machine: Own | None = None) -> Model:
        """Read a model file. Nothing in it is run.

        Args:
            path: the file.
            trust_factory: allow a machine of your own (`machine.kind = 'custom'`) to be imported and called.
            machine: the network that was given in Python, as an `nn.Module` or a function, where the study had one.

        Raises:
            ModelFileError: no such file, damaged, from a newer version, or a machine of your own without trust.
        """
        bundle = read_bundle(path)
        try:
            recipe = Recipe.from_dict(bundle.documents["recipe"], where=str(path))
            schema = unpack(Schema, bundle.documents["schema"], {})
            if machine is None:
                _require_trust(recipe, path, trust_factory=trust_factory)
            stored = Stored(bundle.documents["ensemble"], bundle.arrays["members"])
            return Model(
                recipe=recipe,
                schema=schema,
                ensemble=restore(stored, recipe, schema.features, schema.targets, schema.task, own=machine),
                findings=unpack(Report, bundle.documents["report"], bundle.arrays["report"]),
                ledger=Ledger.from_json(bundle.documents["ledger"]),
                sample=unpack(Sample, bundle.documents["sample"], bundle.arrays["sample"]),
            )
        except (KeyError, IndexError, RuntimeError) as error:
            raise ModelFileError(f"the model file is incomplete: {error!r}", where=str(path)) from None

    def _frame(self, rows: Rows) -> tuple[Frame, str]:
        if isinstance(rows, (str, Path)):
            table = open_source(str(rows))
            return table.frame, table.where
        names = [column.header or column.name for column in self.schema.columns]
        plain = isinstance(rows, np.ndarray) and not rows.dtype.names
        return to_polars(rows, names=names if plain else None), "the rows"

    def _groups(self, frame: Frame, where: str) -> np.ndarray:
        group = self.recipe.data.group
        if group not in {header.name for header in read_headers(frame.columns)}:
            return np.arange(frame.height)
        header = find_header(group, read_headers(frame.columns), where=where)
        return materialise(frame, [header.text])[header.text].cast(str).fill_null("").to_numpy().astype(str)

    def _weights(self, frame: Frame, where: str) -> np.ndarray:
        """The recipe's sample weights where the rows have them, ones elsewhere."""
        weight = self.recipe.data.weight
        if weight not in {header.name for header in read_headers(frame.columns)}:
            return np.ones(frame.height)
        header = find_header(weight, read_headers(frame.columns), where=where)
        return np.nan_to_num(numbers(frame[header.text].alias(weight), where=where))

    def _outcome(self, inputs: np.ndarray, observed: np.ndarray, groups: np.ndarray) -> Outcome:
        found = self.ensemble.predict(inputs)
        if self.schema.task is not Task.REGRESSION:
            return Outcome(observed=observed, task=self.schema.task, probabilities=found.probabilities, groups=groups)
        level = self.recipe.evaluation.coverage
        low, high = found.interval(level)
        parts = {"mean": found.mean, "std": found.std, "low": low, "high": high, "coverage": level}
        return Outcome(observed=observed, task=self.schema.task, groups=groups, **parts)

    def _new_probe(self, rows: Rows, *, scored: bool) -> Probe:
        frame, where = self._frame(rows)
        inputs = self.schema.encode(frame, where=where)
        if not scored:
            return self._probe(inputs, self._answer, None)
        observed = self.schema.encode_targets(frame, where=where)
        known = np.isfinite(observed).all(axis=1)
        return self._probe(inputs[known], self._answer, self._score(observed[known], np.ones(int(known.sum()))))

    def _kept_probe(self) -> Probe:
        sample = self.sample
        folds = np.unique(sample.fold)
        teams = [self.ensemble.take(np.flatnonzero(self.ensemble.fold == fold)) for fold in folds]
        predict = unseen_answers(teams, [np.flatnonzero(sample.fold == fold) for fold in folds])
        return self._probe(sample.inputs, predict, self._score(sample.targets, sample.weights))

    def _probe(
        self,
        inputs: np.ndarray,
        predict: Callable[[np.ndarray], np.ndarray],
        score: Callable[[np.ndarray], float] | None,
    ) -> Probe:
        features, columns = self.schema.features, self.schema.columns
        return Probe(predict=predict, inputs=inputs, features=features, score=score, columns=columns)

    def _answer(self, inputs: np.ndarray) -> np.ndarray:
        return _answer(self.ensemble, inputs)

    def _score(self, observed: np.ndarray, weights: np.ndarray) -> Callable[[np.ndarray], float]:
        return score_of(self.schema.task, observed, weights)


def score_of(task: Task, observed: np.ndarray, weights: np.ndarray) -> Callable[[np.ndarray], float]:
    """The deciding score of predictions [sample, ...] (means, or probabilities) for these rows."""
    metric, name = METRICS[DECIDING[task]], "mean" if task is Task.REGRESSION else "probabilities"
    blank = Outcome(observed=observed, task=task, weights=weights)
    return lambda predicted: metric(replace(blank, **{name: np.asarray(predicted, dtype=np.float64)}))


def unseen_answers(teams: Sequence[Ensemble], places: Sequence[np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A prediction of whole copies of the same rows in which each row is answered by networks that never saw it.

    Args:
        teams: the members of each fold.
        places: of each fold's rows within a copy; together all rows.
    """
    count = sum(map(len, places))

    def predict(copies: np.ndarray) -> np.ndarray:
        cube = copies.reshape(-1, count, copies.shape[1])
        answers = np.empty((len(cube), count, 0))
        for team, rows in zip(teams, places, strict=True):
            if not len(rows):
                continue
            found = _answer(team, cube[:, rows].reshape(-1, copies.shape[1]))
            answers = answers if answers.shape[2] else np.empty((len(cube), count, found.shape[1]))
            answers[:, rows] = found.reshape(len(cube), len(rows), -1)
        return answers.reshape(len(copies), -1)

    return predict


def _answer(ensemble: Ensemble, inputs: np.ndarray) -> np.ndarray:
    found = ensemble.predict(inputs)
    return found.mean if found.probabilities is None else found.probabilities


def _require_trust(recipe: Recipe, path: str | Path, *, trust_factory: bool) -> None:
    if recipe.machine.kind == "custom" and not trust_factory:
        raise ModelFileError(
            "the model's machine is a function of your own, and loading would call it",
            where=str(path),
            given=recipe.machine.factory or "a network given in Python",
            instead=(
                "isinglass.load(path, trust_factory=True), if you know where the file comes from."
                if recipe.machine.factory
                else "isinglass.load(path, machine=...), with the network that was given to the fit."
            ),
        )
