"""A fitted model as its user meets it: tables in, honest answers out, one file that holds it all."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.data.fingerprints import short_ids
from isinglass.data.rows import Asked, Labelled, Rows, read
from isinglass.data.schema import DataSchema
from isinglass.errors import ModelFileError, UsageError
from isinglass.evaluation.counting import count_masks
from isinglass.evaluation.intervals import Interval, evaluate
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.outcome import Outcome, maps
from isinglass.evaluation.report import Report, openings
from isinglass.evaluation.targets import by_target, without_units
from isinglass.explanation import Explanation
from isinglass.export.bundle import Bundle, read_bundle, write_bundle
from isinglass.export.combinations import pack_combination, unpack_combination
from isinglass.export.records import pack, unpack
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.maps import Segmented
from isinglass.inference.prediction import Prediction as Answers
from isinglass.inference.storage import Stored, restore, store
from isinglass.kinds import KINDS, kind_of_document
from isinglass.kinds.opening import load
from isinglass.machine import Own
from isinglass.model.explaining import explain
from isinglass.model.predicted import Prediction
from isinglass.model.predicted_maps import MapPrediction
from isinglass.model.residuals import equation_residuals
from isinglass.model.study_warnings import in_python, warn
from isinglass.model.subject import Sample, Subject
from isinglass.recipe import Recipe
from isinglass.spec import Task


class Model:
    """A population of networks with everything that is known about it.

    Attributes:
        recipe: the study, every default filled in.
        schema: what it reads and predicts: columns of a table, or images.
        ensemble: the networks.
        findings: what the study found, as the report shows it.
        ledger: every opening of the test part.
        sample: unseen rows kept for explanations.
    """

    def __init__(
        self,
        recipe: Recipe,
        schema: DataSchema,
        ensemble: Ensemble,
        findings: Report,
        ledger: Ledger,
        sample: Sample,
    ) -> None:
        self.recipe, self.schema, self.ensemble = recipe, schema, ensemble
        self.findings, self.ledger, self.sample = findings, ledger, sample
        self.reader = KINDS[schema.kind].reader(schema, recipe.data, load=load)

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know of the study, as `ig.fit` warned: how rows were read and divided, and what may mislead.
        The cures are keywords of `ig.fit`."""
        return tuple(map(in_python, self.findings.warnings))

    def __repr__(self) -> str:
        names = ", ".join(target.name for target in self.schema.targets)
        return f"<isinglass Model of {names}: {self.findings.machine}. {self.findings.verdict}>"

    def _repr_html_(self) -> str:
        from isinglass.figures.notebook import model_card

        return model_card(self.findings, ", ".join(target.name for target in self.schema.targets))

    def predict(self, rows: Rows) -> Prediction | MapPrediction:
        """Predict new rows; columns may be in any order, and there may be more of them. Of masks there is an answer at
        every pixel (see `MapPrediction`).

        Raises:
            DataError: a column is missing, or a cell does not fit: row, column and value are named.
        """
        asked = self.read(rows)
        if asked is not rows:
            warn(asked.notes, beyond=2)
        if self.schema.over:
            return MapPrediction(self.ensemble, asked)
        return Prediction(self.answers(asked), asked.carried, asked.notes)

    def answers(self, asked: Asked) -> Answers:
        """As `predict`, of rows that are read, with an axis for the targets even where there is one."""
        found = replace(self.ensemble.predict(asked.inputs), names=asked.names, decision=self.findings.decision)
        return self._with_equations(found, asked.inputs) if self.recipe.objective.equations else found

    def segment(self, images: Rows) -> Iterator[tuple[np.ndarray, Segmented]]:
        """Deprecated: `predict`, which says the same when it is iterated over.

        Raises:
            DataError: there are no images. UsageError: the model is not for masks.
        """
        warnings.warn("Model.segment is now Model.predict", DeprecationWarning, stacklevel=2)
        if not self.schema.over:
            raise UsageError(f"a model for {self.schema.task} has no masks", where="segment", instead="model.predict")
        return iter(MapPrediction(self.ensemble, self.read(images)))

    def read(self, rows: Rows) -> Asked:
        """Rows read once, to be asked about more than once: every method takes them in place of the source."""
        return read(self.reader, rows)

    def examine(self, rows: Rows) -> tuple[str, ...]:
        """What one should know of new rows before one trusts their predictions: unused columns, unseen categories,
        files that cannot be read."""
        return self.read(rows).notes

    def evaluate(self, rows: Rows, *, bootstrap: int = 1000) -> dict[str, Interval]:
        """Score the model on labelled rows: every metric with its 95 % bootstrap interval (over the recipe's groups
        where the rows have them). Of several targets each has its own scores, as `rmse.temperature`; over all of them
        those without a unit are averaged, or all where the unit is one. The look is written into `ledger`.

        Raises:
            DataError: the target is missing, or no row has one.
        """
        found = rows if isinstance(rows, Labelled) else self.reader.labelled(rows)
        outcome = replace(self._outcome(found.inputs, found.targets, found.groups), weights=found.weights)
        draws = {"bootstrap": bootstrap, "seed": self.recipe.learning.seed}
        targets = self.schema.targets
        scores = without_units(evaluate(outcome, METRICS, **draws), self.schema.task, targets)
        for target, alone in by_target(outcome, targets).items():
            scores |= {f"{name}.{target}": score for name, score in evaluate(alone, METRICS, **draws).items()}
        self.ledger = self.ledger.record("evaluate", found.ids, {name: score.value for name, score in scores.items()})
        return scores

    def learnt(self, rows: Labelled) -> int:
        """How many of these rows are among those that networks of the study learnt from: no test for them."""
        return int(np.isin(short_ids(rows.ids), self.sample.learnt).sum())

    def explain(
        self, rows: Rows | None = None, *, method: str = "permutation", columns: Sequence[str] = (), **options: Any
    ) -> tuple[Explanation, ...]:
        """Ask what the model looks at.

        Args:
            rows: with targets for importances; None: the unseen rows kept with the model, each answered by networks
                that never saw it.
            method: a key of `explanation.METHODS`, or of `LOCAL_METHODS`, which look at one sample.
            columns: raw input columns; empty: all.
            options: the method's own; of one sample also `sample` (its number, counted from 1), `output` (the class
                or target by name) and `member` (one network alone, counted from 1).
        """
        subject = Subject(self.ensemble, self.schema, self.sample, self.reader, seed=self.recipe.learning.seed)
        return explain(subject, rows, method=method, columns=columns, options=options)

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
            "schema": {"kind": self.schema.kind, **pack(self.schema)[0]},
            "ensemble": stored.document,
            "ledger": self.ledger.to_json(),
            "report": findings,
            "sample": sample,
        }
        arrays = {"members": stored.arrays, "report": report_arrays, "sample": sample_arrays}
        if self.ensemble.combination is not None:
            documents["combination"], arrays["combination"] = pack_combination(self.ensemble.combination)
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
            kind = kind_of_document(bundle.documents["schema"])
            schema = unpack(kind.schema, bundle.documents["schema"], {})
            if machine is None:
                _require_trust(recipe, path, trust_factory=trust_factory)
            stored = Stored(bundle.documents["ensemble"], bundle.arrays["members"])
            ensemble = _restored(stored, recipe, schema, machine)
            if "combination" in bundle.documents:
                parts = bundle.documents["combination"], bundle.arrays["combination"]
                ensemble = replace(ensemble, combination=unpack_combination(*parts))
            return Model(
                recipe=recipe,
                schema=schema,
                ensemble=ensemble,
                findings=unpack(Report, bundle.documents["report"], bundle.arrays["report"]),
                ledger=Ledger.from_json(bundle.documents["ledger"]),
                sample=unpack(Sample, bundle.documents["sample"], bundle.arrays["sample"]),
            )
        except (KeyError, IndexError, RuntimeError) as error:
            raise ModelFileError(f"the model file is incomplete: {error!r}", where=str(path)) from None

    def _with_equations(self, found: Answers, inputs: np.ndarray) -> Answers:
        """With the residuals of differential equations beside those of laws."""
        schema, laws = self.schema, found.find_residuals or (lambda: ())
        if not schema.columns:
            return found
        equations = self.recipe.objective.equations
        return replace(
            found,
            find_residuals=lambda: (*laws(), *equation_residuals(self.ensemble, schema, equations, inputs)),
        )

    def _outcome(self, inputs: np.ndarray, observed: np.ndarray, groups: np.ndarray) -> Outcome:
        if self.schema.over:
            counts = count_masks(self.ensemble, inputs, observed)
            heads = tuple(target.name for target in self.schema.targets)
            return maps(counts["confusion"], heads=heads, boundary=counts["boundary"], groups=groups)
        found = self.ensemble.predict(inputs)
        if self.schema.task is not Task.REGRESSION:
            return Outcome(observed=observed, task=self.schema.task, probabilities=found.probabilities, groups=groups)
        level = self.recipe.evaluation.coverage
        low, high = found.interval(level)
        parts = {"mean": found.mean, "std": found.std, "low": low, "high": high, "coverage": level}
        return Outcome(observed=observed, task=self.schema.task, groups=groups, **parts)


def _restored(stored: Stored, recipe: Recipe, schema: DataSchema, machine: Own | None) -> Ensemble:
    return restore(stored, recipe, schema.features, schema.targets, schema.task, own=machine, spec=schema.spec)


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
