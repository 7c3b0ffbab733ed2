"""Layers that torch does not have; each a small `nn.Module` that a stacked rule can read by its type."""

from __future__ import annotations

from isinglass.machine.layers.batch_norm import BatchNorm as BatchNorm
from isinglass.machine.layers.categorical import CategoricalEmbedding as CategoricalEmbedding
from isinglass.machine.layers.categorical import OneHot as OneHot
from isinglass.machine.layers.chebyshev import Chebyshev as Chebyshev
from isinglass.machine.layers.dropout import Dropout as Dropout
from isinglass.machine.layers.dropout import dropout as dropout
from isinglass.machine.layers.dropout import dropout_key as dropout_key
from isinglass.machine.layers.dropout import dropout_layers as dropout_layers
from isinglass.machine.layers.dropout import mask_uniform as mask_uniform
from isinglass.machine.layers.dropout import set_dropout_keys as set_dropout_keys
from isinglass.machine.layers.encoder import Encoder as Encoder
from isinglass.machine.layers.maxout import Maxout as Maxout
from isinglass.machine.layers.periodic import PeriodicEmbedding as PeriodicEmbedding
from isinglass.machine.layers.periodic import PeriodicReluEmbedding as PeriodicReluEmbedding
from isinglass.machine.layers.piecewise import PiecewiseEmbedding as PiecewiseEmbedding
from isinglass.machine.layers.residual import Residual as Residual
from isinglass.machine.layers.step import Step as Step
