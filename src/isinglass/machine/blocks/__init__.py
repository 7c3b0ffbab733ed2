"""Blocks of machines for images: they act on `[batch, channel, height, width]`.

Convolution, batch and group normalization, maximum and average pooling are torch's own layers.
"""

from __future__ import annotations

from isinglass.machine.blocks.chain import Chain as Chain
from isinglass.machine.blocks.channels import ChannelMaxout as ChannelMaxout
from isinglass.machine.blocks.channels import SqueezeExcite as SqueezeExcite
from isinglass.machine.blocks.channels import concatenate as concatenate
from isinglass.machine.blocks.dropout import Dropout2d as Dropout2d
from isinglass.machine.blocks.dropout import DropPath as DropPath
from isinglass.machine.blocks.inception import Inception as Inception
from isinglass.machine.blocks.pooling import FractionalMaxPool as FractionalMaxPool
from isinglass.machine.blocks.pooling import pooling as pooling
from isinglass.machine.blocks.residual import BasicBlock as BasicBlock
from isinglass.machine.blocks.residual import Bottleneck as Bottleneck
from isinglass.machine.blocks.residual import ResidualBlock as ResidualBlock
from isinglass.machine.blocks.whiten import Whiten as Whiten
