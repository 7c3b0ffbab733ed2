"""Where tables come from: files, frames in memory, bundled and synthetic sets."""

from isinglass.data.sources.arrays import to_polars as to_polars
from isinglass.data.sources.frame import Frame as Frame
from isinglass.data.sources.frame import Table as Table
from isinglass.data.sources.table import READERS as READERS
from isinglass.data.sources.table import open_table as open_table
from isinglass.data.sources.table import read_table as read_table
