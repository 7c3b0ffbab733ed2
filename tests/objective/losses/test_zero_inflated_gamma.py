"""Amounts that are often 0: against scipy's gamma distribution, and as a study."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from scipy import stats
from studies import quick, tell

from isinglass.data.opening import from_frame
from isinglass.errors import DataError
from isinglass.inference.prediction import Prediction
from isinglass.model import Model
from isinglass.objective.losses import LOSSES
from isinglass.objective.losses.zero_inflated_gamma import LEAST_MEAN, split

LOSS = LOSSES["zero_inflated_gamma"]


def answers(model: Model, rows: pl.DataFrame) -> Prediction:
    """What is said of rows, with an axis for the target."""
    return model.answers(model.read(rows))


def test_it_is_the_likelihood_of_a_gamma_distribution_and_of_zero() -> None:
    raw = torch.randn(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = torch.rand(40, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 3
    y[::3] = 0.0
    logit, mean, shape = (part[:, 0].numpy() for part in split(raw))
    p, amount = 1 / (1 + np.exp(-logit)), y[:, 0].numpy()
    density = stats.gamma.logpdf(np.where(amount > 0, amount, 1.0), shape, scale=mean / shape)
    expected = -np.where(amount > 0, np.log(p) + density, np.log1p(-p))
    assert LOSS.function(raw, y).numpy() == pytest.approx(expected)


def test_mean_and_variance_are_those_of_drawn_amounts() -> None:
    raw = torch.tensor([[0.3, 0.8, -0.2]], dtype=torch.float64)
    logit, mean, shape = (part.item() for part in split(raw))
    generator = np.random.default_rng(0)
    some = generator.random(400_000) < 1 / (1 + np.exp(-logit))
    drawn = np.where(some, generator.gamma(shape, mean / shape, len(some)), 0.0)
    said = LOSS.predict(raw)
    assert said.mean is not None
    assert said.variance is not None
    assert said.mean.item() == pytest.approx(drawn.mean(), rel=0.01)
    assert said.variance.item() == pytest.approx(drawn.var() + LEAST_MEAN**2, rel=0.02)


def rain(n: int = 600, seed: int = 0, unit: float = 1.0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    humidity = generator.uniform(0, 1, n)
    wet = generator.random(n) < humidity**2
    amount = np.where(wet, generator.gamma(2.0, (0.2 + 3 * humidity) / 2), 0.0)
    return pl.DataFrame({"humidity": humidity, "rain": amount * unit})


@pytest.mark.slow
@pytest.mark.parametrize("unit", [1.0, 1e-11, 1e6])
def test_a_study_tells_true_amounts_whatever_the_unit(unit: float) -> None:
    table, new = rain(unit=unit), rain(3000, seed=1, unit=unit)
    recipe = quick(
        {"source": "made", "target": ["rain"]}, objective__loss=LOSS.name, learning__epochs=60, learning__plan="auto"
    )
    told = tell(recipe, dataset=from_frame(table, recipe.data, name="made"))
    said = answers(told.model, new)
    x, y = new["humidity"].to_numpy(), new["rain"].to_numpy() / unit
    mean, std = said.mean[:, 0] / unit, said.std[:, 0] / unit
    low, high = (end[:, 0] / unit for end in said.interval(0.9))
    true = x**2 * (0.2 + 3 * x)
    assert np.sqrt(np.mean((mean - true) ** 2)) < 0.25 * y.std()
    assert low.min() >= 0
    assert 0.86 < np.mean((y >= low) & (y <= high)) <= 1
    wet, dry = x > 0.7, x < 0.3
    assert std[wet].mean() == pytest.approx(np.sqrt(np.mean((y - mean)[wet] ** 2)), rel=0.35)
    assert std[dry].mean() < 0.5 * std[wet].mean()
    assert not any("exactly 0" in note for note in told.study.report.data.notes)


def test_mostly_zeros_name_this_loss_and_negative_targets_are_refused() -> None:
    table = rain()
    recipe = quick({"source": "made", "target": ["rain"]}, learning__epochs=1, evaluation__baselines="none")
    told = tell(recipe, dataset=from_frame(table, recipe.data, name="made"))
    said = [event.text for event in told.events if hasattr(event, "text")]
    assert any("% of the values are exactly 0" in text and "zero_inflated_gamma" in text for text in said)
    below = table.with_columns(rain=pl.when(pl.int_range(pl.len()) == 4).then(-1.0).otherwise(pl.col("rain")))
    wrong = quick({"source": "made", "target": ["rain"]}, objective__loss=LOSS.name)
    with pytest.raises(DataError, match=r"made, row 5, column 'rain'.*for targets from 0 on"):
        tell(wrong, dataset=from_frame(below, wrong.data, name="made"))
