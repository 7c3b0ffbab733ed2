"""Occlusion: how much the score falls when a part of the sample is covered by the average.

Reference: Zeiler and Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901.
"""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.errors import UsageError
from isinglass.explanation.instance_level.network import Network
from isinglass.spec import MAP

PARTS = 7
"""Squares along the shorter side of an image, unless their size is given."""
TOGETHER = 16


def occlusion(network: Network, *, seed: int = 0, size: int = 0) -> Tensor:
    """The fall of the score, in its unit: `[feature]` of a table, `[height, width]` of an image.

    Of a table each column is covered with all features made from it, which all get its value; a code becomes 0,
    unknown. Of an image a square is moved by half its side; a pixel gets the mean of the squares that covered it.

    Args:
        network: see `Network`.
        seed: not used.
        size: side of the square, pixels; 0: a seventh of the image's shorter side.
    """
    return _image(network, size) if network.spec.ends_with(*MAP) else _row(network)


def _row(network: Network) -> Tensor:
    groups = network.question.columns or tuple((place,) for place in range(network.sample.shape[1]))
    covered = network.sample.repeat(len(groups), 1)
    mean = network.mean.clone()
    mean[:, list(network.question.codes)] = 0.0
    for line, places in zip(covered, groups, strict=True):
        line[list(places)] = mean[0, list(places)]
    falls = _falls(network, covered)
    values = torch.zeros(network.sample.shape[1], dtype=falls.dtype)
    for fall, places in zip(falls, groups, strict=True):
        values[list(places)] = fall
    return values


def _image(network: Network, size: int) -> Tensor:
    x = network.sample
    height, width = x.shape[2:]
    size = size or max(1, min(height, width) // PARTS)
    if not 1 <= size <= min(height, width):
        raise UsageError("the square does not fit the image", given=size, allowed=f"1 to {min(height, width)} pixels")
    corners = [(top, left) for top in _steps(height, size) for left in _steps(width, size)]
    total, count = torch.zeros(height, width, dtype=x.dtype), torch.zeros(height, width, dtype=x.dtype)
    for start in range(0, len(corners), TOGETHER):
        part = corners[start : start + TOGETHER]
        covered = x.repeat(len(part), 1, 1, 1)
        for image, (top, left) in zip(covered, part, strict=True):
            square = (slice(top, top + size), slice(left, left + size))
            image[:, square[0], square[1]] = network.mean[0][:, square[0], square[1]]
        for fall, (top, left) in zip(_falls(network, covered), part, strict=True):
            total[top : top + size, left : left + size] += fall
            count[top : top + size, left : left + size] += 1
    return total / count


def _falls(network: Network, covered: Tensor) -> Tensor:
    with torch.no_grad():
        return network(network.sample) - network(covered)


def _steps(length: int, size: int) -> list[int]:
    """Half a square apart; the last one ends with the image."""
    return sorted({*range(0, length - size, max(1, size // 2)), length - size})
