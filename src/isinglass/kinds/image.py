"""Images: with a class, numbers or masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from isinglass.data.augment import Augment
from isinglass.data.augment import build as build_augmentation
from isinglass.data.dataset import Dataset
from isinglass.data.images.channels import fit_channel_scaling
from isinglass.data.images.loading import is_image_source, load_images
from isinglass.data.images.outline import outline
from isinglass.data.images.reader import Images
from isinglass.data.images.scenes import in_cells
from isinglass.data.images.schema import DEPTHS, ImageSchema
from isinglass.data.images.thumbnails import visible
from isinglass.data.rows import Reader
from isinglass.data.scaling import Scaling
from isinglass.evaluation.baselines import IMAGE_BASELINES, SEGMENTATION_BASELINES, Baseline, MaskBaseline
from isinglass.explanation.robustness import Unit
from isinglass.kinds.kind import Changes, DataKind, Load, with_members
from isinglass.learning.image_defaults import expected_words, image_study, learning_of_images
from isinglass.learning.start_scaling import scaling_of_start
from isinglass.recipe import DataRecipe, MachineRecipe, Recipe
from isinglass.spec import Shape, Task

MEMBERS = 4
"""Four tell ignorance from noise; each costs minutes where sixteen networks of a table cost seconds."""


class ImageKind(DataKind):
    """See `DataKind`."""

    name = "image"
    samples = "images"
    named = False
    schema = ImageSchema
    insights = "pictures"
    sections = ("samples", "masks", "overlap", "mask_confusion", "classes", "mistakes", "filters", "maps")
    novelty = ("layers",)
    changes = Changes(
        largest=0.5,
        usual=8 / 255,
        sizes=(2 / 255, 4 / 255, 8 / 255, 16 / 255, 32 / 255),
        low=0.0,
        high=1.0,
        whole=True,
        corruptions=True,
    )

    def holds(self, recipe: DataRecipe) -> bool:
        """A folder, an archive or arrays of images, a table that names files, or a set of the catalogue."""
        return is_image_source(recipe)

    def read(self, recipe: DataRecipe, *, learnt: ImageSchema | None = None) -> Dataset:
        """See `DataKind.read`; masks are read by what a model has `learnt` of their values."""
        return load_images(recipe, learnt=learnt)

    def outline(self, recipe: DataRecipe) -> Iterator[str]:
        """Their number and classes."""
        return outline(recipe)

    def cut(self, dataset: Dataset, recipe: DataRecipe) -> Dataset:
        """Scenes with masks in cells of two patches a side."""
        return in_cells(dataset, recipe.patch)

    def reader(self, schema: ImageSchema, recipe: DataRecipe, *, load: Load) -> Reader:
        """Files are turned and resized as the study's own were."""
        return Images(schema, recipe, load)

    def scaling(self, dataset: Dataset, role: np.ndarray, machine: MachineRecipe) -> Scaling:
        """By mean and standard deviation of each channel, or as the weights of a start were trained."""
        assert isinstance(dataset.schema, ImageSchema)
        return scaling_of_start(fit_channel_scaling(dataset, role), machine, dataset.schema)

    def learning(self, recipe: Recipe, shape: Shape, dataset: Dataset) -> Recipe:
        """Optimizer, rate, epochs and batch that suit the number of images and the cost of the network."""
        recipe = with_members(recipe, MEMBERS)
        study = image_study(recipe, shape, len(dataset), dataset.schema.task)
        return recipe.model_copy(update={"learning": learning_of_images(recipe.learning, study)})

    def duration(self, recipe: Recipe, shape: Shape, dataset: Dataset, *, networks: int, after: float) -> str:
        """From the multiply-adds of the network."""
        study = replace(image_study(recipe, shape, len(dataset), dataset.schema.task), networks=networks)
        return expected_words(recipe, study, after)

    def augmentation(self, recipe: Recipe, schema: ImageSchema) -> Augment | None:
        """The transforms of `[augment]`."""
        return build_augmentation(recipe.augment, schema.image, patch=recipe.data.patch)

    def baselines(self, task: Task) -> Mapping[str, Baseline | MaskBaseline]:
        """On pixels, on features of the whole image, or a class a pixel."""
        return SEGMENTATION_BASELINES if task is Task.SEGMENTATION else IMAGE_BASELINES

    def thumbnails(self, inputs: np.ndarray) -> np.ndarray:
        """Eight bits of red, green and blue."""
        return visible(inputs)

    def unit(self, schema: ImageSchema, raw: Tensor, center: Tensor, width: Tensor) -> Unit:
        """Parts of the full range of values."""
        low, full = 0.0, DEPTHS.get(schema.depth)
        whole = full is not None
        if full is None:
            low = float(raw.min())
            full = max(float(raw.max()) - low, 1e-12)
        free = torch.ones_like(raw, dtype=torch.bool)
        return Unit(torch.tensor(low), torch.tensor(full), raw, free, "of the full range", whole)

    def words(self, schema: ImageSchema, machine: MachineRecipe) -> str:
        """`fast, 28 x 28 pixels`."""
        return f"{machine.factory or machine.kind}, {schema.height} x {schema.width} pixels"
