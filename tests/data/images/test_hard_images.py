"""Files as they occur: every mode, every damage, each with what is told of it."""

from __future__ import annotations

import pickle
import random
import tarfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isinglass.data.images.files.archives import unpack
from isinglass.data.images.files.decode import BadImageError, quiet, read_header, read_pixels
from isinglass.data.images.loading import is_image_source, load_images
from isinglass.data.images.rows import read_images
from isinglass.errors import DataError
from isinglass.kinds.opening import load as load_any
from isinglass.recipe import DataRecipe
from isinglass.spec import Task

SIZE = 12


def picture(seed: int, size: tuple[int, int] = (SIZE, SIZE)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def album(folder: Path, count: int = 12, classes: tuple[str, ...] = ("cat", "dog")) -> Path:
    for index in range(count):
        home = folder / classes[index % len(classes)]
        home.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(index)).save(home / f"{index:03}.png")
    return folder


def load(folder: Path, **options: object):
    recipe = DataRecipe.model_validate({"source": str(folder), **options})
    assert is_image_source(recipe)
    return load_images(recipe)


def test_a_folder_a_class(tmp_path: Path) -> None:
    data = load(album(tmp_path))
    assert data.schema.classes == ("cat", "dog")
    assert data.files[0] == "cat/000.png"
    assert (data.inputs[0] == picture(0).transpose(2, 0, 1)).all()
    assert data.targets[:, 0].tolist() == [0] * 6 + [1] * 6


def test_one_broken_file_among_many_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    album(tmp_path, 40)
    good = (tmp_path / "cat" / "000.png").read_bytes()
    (tmp_path / "cat" / "000.png").write_bytes(good[: len(good) // 2])
    data = load(tmp_path)
    assert len(data) == 39
    assert any("cat/000.png" in note and "cut short" in note for note in data.notes)


def test_many_broken_files_are_an_error(tmp_path: Path) -> None:
    album(tmp_path, 20)
    for name in ("000", "002", "004"):
        (tmp_path / "cat" / f"{name}.png").write_bytes(b"no image at all")
    with pytest.raises(DataError, match=r"3 of 20 images cannot be used: cat/000.png: not an image"):
        load(tmp_path)


def test_other_files_and_empty_folders_are_told(tmp_path: Path) -> None:
    album(tmp_path)
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "bird").mkdir()
    (tmp_path / "fox").mkdir()
    Image.fromarray(picture(99)).save(tmp_path / "fox" / "only.png")
    notes = " ".join(load(tmp_path).notes)
    assert "notes.txt" in notes
    assert "bird: no image" in notes
    assert "classes with one image only: fox" in notes


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_a_file_that_is_no_image(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(BadImageError):
        read_header(tmp_path / "x.png")


def test_modes_become_three_channels(tmp_path: Path) -> None:
    pixels = picture(1)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK"):
        path = tmp_path / f"{mode}.tif"
        Image.fromarray(pixels).convert(mode).save(path.with_suffix(".jpg" if mode == "CMYK" else ".png"))
        made = read_pixels(path.with_suffix(".jpg" if mode == "CMYK" else ".png"), "rgb")
        assert made.shape == (SIZE, SIZE, 3)
        assert made.dtype == np.uint8
    assert (read_pixels(tmp_path / "RGBA.png", "rgb") == pixels).all()
    assert read_pixels(tmp_path / "RGBA.png", "all").shape[2] == 4


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "x.png")
    assert (read_pixels(tmp_path / "x.png", "rgb") == 255).all()


def test_sixteen_bits_stay(tmp_path: Path) -> None:
    values = np.arange(SIZE * SIZE, dtype=np.uint16).reshape(SIZE, SIZE) * 400
    Image.fromarray(values).save(tmp_path / "x.png")
    assert (read_pixels(tmp_path / "x.png", "grey")[..., 0] == values).all()
    assert read_header(tmp_path / "x.png").depth == "uint16"


def test_rotation_by_exif(tmp_path: Path) -> None:
    image = Image.fromarray(picture(3, (10, 20)))
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "x.png", exif=exif)
    header = read_header(tmp_path / "x.png")
    assert (header.height, header.width) == (20, 10)
    assert (read_pixels(tmp_path / "x.png", "rgb") == np.rot90(picture(3, (10, 20)), -1)).all()


