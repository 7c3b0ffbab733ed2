"""Random changes of training images, on the batch and on its device; masks move with their images.

To add one: a file with a transform and its maker, and its line here, in the order in which they are applied; the
contract test covers it at once. Not imported by `isinglass.data`: this is the only part of it that needs torch.
Own code, since each is a few lines: kornia would be one more dependency for the same calls of torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from isinglass.data.augment import affine, colour, crop, cutout, flip, mixing, noise, translation
from isinglass.data.augment.patch import Patch
from isinglass.data.augment.transform import Augmented as Augmented
from isinglass.data.augment.transform import Draw, Maker, Request, Transform
from isinglass.data.augment.views import View as View
from isinglass.data.augment.views import views as views
from isinglass.recipe import AugmentRecipe

TRANSFORMS: dict[str, Maker] = {
    "flip": flip.build,
    "flip_vertical": flip.build_vertical,
    "affine": affine.build,
    "translation": translation.build,
    "crop": crop.build,
    "brightness": colour.build_brightness,
    "contrast": colour.build_contrast,
    "saturation": colour.build_saturation,
    "noise": noise.build,
    "cutout": cutout.build,
    "mixup": mixing.build_mixup,
    "cutmix": mixing.build_cutmix,
}


@dataclass(frozen=True)
class Augment:
    """The transforms of a study, one after the other.

    Attributes:
        transforms: by their keys in `TRANSFORMS`.
    """

    transforms: dict[str, Transform]

    def __call__(
        self,
        z: Tensor,
        target: Tensor,
        *,
        seed: int,
        step: int,
        rows: Tensor | None = None,
        epoch: int | None = None,
    ) -> Augmented:
        """A batch as one member sees it at one step: a pure function of the arguments.

        Args:
            z: float `[batch, channel, height, width]`, scaled.
            target: `[batch, out]`, or masks uint8 `[batch, head, height, width]`.
            seed: of the member.
            step: of its training.
            rows: int64 `[batch]`, which samples these are; alternating flips need it.
            epoch: the pass over the data; alternating flips need it.

        Raises:
            TrainingError: `rows` or `epoch` is needed and not given.
        """
        batch, draw = Augmented(z, target), Draw(seed, step, rows, epoch)
        for transform in self.transforms.values():
            batch = transform(batch, draw)
        return batch


def build(recipe: AugmentRecipe, image: tuple[int, int, int], *, patch: int = 0) -> Augment | None:
    """What a recipe asks for; None where everything is off.

    Args:
        recipe: the table [augment].
        image: (channel, height, width).
        patch: side of the square that is cut out of each image first; 0: all of it is taken.

    Raises:
        RecipeError: a length does not fit the images; the message names the key and what is allowed.
    """
    size = (min(patch or image[1], image[1]), min(patch or image[2], image[2]))
    request = Request(recipe, (image[0], *size))
    made = {"patch": Patch(size) if size != image[1:] else None}
    made |= {name: make(request) for name, make in TRANSFORMS.items()}
    on = {name: transform for name, transform in made.items() if transform is not None}
    return Augment(on) if on else None
