"""All named data sets, in the order in which they are listed."""

from __future__ import annotations

from isinglass.data.catalogue.bundled import BUNDLED
from isinglass.data.catalogue.downloaded import DOWNLOADED
from isinglass.data.catalogue.entry import Entry
from isinglass.data.catalogue.generated import GENERATED
from isinglass.data.catalogue.images import IMAGES

CATALOGUE: dict[str, Entry] = {**BUNDLED, **GENERATED, **DOWNLOADED, **IMAGES}
