"""What both estimators share: arguments, reading, fitting, pickling, and questions to the population."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, _safe_indexing, check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data

from isinglass.data.tables.schema import Schema
from isinglass.estimators.arguments import DEPRECATED, recipe_of, seed_of
from isinglass.estimators.fitting import Fitted, curve, fit_rows, open_store
from isinglass.estimators.reading import Reader, has_words, opened, read_numbers, read_table
from isinglass.estimators.rows import collect, groups_of, weights_of
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.prediction import Prediction
from isinglass.inference.storage import Stored, store
from isinglass.recipe import Recipe
from isinglass.spec import Column, Task


class Estimator(BaseEstimator):
    """The common part of `Regressor` and `Classifier`."""

    _task: Task
    _rules: dict[str, Any]
    _reader: Reader

    ensemble_: Ensemble
    recipe_: Recipe
    schema_: Schema
    notes_: tuple[str, ...]
    oob_prediction_: np.ndarray
    oob_score_: float
    loss_curve_: np.ndarray
    validation_loss_curve_: np.ndarray
    n_iter_: int
    n_features_in_: int
    feature_names_in_: np.ndarray

    def __init__(  # noqa: PLR0913 - scikit-learn finds an estimator's settings in this list
        self,
        *,
        n_estimators: int = 16,
        hidden: Any = "auto",
        activation: str = "auto",
        dropout: Any = "auto",
        normalization: str = "none",
        loss: str = "auto",
        optimizer: str = "auto",
        learning_rate: Any = "auto",
        weight_decay: Any = "auto",
        epochs: Any = "auto",
        batch_size: Any = "auto",
        patience: Any = "auto",
        max_samples: float = 0.75,
        calibrate: bool = True,
        plan: str = "auto",
        threads: int = 0,
        random_state: Any = None,
        settings: dict[str, Any] | None = None,
        members: Any = DEPRECATED,
        rate: Any = DEPRECATED,
        batch: Any = DEPRECATED,
        in_bag: Any = DEPRECATED,
    ) -> None:
        self.n_estimators = n_estimators
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.normalization = normalization
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.max_samples = max_samples
        self.calibrate = calibrate
        self.plan = plan
        self.threads = threads
        self.random_state = random_state
        self.settings = settings
        self.members = members
        self.rate = rate
        self.batch = batch
        self.in_bag = in_bag

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Any:
        """Train the population.

        Args:
            X: [sample, column] numbers, NaN where missing; or a table of pandas, polars or pyarrow, with text,
                categories and dates if need be.
            y: [sample] or, for a regression, [sample, out].
            sample_weight: [sample], not negative. A weight of two is the row twice, of zero no row.
            groups: [sample]; rows of one group are in the bag of a network together or not at all, so that
                what is said of rows outside the bags holds for new groups.

        Returns:
            The estimator itself.

        Raises:
            ValueError: rows, weights or settings that cannot be used; the message says what to do.
        """
        recipe = recipe_of(self.get_params(deep=False), seed=seed_of(self.random_state), where=type(self).__name__)
        X, names = opened(X), names_of(y)
        words = has_words(X, recipe.data)
        X, y = self._checked(X, y, words=words)
        weights, labels = weights_of(sample_weight, len(y)), groups_of(groups, len(y))
        used = np.flatnonzero(weights > 0)
        X = X if len(used) == len(y) else _safe_indexing(X, used)
        targets, columns = self._read_targets(y[used], names)
        self._reader = self._describe(X, recipe, columns, words=words)
        inputs = self._reader.encode(X)
        labels = None if labels is None else labels[used]
        rows = collect(inputs, targets, weights[used], labels, self._reader.schema)
        fitted = fit_rows(rows, recipe)
        self._keep(fitted)
        self._judge(fitted.unseen, y, weights, used=used, place=rows.place)
        return self

    def novelty(self, X: Any) -> np.ndarray:
        """How far each row lies outside the training rows, [sample]; above 1 is outside."""
        return self._ask(X).novelty

    def predict_members(self, X: Any) -> np.ndarray:
        """What each network says by itself: [member, sample], [member, sample, out] or [member, sample, class]."""
        return self._shaped(self._ask(X).members)

    @abstractmethod
    def _read_targets(self, y: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[Column, ...]]:
        """Targets as numbers [sample, out], and what they mean."""

    @abstractmethod
    def _judge(
        self, unseen: Prediction, y: np.ndarray, weights: np.ndarray, *, used: np.ndarray, place: np.ndarray
    ) -> None:
        """Set `oob_prediction_` and `oob_score_`."""

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        """Without the last axis where it is not asked for."""
        return values

    def _checked(self, X: Any, y: Any, *, words: bool) -> tuple[Any, np.ndarray]:
        """As scikit-learn wants them checked; a table with words stays one."""
        if not words:
            rules = {"dtype": np.float32, "ensure_all_finite": "allow-nan", "ensure_min_samples": 2, **self._rules}
            checked: Any = validate_data(self, X, y, **rules)
            return checked
        validate_data(self, X, y, skip_check_array=True)
        check_consistent_length(X, y)
        if len(X) < 2:
            raise ValueError(f"Found a table with {len(X)} sample(s) while a minimum of 2 is required.")
        as_it_is: dict[str, Any] = {"ensure_2d": False, "dtype": None}
        return X, check_array(y, input_name="y", **as_it_is)

    def _describe(self, X: Any, recipe: Recipe, targets: tuple[Column, ...], *, words: bool) -> Reader:
        if words:
            return read_table(X, recipe.data, targets, self._task)
        return read_numbers(X, getattr(self, "feature_names_in_", None), targets, self._task)

    def _keep(self, fitted: Fitted) -> None:
        self.ensemble_, self.recipe_, self.schema_ = fitted.ensemble, fitted.recipe, self._reader.schema
        self.notes_ = (*self._reader.notes, *fitted.notes)
        self.loss_curve_ = curve([tick.train_loss for tick in fitted.ticks])
        self.validation_loss_curve_ = curve([tick.stop_loss for tick in fitted.ticks])
        self.n_iter_ = max(1, round(max(tick.epoch for tick in fitted.ticks)))

    def _ask(self, X: Any) -> Prediction:
        check_is_fitted(self, "ensemble_")
        X = opened(X)
        if self._reader.numbers:
            X = validate_data(self, X, reset=False, dtype=np.float32, ensure_all_finite="allow-nan")
        else:
            validate_data(self, X, reset=False, skip_check_array=True)
        return self.ensemble_.predict(self._reader.encode(X))

    def __getstate__(self) -> dict[str, Any]:
        """Arrays and plain values only: the networks are stored as in a model file."""
        inherited: Any = super().__getstate__()
        state = dict(inherited)
        if "ensemble_" in state:
            state["ensemble_"] = store(state["ensemble_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        stored = state.get("ensemble_")
        if isinstance(stored, Stored):
            self.ensemble_ = open_store(stored, self.recipe_, self.schema_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def names_of(y: Any) -> tuple[str, ...]:
    """The names that a series or a table gives the targets; empty where there are none."""
    if hasattr(y, "columns"):
        return tuple(map(str, y.columns))
    name = getattr(y, "name", None)
    return (name,) if isinstance(name, str) and name else ()
