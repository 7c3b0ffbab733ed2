"""Named data sets: `isinglass fit tao`. Each says where it comes from and what is usually asked of it.

To add one: an `Entry` in the dict of the file of its kind: `bundled`, `generated`, `downloaded` or `images`.
"""

from __future__ import annotations

from isinglass.data.catalogue.entry import Entry as Entry
from isinglass.data.catalogue.fetching import fetch_files as fetch_files
from isinglass.data.catalogue.fetching import is_ready as is_ready
from isinglass.data.catalogue.fetching import prepare as prepare
from isinglass.data.catalogue.sets import CATALOGUE as CATALOGUE
from isinglass.data.catalogue.sets import complete as complete
from isinglass.data.catalogue.sets import find_entry as find_entry
from isinglass.data.catalogue.sets import open_source as open_source
from isinglass.data.catalogue.sets import shadowed as shadowed