def test_an_animation_gives_its_first_frame_with_a_note(tmp_path: Path) -> None:
    album(tmp_path)
    frames = [Image.new("RGB", (SIZE, SIZE), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "cat" / "moving.gif", save_all=True, append_images=frames[1:])
    data = load(tmp_path)
    assert any("1 animated images: the first frame" in note for note in data.notes)
    place = data.files.tolist().index("cat/moving.gif")
    assert data.inputs[place, :, 0, 0].tolist() == [255, 0, 0]  # a wrong extension does not matter either


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    Image.fromarray(picture(1)).save(tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / "x.jpg")
    assert (read_pixels(tmp_path / "x.jpg", "rgb") == picture(1)).all()


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    Image.new("1", (10_000, 10_000)).save(tmp_path / "x.png")
    from isinglass.data.images.files.decode import quiet

    with quiet(), pytest.raises(BadImageError, match="more than 89478485 pixels"):
        read_header(tmp_path / "x.png")


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_tiff_with_many_bands(tmp_path: Path, planar: str) -> None:
    tifffile = pytest.importorskip("tifffile")
    bands = np.random.default_rng(0).integers(0, 9_000, (12, SIZE, SIZE + 2, 5), dtype=np.uint16)
    for index, image in enumerate(bands):
        home = tmp_path / ("ice", "sea")[index % 2]
        home.mkdir(exist_ok=True)
        stored = image if planar == "contig" else image.transpose(2, 0, 1)
        tifffile.imwrite(home / f"{index:02}.tif", stored, photometric="minisblack", planarconfig=planar)
    data = load(tmp_path)
    assert data.inputs.shape == (12, 5, SIZE, SIZE + 2)
    assert data.inputs.dtype == np.uint16
    assert (data.inputs[1] == bands[2].transpose(2, 0, 1)).all()


def test_sizes_that_differ_become_the_commonest(tmp_path: Path) -> None:
    album(tmp_path)
    Image.fromarray(picture(50, (30, 24))).save(tmp_path / "dog" / "large.png")
    data = load(tmp_path)
    assert data.schema.image == (3, SIZE, SIZE)
    assert any("1 of 13 images resized to 12 x 12" in note for note in data.notes)
    assert load(tmp_path, size=(8, 6)).inputs.shape[2:] == (8, 6)


def test_a_table_of_images(tmp_path: Path) -> None:
    album(tmp_path / "all", 12, ("images",))
    rows = [f"{k:03}.png,{k * 0.5}" for k in range(11)] + ["gone.png,9.0"]
    (tmp_path / "all" / "table.csv").write_text("file,height\n" + "\n".join(rows))
    data = load(tmp_path / "all" / "table.csv", images="file", target=["height"])
    assert data.schema.task is Task.REGRESSION
    assert data.targets[:, 0].tolist() == [k * 0.5 for k in range(11)]
    notes = " ".join(data.notes)
    assert "1 rows without file left out: gone.png" in notes
    assert "1 image files are not in the table: 011.png" in notes


def test_masks_in_colours_are_named_by_a_file(tmp_path: Path) -> None:
    colours = np.array([[255, 0, 0], [0, 0, 255], [9, 9, 9]], np.uint8)
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    codes = np.random.default_rng(0).integers(0, 3, (4, SIZE, SIZE))
    for index, code in enumerate(codes):
        Image.fromarray(picture(index)).save(tmp_path / "images" / f"{index}.png")
        Image.fromarray(colours[code]).save(tmp_path / "masks" / f"{index}_mask.png")
    plain = load(tmp_path)
    assert plain.schema.classes == ("#0000ff", "#090909", "#ff0000")
    assert (plain.targets[:, 0] == np.array([2, 0, 1])[codes]).all()
    assert any("3 colours are the classes" in note and "classes.txt" in note for note in plain.notes)
    (tmp_path / "classes.txt").write_text("road 255 0 0\nsky 0 0 255\n")
    data = load(tmp_path)
    assert data.schema.classes == ("road", "sky")
    assert (data.targets[:, 0] == np.where(codes == 2, 255, codes)).all()
    assert any("of the pixels have colours without a name (#090909) and do not count" in note for note in data.notes)


def with_masks(folder: Path, *shapes: tuple[int, int]) -> Path:
    """Ten images with masks of these shapes, the last one for all that are left."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for index in range(10):
        mask = np.zeros(shapes[min(index, len(shapes) - 1)], np.uint8)
        mask[:, 1:3] = 1
        Image.fromarray(picture(index)).save(folder / "images" / f"{index}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{index}.png")
    return folder


def test_masks_of_other_proportions_belong_to_other_images(tmp_path: Path) -> None:
    notes = load(with_masks(tmp_path / "one", (SIZE // 2, SIZE), (SIZE, SIZE))).notes
    assert f"images/0.png: its mask: {SIZE // 2} x {SIZE} pixels where its image has {SIZE} x {SIZE}" in " ".join(notes)
    with pytest.raises(DataError, match=f"no mask can be used. Given: {SIZE} x {SIZE // 2} pixels"):
        load(with_masks(tmp_path / "all", (SIZE, SIZE // 2)))
    assert load(with_masks(tmp_path / "half", (SIZE // 2, SIZE // 2))).targets.shape == (10, 1, SIZE, SIZE)


def test_a_mask_unlike_the_others_is_named(tmp_path: Path) -> None:
    half, whole, double = (SIZE // 2, SIZE // 2), (SIZE, SIZE), (2 * SIZE, 2 * SIZE)
    sizes = f"images/0.png: its mask: {SIZE // 2} x {SIZE // 2} pixels where its image has {SIZE} x {SIZE}"
    one = with_masks(tmp_path / "one", half, whole)
    for patch in (0, 4):
        data = load(one, patch=patch)
        assert sizes in " ".join(data.notes)
        assert not any(name.startswith("images/0.png") for name in data.files)
    with pytest.raises(DataError, match=f"2 of 10 images cannot be used: {sizes}"):
        load(with_masks(tmp_path / "two", half, half, whole))
    assert len(load(with_masks(tmp_path / "double", double))) == 10
    assert "most masks have 2 times their image's size" in " ".join(
        load(with_masks(tmp_path / "h", half, double)).notes
    )
    assert len(load(with_masks(tmp_path / "own", whole, double))) == 10


def test_a_mask_with_channels_among_plain_ones_is_named(tmp_path: Path) -> None:
    folder = with_masks(tmp_path / "some", (SIZE, SIZE))
    mask = Image.open(folder / "masks" / "0.png")
    mask.convert("RGB").save(folder / "masks" / "0.png")
    assert "images/0.png: its mask: 3 channels where most masks have one" in " ".join(load(folder).notes)
    for path in (folder / "masks").iterdir():
        Image.open(path).convert("RGB").save(path)
    assert len(load(folder)) == 10


def damaged(whole: bytes, draw: random.Random) -> bytes:
    """One fault: a byte changed, a piece lost, or the end cut off."""
    place = draw.randrange(len(whole))
    fault = draw.randrange(3)
    if fault == 0:
        return whole[:place] + bytes([draw.randrange(256)]) + whole[place + 1 :]
    return whole[:place] + (whole[place + draw.randrange(1, 40) :] if fault == 1 else b"")


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "gif", "bmp"])
def test_an_image_damaged_anywhere_is_read_or_named(tmp_path: Path, ending: str) -> None:
    path, draw = tmp_path / f"x.{ending}", random.Random(0)
    Image.fromarray(picture(1)).save(path)
    whole = path.read_bytes()
    refused = 0
    for _ in range(150):
        path.write_bytes(damaged(whole, draw))
        with quiet():
            try:
                assert read_pixels(path, "rgb").shape[2] == 3
            except BadImageError:
                refused += 1
    assert 0 < refused < 150


def test_an_archive_of_arrays_damaged_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    path, draw = tmp_path / "x.npz", random.Random(0)
    np.savez_compressed(path, a=np.arange(60.0), y=np.arange(60.0) % 7)
    whole = path.read_bytes()
    for _ in range(150):
        path.write_bytes(damaged(whole, draw))
        with suppress(DataError):
            dataset = load_any(DataRecipe(source=str(path), target=("y",)))
            assert len(dataset) == 60


def test_arrays_in_npz(tmp_path: Path) -> None:
    images = np.stack([picture(k) for k in range(6)])
    np.savez(tmp_path / "a.npz", images=images, labels=np.array(list("abcabc")))
    data = load(tmp_path / "a.npz")
    assert (data.inputs == images.transpose(0, 3, 1, 2)).all()
    assert data.schema.classes == ("a", "b", "c")
    np.savez(tmp_path / "k.npz", x_train=images, y_train=np.arange(6) % 2, x_test=images[:2], y_test=np.arange(2))
    assert load(tmp_path / "k.npz").coords["part"].tolist() == ["train"] * 6 + ["test"] * 2


def test_the_python_layout_of_cifar_runs_no_code(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (4, 3072), dtype=np.uint8)
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps({b"data": rows, b"labels": [3, 1, 3, 1]}, protocol=2))
    data = load(tmp_path)
    assert (data.inputs.reshape(4, -1) == rows).all()

    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    (tmp_path / "data_batch_1").write_bytes(pickle.dumps({b"data": Evil()}))
    with pytest.raises(DataError, match="which is not data"):
        load(tmp_path)
    assert not (tmp_path / "touched").exists()


def test_an_archive_that_leads_outside(tmp_path: Path) -> None:
    album(tmp_path / "all")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "all" / "cat" / "000.png", "../../outside.png")
    with pytest.raises(DataError, match="leads outside"):
        unpack(tmp_path / "evil.tar.gz")


def test_predictions_read_as_in_training(tmp_path: Path) -> None:
    data = load(album(tmp_path / "a"))
    recipe = DataRecipe(source=str(tmp_path / "a"))
    again = read_images(tmp_path / "a", data.schema, recipe)
    assert (again.inputs == data.inputs).all()
    assert again.targets is not None
    assert (again.targets == data.targets).all()
    (tmp_path / "a" / "cat" / "bad.png").write_bytes(b"")
    assert read_images(tmp_path / "a", data.schema, recipe).problems == ("cat/bad.png: an empty file.",)
    one = read_images(tmp_path / "a" / "cat" / "000.png", data.schema, recipe)
    assert (one.inputs == data.inputs[:1]).all()
    with pytest.raises(DataError, match=r"real numbers where uint8"):
        read_images(np.zeros((2, SIZE, SIZE, 3)), data.schema, recipe)


def test_arrays_for_a_model_of_colours(tmp_path: Path) -> None:
    schema, recipe = load(album(tmp_path)).schema, DataRecipe(source=str(tmp_path))
    two = np.stack([picture(0), picture(1)])
    for source in (two, two.transpose(0, 3, 1, 2), list(two), [image.transpose(2, 0, 1) for image in two]):
        found = read_images(source, schema, recipe)
        assert (found.inputs == two.transpose(0, 3, 1, 2)).all()
        assert found.files.tolist() == ["image 1", "image 2"]
    for one in (two[0], two[0].transpose(2, 0, 1)):
        assert (read_images(one, schema, recipe).inputs == two[:1].transpose(0, 3, 1, 2)).all()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            np.zeros((5, SIZE, SIZE), np.uint8),
            r"Given: \(5, 12, 12\)\. Allowed: \[n, h, w, 3\].* Instead: np\.repeat\(images\[",
        ),
        (np.zeros((2, SIZE, SIZE, 1), np.uint8), r"images of 3 channels\. Given: .* Instead: np\.repeat\(images, 3"),
        (np.zeros((2, SIZE, SIZE, 4), np.uint8), r"images of 3 channels\. Given: .* Instead: images\[\.\.\., :3\]"),
        (np.zeros((SIZE, SIZE), np.uint8), r"images of 3 channels\. Given: \(12, 12\)"),
        ([np.zeros((SIZE, SIZE), np.uint8)] * 3, r"images of 3 channels\. Given: \(3, 12, 12\)"),
        (np.zeros((0, SIZE, SIZE, 3), np.uint8), "array: there are no images"),
        ([], "list: there are no images"),
        ([picture(0), picture(1)[:5]], "the arrays differ in shape"),
        ([picture(0), "a.png"], "new images are paths or arrays. Given: ndarray, str"),
        (Image.fromarray(picture(0)), "new images are paths or arrays. Given: Image"),
    ],
)
def test_arrays_that_are_not_the_models_images(tmp_path: Path, source: object, told: str) -> None:
    schema = load(album(tmp_path)).schema
    with pytest.raises(DataError, match=told):
        read_images(source, schema, DataRecipe(source=str(tmp_path)))  # pyright: ignore[reportArgumentType]


def test_arrays_for_a_model_of_grey_images(tmp_path: Path) -> None:
    schema, recipe = load(album(tmp_path), channels="grey").schema, DataRecipe(source=str(tmp_path))
    grey = np.stack([picture(0)[..., 0]] * 3)
    for source in (grey, grey[..., None], grey[:, None], list(grey)):
        assert (read_images(source, schema, recipe).inputs == grey[:, None]).all()
    with pytest.raises(DataError, match=r"images of 1 channel\. Given: \(2, 12, 12, 3\)\. Allowed: .*\[n, h, w\]"):
        read_images(np.stack([picture(0), picture(1)]), schema, recipe)


def test_a_memory_map_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from isinglass.data.images.files import decode_pool

    album(tmp_path)
    plain = load(tmp_path)
    monkeypatch.setattr(decode_pool, "free_memory", lambda: 0.0)
    mapped = load(tmp_path)
    assert isinstance(mapped.inputs, np.memmap)
    assert (mapped.inputs == plain.inputs).all()
    assert mapped.fingerprint == plain.fingerprint
    monkeypatch.setattr(decode_pool, "_fill", None)  # nothing is decoded again
    assert (load(tmp_path).inputs == plain.inputs).all()
