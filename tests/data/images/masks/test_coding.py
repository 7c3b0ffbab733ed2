"""What the values of masks mean: black and white, codes, colours, opacity, and what compression leaves of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from isinglass.data.dataset import Dataset
from isinglass.data.images.masks.coding import nothing, written
from isinglass.data.images.schema import Coding, ImageSchema
from isinglass.errors import DataError
from isinglass.kinds.opening import load as load_any
from isinglass.recipe import DataRecipe

SIZE = 32
COUNT = 6
Draw = Callable[[int], np.ndarray | Image.Image]


def classes(seed: int, count: int = 2) -> np.ndarray:
    """uint8 [32, 32]: 0, and a block of each other class."""
    draw = np.random.default_rng(seed)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    for number in range(1, count):
        top, left = draw.integers(0, 10, 2) + np.array([16 * (number % 2), 0])
        mask[top : top + 6, left : left + 12] = number
    return mask


def folder(home: Path, draw: Draw, ending: str = "png", **options: object) -> Path:
    for name in ("images", "masks"):
        (home / name).mkdir(parents=True)
    for number in range(COUNT):
        grey = np.random.default_rng(number).integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
        Image.fromarray(grey).save(home / "images" / f"{number}.png")
        mask = draw(number)
        image = Image.fromarray(mask) if isinstance(mask, np.ndarray) else mask
        image.save(home / "masks" / f"{number}.{ending}", **options)
    return home


def load(home: Path, learnt: ImageSchema | None = None, **options: object) -> Dataset:
    return load_any(DataRecipe.model_validate({"source": str(home), **options}), learnt=learnt)


def schema_of(dataset: Dataset) -> ImageSchema:
    assert isinstance(dataset.schema, ImageSchema)
    return dataset.schema


def truth(count: int = 2) -> np.ndarray:
    return np.stack([classes(number, count) for number in range(COUNT)])


def places(dataset: Dataset) -> np.ndarray:
    """The names of classes that were read, [mask, height, width]; "" where nothing counts."""
    names = np.array([*schema_of(dataset).classes, *[""] * 256])
    return names[dataset.targets[:, 0]]


def jpeg(mask: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def with_palette(mask: np.ndarray, colours: np.ndarray) -> Image.Image:
    image = Image.frombytes("P", (SIZE, SIZE), np.ascontiguousarray(mask, np.uint8).tobytes())
    image.putpalette(colours.astype(np.uint8).ravel().tolist())
    return image


COLOURS = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0]], np.uint8)


@pytest.mark.parametrize(
    ("draw", "names", "form"),
    [
        (lambda k: 255 * classes(k), ("0", "255"), "numbers"),
        (lambda k: 255 - 255 * classes(k), ("255", "0"), "numbers"),
        (classes, ("0", "1"), "numbers"),
        (lambda k: Image.fromarray(255 * classes(k)).convert("1"), ("0", "1"), "numbers"),
        (lambda k: classes(k).astype(np.uint16) * np.uint16(65535), ("0", "65535"), "numbers"),
        (lambda k: np.repeat(255 * classes(k)[..., None], 3, axis=2), ("0", "255"), "shades"),
        (lambda k: with_palette(classes(k), COLOURS), ("0", "1"), "numbers"),
        (lambda k: np.dstack([np.zeros((SIZE, SIZE, 3), np.uint8), 255 * classes(k)]), ("0", "255"), "alpha"),
        (lambda k: np.dstack([np.full((SIZE, SIZE), 255, np.uint8), 255 * classes(k)]), ("0", "255"), "alpha"),
        (lambda k: COLOURS[classes(k)], ("#000000", "#800000"), "rgb"),
    ],
)
def test_two_classes_in_every_writing(tmp_path: Path, draw: Draw, names: tuple[str, str], form: str) -> None:
    data = load(folder(tmp_path, draw))
    assert (places(data) == np.array(names)[truth()]).all()
    coding = schema_of(data).coding
    assert coding is not None
    assert coding.form == form
    assert sorted(schema_of(data).classes) == sorted(names)


def test_black_and_white_of_one_bit_and_of_eight_are_the_same(tmp_path: Path) -> None:
    def draw(k: int) -> Image.Image:
        image = Image.fromarray(255 * classes(k))
        return image.convert("1") if k % 2 else image

    data = load(folder(tmp_path, draw))
    assert (places(data) == np.array(["0", "255"])[truth()]).all()


def test_a_gif_holds_shades_though_its_writer_numbered_them_anew(tmp_path: Path) -> None:
    codes = np.array([10, 30, 80], np.uint8)
    data = load(folder(tmp_path, lambda k: codes[classes(k, 3)], "gif"))
    with Image.open(tmp_path / "masks" / "0.gif") as image:
        assert np.unique(np.asarray(image)).tolist() == [0, 1, 2]
    assert (places(data) == codes.astype(str)[truth(3)]).all()


def test_the_note_on_white_names_the_key_and_the_key_decides(tmp_path: Path) -> None:
    home = folder(tmp_path, lambda k: 255 * classes(k))
    assert any("0, 255 are 2 classes" in note and "data.void=255" in note for note in load(home).notes)
    with pytest.raises(DataError, match=r"one class only.*Given: 0, and 255, which.*data\.void=none"):
        load(home, void=255)


def outlined(k: int, codes: tuple[int, ...] = (0, 1, 2)) -> np.ndarray:
    """Three classes with a border of 255, as Pascal VOC has it."""
    mask = classes(k, 3)
    edge = np.zeros(mask.shape, bool)
    edge[1:] |= mask[1:] != mask[:-1]
    edge[:, 1:] |= mask[:, 1:] != mask[:, :-1]
    return np.where(edge, 255, np.array(codes)[mask]).astype(np.uint8)


@pytest.mark.parametrize("codes", [(0, 1, 2), (1, 2, 3), (10, 30, 80)])
def test_255_beside_class_numbers_does_not_count(tmp_path: Path, codes: tuple[int, ...]) -> None:
    home = folder(tmp_path, lambda k: outlined(k, codes))
    data = load(home)
    stored = np.stack([outlined(k, codes) for k in range(COUNT)])
    assert (places(data) == np.where(stored == 255, "", stored.astype(str))).all()
    assert any("255" in note and "does not count" in note and "data.void=none" in note for note in data.notes)
    assert schema_of(load(home, void="none")).classes == (*map(str, codes), "255")
    assert schema_of(load(home, void=codes[0])).classes == (*map(str, codes[1:]), "255")


def test_levels_of_grey_up_to_white_are_classes(tmp_path: Path) -> None:
    data = load(folder(tmp_path, lambda k: np.array([0, 128, 255], np.uint8)[classes(k, 3)]))
    assert (places(data) == np.array(["0", "128", "255"])[truth(3)]).all()


def test_white_in_some_masks_and_1_in_others_is_a_question(tmp_path: Path) -> None:
    mixed = r"255 in the masks may be a class.*1 in 3 masks, .*255 in 3 masks.*data\.void=255.*data\.void=none"
    with pytest.raises(DataError, match=mixed):
        load(folder(tmp_path / "a", lambda k: classes(k) * np.uint8(255 if k % 2 else 1)))

    def speck(k: int) -> np.ndarray:
        mask = 255 * classes(k)
        mask[-1, 0] = 1
        return mask

    with pytest.raises(DataError, match=r"255 in the masks may be a class"):
        load(folder(tmp_path / "b", speck))
    assert schema_of(load(tmp_path / "b", void="none")).classes == ("0", "1", "255")


def test_codes_are_classes_and_are_written_back(tmp_path: Path) -> None:
    codes = np.array([10, 30, 80], np.uint8)
    data = load(folder(tmp_path, lambda k: codes[classes(k, 3)]))
    assert schema_of(data).classes == ("10", "30", "80")
    assert (places(data) == codes.astype(str)[truth(3)]).all()
    assert any("10, 30, 80 are 3 classes" in note and "written so by predict" in note for note in data.notes)
    coding = schema_of(data).coding
    assert coding is not None
    assert (written(data.targets[0, 0], coding) == codes[classes(0, 3)]).all()


def test_large_codes_and_colours_are_written_back(tmp_path: Path) -> None:
    large = np.array([100, 1000, 30000], np.uint16)
    for name, table in {"large": large, "colours": COLOURS}.items():
        data = load(folder(tmp_path / name, lambda k, table=table: table[classes(k, 3)]))
        coding = schema_of(data).coding
        assert coding is not None
        again = written(data.targets[2, 0], coding)
        assert again.dtype == table.dtype
        assert (again == table[classes(2, 3)]).all()


def test_pixels_of_which_nothing_is_known_are_written_as_no_class() -> None:
    classes = np.array([[0, 1, 255]], np.uint8)
    assert written(classes, Coding((0, 255))).tolist() == [[0, 255, 254]]
    assert written(classes, Coding((0, 1), void=255)).tolist() == [[0, 1, 255]]
    assert written(classes, Coding((0, 1), void=7)).tolist() == [[0, 1, 7]]
    assert nothing(Coding((3, 4))) == 255


def test_transparent_is_a_class_among_colours(tmp_path: Path) -> None:
    def draw(k: int) -> np.ndarray:
        mask = classes(k, 3)
        return np.dstack([np.where(mask[..., None] > 0, COLOURS[mask], 77), 255 * (mask > 0)]).astype(np.uint8)

    data = load(folder(tmp_path, draw))
    assert (places(data) == np.array(["transparent", "#800000", "#008000"])[truth(3)]).all()
    coding = schema_of(data).coding
    assert coding is not None
    assert (written(data.targets[0, 0], coding)[..., 3] == 255 * (classes(0, 3) > 0)).all()


def test_palettes_that_differ_are_told_apart_by_their_colours(tmp_path: Path) -> None:
    def draw(k: int) -> Image.Image:
        order = np.array([[0, 1, 2], [2, 0, 1]])[k % 2]
        colours = np.zeros((3, 3), np.uint8)
        colours[order] = COLOURS
        return with_palette(order[classes(k, 3)], colours)

    data = load(folder(tmp_path, draw))
    assert (places(data) == np.array(["#000000", "#800000", "#008000"])[truth(3)]).all()


@pytest.mark.parametrize("quality", [30, 75, 95, 100])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_compressed_masks_are_a_question(tmp_path: Path, quality: int, ending: str) -> None:
    def draw(k: int) -> np.ndarray:
        mask = 255 * classes(k)
        mask[k : k + 7, 3:] = 255  # off the blocks of 8 pixels that are compressed as one
        return jpeg(mask, quality) if ending == "png" else mask

    home = folder(tmp_path, draw, ending, **({"quality": quality} if ending == "jpg" else {}))
    with pytest.raises(DataError, match=r"grey values.*compression \(JPEG\).*data\.mask_levels=\[0,255\]"):
        load(home)
    data = load(home, mask_levels=[0, 255])
    assert schema_of(data).classes == ("0", "255")
    sharp = np.stack([classes(k) for k in range(COUNT)]).astype(bool)
    for k in range(COUNT):
        sharp[k, k : k + 7, 3:] = True
    assert (places(data) == np.where(sharp, "255", "0")).mean() > 0.995
    assert any("took the nearest of the values 0, 255" in note for note in data.notes)


def smooth(k: int, factor: int, levels: tuple[int, int] = (0, 255)) -> Image.Image:
    large = Image.new("L", (SIZE * factor, SIZE * factor), levels[0])
    box = [factor * (3 + k), factor * 5 + 1, factor * (20 + k) + 1, factor * 22 + 3]
    ImageDraw.Draw(large).ellipse(box, fill=levels[1])
    return large.resize((SIZE, SIZE), Image.Resampling.BOX)


@pytest.mark.parametrize(("factor", "levels"), [(2, (0, 255)), (4, (0, 255)), (4, (60, 200))])
def test_smoothed_masks_are_a_question(tmp_path: Path, factor: int, levels: tuple[int, int]) -> None:
    home = folder(tmp_path, lambda k: smooth(k, factor, levels))
    with pytest.raises(DataError, match=rf"smoothed edges.*data\.mask_levels=\[{levels[0]},{levels[1]}\]"):
        load(home)


def test_pictures_and_numbers_without_end_are_no_classes(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (COUNT, SIZE, SIZE), dtype=np.uint8)
    with pytest.raises(DataError, match="the masks hold 256 grey values"):
        load(folder(tmp_path / "a", lambda k: pictures[k]))
    stripes = np.repeat(np.arange(100, 164, dtype=np.uint8), SIZE // 2).reshape(SIZE, SIZE)
    with pytest.raises(DataError, match=r"64 values, which are hardly 64 classes.*classes\.txt.*instances"):
        load(folder(tmp_path / "b", lambda k: stripes))
    (tmp_path / "b" / "classes.txt").write_text("\n".join(f"{code} kind {code}" for code in range(100, 164)))
    assert schema_of(load(tmp_path / "b")).classes[:2] == ("kind 100", "kind 101")


def test_compressed_colours_take_the_nearest_named_one(tmp_path: Path) -> None:
    home = folder(tmp_path, lambda k: COLOURS[classes(k, 3)], "jpg", quality=85)
    with pytest.raises(DataError, match=r"colours, most of them few pixels.*data\.mask_levels=nearest"):
        load(home)
    (home / "classes.txt").write_text("grass 0 128 0\nroof 128 0 0\nrest 0 0 0\n")
    data = load(home, mask_levels="nearest")
    assert (places(data) == np.array(["rest", "roof", "grass"])[truth(3)]).mean() > 0.9


def test_names_by_code_and_in_order(tmp_path: Path) -> None:
    home = folder(tmp_path, lambda k: np.array([10, 30, 80], np.uint8)[classes(k, 3)])
    (home / "masks" / "classes.txt").write_text("80: water\n10: trees\n30: grass\n40: crops\n")
    assert schema_of(load(home)).classes == ("trees", "grass", "water")
    (home / "masks" / "classes.txt").write_text("trees\ngrass\nwater\n")
    data = load(home)
    assert schema_of(data).classes == ("trees", "grass", "water")
    assert any("10 trees, 30 grass, 80 water" in note for note in data.notes)


def test_new_masks_are_read_as_the_model_learnt_them(tmp_path: Path) -> None:
    codes = np.array([10, 30, 80, 90], np.uint8)
    learnt = schema_of(load(folder(tmp_path / "old", lambda k: codes[classes(k, 3)])))
    data = load(folder(tmp_path / "new", lambda k: codes[2 * classes(k)]), learnt=learnt)
    assert (places(data) == codes.astype(str)[2 * truth()]).all()
    with pytest.raises(DataError, match=r"has not learnt. Given: 90 in .* of the pixels. Allowed: 10, 30, 80"):
        load(folder(tmp_path / "strange", lambda k: codes[3 * classes(k)]), learnt=learnt)
    white = schema_of(load(folder(tmp_path / "white", lambda k: 255 * classes(k))))
    empty = load(folder(tmp_path / "empty", lambda k: 0 * classes(k)), learnt=white)
    assert (empty.targets == 0).all()
    voc = schema_of(load(folder(tmp_path / "voc", outlined)))
    assert (
        load(folder(tmp_path / "edges", lambda k: 255 * classes(k)), learnt=voc).targets[:, 0] == 255 * truth()
    ).all()


def test_a_class_of_one_mask_is_told(tmp_path: Path) -> None:
    def draw(k: int) -> np.ndarray:
        mask = classes(k)
        mask[-3:] = 2 * (k == 0)
        return mask

    assert any("masks: 2: in one mask only" in note for note in load(folder(tmp_path, draw)).notes)


def test_a_raster_of_classes_with_a_value_of_no_data(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    home = folder(tmp_path, classes)
    for k in range(COUNT):
        (home / "masks" / f"{k}.png").unlink()
        mask = classes(k, 3).astype(np.float32) + 1
        mask[:2] = -9999
        mask[2] = np.nan
        mask[3] = 77
        tags = [(42113, "s", 0, "77", True)]
        tifffile.imwrite(home / "masks" / f"{k}.tif", mask, extratags=tags)
    data = load(home)
    assert schema_of(data).classes == ("1", "2", "3")
    known = np.arange(SIZE) > 3
    assert (places(data) == np.where(known[:, None], (truth(3) + 1).astype(str), "")).all()
    assert any("hold no data" in note for note in data.notes)
