"""Images of every source as one Dataset.

To add a source: write `open_...(path) -> Found` and call it from `loading.find_images`.
"""

from __future__ import annotations

from isinglass.data.images.channels import fit_channel_scaling as fit_channel_scaling
from isinglass.data.images.loading import is_image_source as is_image_source
from isinglass.data.images.loading import load_images as load_images
from isinglass.data.images.rows import ImageRows as ImageRows
from isinglass.data.images.rows import find_scenes as find_scenes
from isinglass.data.images.rows import read_images as read_images
from isinglass.data.images.scenes import in_cells as in_cells
