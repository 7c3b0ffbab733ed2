"""Layers that torch does not have; each a small `nn.Module` that a stacked rule can read by its type."""

from __future__ import annotations

from isinglass.machine.layers.dropout import Dropout as Dropout
from isinglass.machine.layers.dropout import dropout as dropout
from isinglass.machine.layers.dropout import dropout_key as dropout_key
from isinglass.machine.layers.dropout import dropout_layers as dropout_layers
from isinglass.machine.layers.dropout import mask_uniform as mask_uniform
from isinglass.machine.layers.dropout import set_dropout_keys as set_dropout_keys
