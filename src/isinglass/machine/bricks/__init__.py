"""Bricks of machines for images: they act on `[batch, channel, height, width]`.

Convolution, batch and group normalization, maximum and average pooling are torch's own layers.
"""

from __future__ import annotations

from isinglass.machine.bricks.chain import Chain as Chain
from isinglass.machine.bricks.dropout import Dropout2d as Dropout2d
from isinglass.machine.bricks.dropout import DropPath as DropPath
from isinglass.machine.bricks.inception import Inception as Inception
from isinglass.machine.bricks.maxout import ChannelMaxout as ChannelMaxout
from isinglass.machine.bricks.pooling import FractionalMaxPool as FractionalMaxPool
from isinglass.machine.bricks.pooling import pooling as pooling
from isinglass.machine.bricks.residual import BasicBlock as BasicBlock
from isinglass.machine.bricks.residual import Bottleneck as Bottleneck
from isinglass.machine.bricks.residual import ResidualBlock as ResidualBlock
from isinglass.machine.bricks.skip import concatenate as concatenate
from isinglass.machine.bricks.squeeze import SqueezeExcite as SqueezeExcite
from isinglass.machine.bricks.whiten import Whiten as Whiten
