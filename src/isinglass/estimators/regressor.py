"""`Regressor`: a population of networks as scikit-learn knows regressors."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags, check_array

from isinglass.estimators.base import Estimator
from isinglass.inference.prediction import Prediction
from isinglass.spec import Column, Kind, Task


class Regressor(RegressorMixin, Estimator):
    """An ensemble of neural networks for regression, with honest uncertainty.

    Each network trains on a random part of the rows (its bag) and stops by a part of them; the rows outside its bag
    calibrate the spread. Missing values need no care; tables may hold text, categories and dates. Targets may be
    several. Rows of equal content are always in the same bag, and neither the order of the rows nor the way in which
    repetitions are written (twice, or a weight of two) changes the result.

    Args:
        n_estimators: networks.
        hidden: units of each hidden layer, as (64, 64); 'auto' for the default network.
        activation: a name of `isinglass.machine.activations`.
        dropout: probability that a hidden unit is left out in a step.
        normalization: 'none', 'batch' or 'layer'.
        loss: 'gaussian' (a mean and a sigma), 'squared', 'absolute', 'huber', 'student_t', 'quantile', 'poisson'.
        optimizer: 'sgd', 'rmsprop', 'adagrad', 'adam', 'adamw', 'lbfgs'.
        learning_rate: of the optimizer.
        weight_decay: AdamW's.
        epochs: at most.
        batch_size: rows per step, or 'full'.
        patience: epochs without improvement after which a network stops, or 'never'.
        max_samples: probability that a network trains on a row.
        calibrate: correct the spread by the rows outside the bags.
        plan: how the population is run: 'stacked', 'vmapped', 'looped', 'compiled'.
        threads: 0: measured.
        random_state: a whole number gives the same networks each time; None others each time.
        settings: any further keys of the recipe, as `{"machine.residual": True}`.
        members, rate, batch, in_bag: earlier names of n_estimators, learning_rate, batch_size and max_samples.

    Attributes:
        ensemble_: the networks.
        recipe_: every setting, defaults filled in.
        schema_: what the columns mean.
        notes_: what you should know about the data and the training.
        oob_prediction_: [sample] or [sample, out]: the mean of the networks that had the row outside their bags; NaN
            where there is none.
        oob_score_: the coefficient of determination of these.
        loss_curve_, validation_loss_curve_: [tick], means over the networks still learning; scaled targets.
        n_iter_: epochs of the network that learnt longest.
        n_features_in_: columns of X.
        feature_names_in_: their names, where X has names.

    References:
        Lakshminarayanan, Pritzel & Blundell (2017), Simple and scalable predictive uncertainty estimation using deep
        ensembles, NeurIPS 30; Breiman (1996), Out-of-bag estimation.
    """

    _task = Task.REGRESSION
    _rules = {"multi_output": True, "y_numeric": True}  # noqa: RUF012 - never changed

    def predict(self, X: Any, return_std: bool = False) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """The mean [sample] or [sample, out]; with `return_std` also the standard deviation of a new observation."""
        found = self._ask(X)
        mean = self._shaped(found.mean)
        return (mean, self._shaped(found.std)) if return_std else mean

    def predict_interval(self, X: Any, coverage: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Low and high ends of a band that holds `coverage` of new observations, each shaped as the mean."""
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must be between 0 and 1, got {coverage}")
        low, high = self._ask(X).interval(coverage)
        return self._shaped(low), self._shaped(high)

    def _read_targets(self, y: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[Column, ...]]:
        y = check_array(y, ensure_2d=False, dtype="float64", input_name="y")
        self._flat = y.ndim == 1
        targets = y.reshape(len(y), -1)
        count = targets.shape[1]
        if len(names) != count:
            names = ("y",) if count == 1 else tuple(f"y{k + 1}" for k in range(count))
        return targets, tuple(Column(name, Kind.CONTINUOUS) for name in names)

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        return values[..., 0] if self._flat else values

    def _judge(
        self, unseen: Prediction, y: np.ndarray, weights: np.ndarray, *, used: np.ndarray, place: np.ndarray
    ) -> None:
        full = np.full((len(y), unseen.mean.shape[1]), np.nan)
        full[used] = unseen.mean[place]
        known = np.flatnonzero(np.isfinite(full).all(axis=1))
        self.oob_prediction_ = self._shaped(full)
        self.oob_score_ = np.nan
        if len(known) > 1:
            self.oob_score_ = float(r2_score(y[known], self.oob_prediction_[known], sample_weight=weights[known]))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
