"""Where tables come from: files, frames in memory, bundled and synthetic sets."""

from isinglass.data.tables.sources.arrays import to_polars as to_polars
from isinglass.data.tables.sources.frame import Frame as Frame
from isinglass.data.tables.sources.frame import Table as Table
from isinglass.data.tables.sources.table import READERS as READERS
from isinglass.data.tables.sources.table import open_table as open_table
from isinglass.data.tables.sources.table import read_table as read_table
