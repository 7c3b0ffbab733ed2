"""What do we know? Tables become numbers with names, kinds, units, groups, places and times."""

from isinglass.data.catalogue import CATALOGUE as CATALOGUE
from isinglass.data.opening import Dataset as Dataset
from isinglass.data.opening import from_frame as from_frame
from isinglass.data.opening import load_table as load_table
from isinglass.data.scaling import Scaling as Scaling
from isinglass.data.scaling import fit_scaling as fit_scaling
from isinglass.data.tables.schema import Schema as Schema
from isinglass.data.tables.sources import read_table as read_table
from isinglass.data.tables.sources import to_polars as to_polars
