#!/usr/bin/env bash
# A mask of grey values saved as GIF holds other numbers when it is opened again, and readers disagree on which:
#
# Pillow 12.0.0 writes an image of mode L with the values 10, 30, 80 as a palette of the shades that occur. Opened again
# it has mode P, and `np.asarray(Image.open(file))` is 0, 1, 2: the codes of classes are gone from the array, and a mask
# of 0 and 255 (DRIVE and other medical sets come as GIF) is 0 and 1. imageio 2.37.0 gives three channels of 10, 30, 80
# for the same file, and so does scikit-image 0.26.0. Which number a class gets depends on which shades the file holds:
# a mask with 10 and 80 alone has 80 at place 1, where the others have it at 2, so that masks of one set contradict each
# other in Pillow's arrays. `convert("L")` brings the shades back. The same images as PNG, TIFF and BMP keep their values.
#
# Exits with 0 where this is as described, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 imageio==2.37.0 scikit-image==0.26.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import PIL
import skimage
from PIL import Image
from skimage import io

print(f"Pillow {PIL.__version__}, imageio {version('imageio')}, scikit-image {skimage.__version__}")
home, right = Path(sys.argv[1]), True
for codes, places in {(10, 30, 80): [0, 1, 2], (10, 80): [0, 1], (0, 255): [0, 1]}.items():
    mask = np.repeat(np.array(codes, np.uint8), 4)[:, None].repeat(8, axis=1)
    for ending in ("gif", "png", "tif", "bmp"):
        Image.fromarray(mask).save(home / f"mask.{ending}")
        with Image.open(home / f"mask.{ending}") as image:
            mode, values, shades = image.mode, np.unique(np.asarray(image)), np.unique(np.asarray(image.convert("L")))
        others = [np.unique(read(home / f"mask.{ending}")) for read in (imageio.imread, io.imread)]
        told = [part.tolist() for part in (values, shades, *others)]
        print(f"{codes} as {ending}: Pillow {mode} {told[0]}, as L {told[1]}, imageio {told[2]}, scikit-image {told[3]}")
        expected = places if ending == "gif" else list(codes)
        right &= told == [expected, list(codes), list(codes), list(codes)]
print("as described" if right else "this has changed")
sys.exit(not right)
PYTHON
