"""Many files decoded by threads into one array: in memory where it fits, else once into a file of the cache."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.data.catalogue.download import cache_folder
from isinglass.data.images.files.decode import Header, quiet, read_header, read_image
from isinglass.data.images.files.faults import BadImageError, NoDataError
from isinglass.data.images.nodata import Known, Wanted
from isinglass.errors import DataError

LONG_SIDE = 224
BROKEN = 0.05
SAME = 0.1
"""Part of the images of one size, from which on it is the size of them all."""
HALF = 0.5
"""Part of a resized pixel's weight that has data, from which on the pixel has."""
Watch = Callable[[int, int], None]
"""Called with the images decoded so far and in all."""


@dataclass(frozen=True)
class Form:
    """What every image of a study becomes."""

    height: int
    width: int
    channels: int
    depth: str
    read: str
    nodata: Wanted = "auto"


@dataclass(frozen=True, eq=False)
class Decoded:
    """Many files as one array.

    Args:
        pixels: [sample, channel, height, width]; blank where there are problems.
        known: bool [sample, height, width], whether a pixel has data; None: all have.
        why: what stands where there is no data, of each sample that has such pixels.
        problems: why some files (by place) cannot be used.
        empty: places of those that hold no data at all.
    """

    pixels: np.ndarray
    known: np.ndarray | None = None
    why: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    empty: frozenset[int] = frozenset()


def pool() -> ThreadPoolExecutor:
    """Decoding leaves Python's lock: as many threads as processors."""
    return ThreadPoolExecutor(min(os.cpu_count() or 1, 16))


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """The result, or the BadImageError that was raised."""
    try:
        return function(*arguments)
    except BadImageError as error:
        return error


def read_headers(paths: Sequence[Path]) -> list[Header | BadImageError]:
    """What each file says of itself, or why it cannot be used."""
    with quiet(), pool() as threads:
        return list(threads.map(lambda path: attempt(read_header, path), paths))


def choose_form(
    headers: Iterable[Header], *, size: tuple[int, int] | str, read: str, nodata: Wanted = "auto"
) -> tuple[Form, list[str]]:
    """The commonest size (or the middle one; 224 on the long side at most), channels and depth of images; notes about
    what changes."""
    known = list(headers)
    sizes = Counter((header.height, header.width) for header in known)
    common = _usual(sizes)
    shrink = min(1.0, LONG_SIDE / max(common))
    wanted = tuple(max(1, round(side * shrink)) for side in common) if isinstance(size, str) else size
    other = sum(count for found, count in sizes.items() if found != wanted)
    notes = [f"{other} of {len(known)} images resized to {wanted[0]} x {wanted[1]} pixels."] if other else []
    counts = {header.channels for header in known}
    if read == "auto":
        read = "all" if max(counts) > 4 else "grey" if counts == {1} else "rgb"
    if read == "all" and len(counts) > 1:
        raise DataError("the images differ in their channels", given=sorted(counts), instead="channels = 'rgb'.")
    channels = {"grey": 1, "rgb": 3}.get(read) or counts.pop()
    depths = {header.depth for header in known}
    depth = depths.pop() if len(depths) == 1 else "float32" if "float32" in depths else "uint16"
    notes += [f"images of different depths are all read as {depth}."] if len({h.depth for h in known}) > 1 else []
    animated = sum(header.frames > 1 for header in known)
    notes += [f"{animated} animated images: the first frame of each is taken."] if animated else []
    return Form(wanted[0], wanted[1], channels, depth, read, nodata), notes


def _usual(sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
    """The commonest size; where next to none are of one size, the middle of the heights and of the widths."""
    size, count = sizes.most_common(1)[0]
    if count >= SAME * sizes.total():
        return size
    heights, widths = (sorted(side) for side in zip(*sizes.elements(), strict=True))
    return heights[len(heights) // 2], widths[len(widths) // 2]


def fit_form(pixels: np.ndarray, form: Form) -> np.ndarray:
    """[height, width, channel] as [channel, height, width] in size and depth of the form. Raises BadImageError."""
    if pixels.shape[2] != form.channels:
        raise BadImageError(f"{pixels.shape[2]} channels where {form.channels} are expected")
    pixels = to_depth(pixels, form.depth)
    if pixels.shape[:2] != (form.height, form.width):
        pixels = _resize(pixels, form.height, form.width)
    return pixels.transpose(2, 0, 1)


def to_depth(pixels: np.ndarray, depth: str) -> np.ndarray:
    """Whole numbers keep their meaning as a part of the largest one; real numbers become no whole ones."""
    given = pixels.dtype.name
    if given == depth:
        return pixels
    if depth == "float32":
        return pixels.astype(np.float32)
    if given == "float32":
        raise BadImageError(f"real numbers where {depth} is expected; write (255 * array).astype('uint8')")
    return pixels.astype(np.uint16) * np.uint16(257) if depth == "uint16" else (pixels >> 8).astype(np.uint8)


def _resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear, averaged over the area where it shrinks (Pillow's filter)."""
    from PIL import Image

    size, how = (width, height), Image.Resampling.BILINEAR
    if pixels.dtype == np.uint8 and pixels.shape[2] == 3:
        return np.asarray(Image.fromarray(pixels).resize(size, how))
    planes = [Image.fromarray(np.ascontiguousarray(plane, np.float32)) for plane in pixels.transpose(2, 0, 1)]
    stack = np.stack([np.asarray(plane.resize(size, how)) for plane in planes], axis=2)
    if pixels.dtype == np.float32:
        return stack
    return np.clip(np.round(stack), 0, np.iinfo(pixels.dtype).max).astype(pixels.dtype)


def read_fitted(path: Path, form: Form) -> tuple[np.ndarray, Known | None]:
    """A file as [channel, height, width] in size and depth of the form, and where it has data. Raises BadImageError."""
    pixels, known = read_image(path, form.read, form.nodata)
    fitted = fit_form(pixels, form)
    if known is None or known.where.shape == fitted.shape[1:]:
        return fitted, known
    return _fit_known(pixels, known, form)


def _fit_known(pixels: np.ndarray, known: Known, form: Form) -> tuple[np.ndarray, Known]:
    """Resized from known pixels alone: sum of weight x value over sum of weight."""
    part = known.where[..., None].astype(np.float32)
    real = replace(form, depth="float32")
    share = fit_form(part, replace(real, channels=1))
    total = fit_form(pixels.astype(np.float32) * part, real)
    plain = fit_form(pixels.astype(np.float32), real)  # the fill, where nothing is known
    made = np.where(share > HALF / 2, total / np.maximum(share, HALF / 2), plain)
    given = np.dtype(form.depth)
    if form.depth != "float32":
        scale = np.iinfo(given).max / np.iinfo(pixels.dtype).max
        made = np.clip(np.round(made * scale), 0, np.iinfo(given).max)
    if not (share >= HALF).any():
        raise NoDataError("no pixel holds data")
    return made.astype(given), Known(share[0] >= HALF, known.why)


def decode_files(paths: Sequence[Path], form: Form, *, watch: Watch | None = None) -> Decoded:
    """All files."""
    shape = (len(paths), form.channels, form.height, form.width)
    target = None
    if np.prod(shape, dtype=float) * np.dtype(form.depth).itemsize > free_memory() / 2:
        target = cache_folder() / "images" / f"{_key(paths, form)}.npy"
        if target.exists():
            return Decoded(np.load(target, mmap_mode="r"))
    temporary = None if target is None else target.with_name(f".{target.name}.{os.getpid()}")
    found = _fill(_empty(temporary, shape, form.depth), paths, form, watch)
    if target is None or temporary is None:
        return found
    found.pixels.flush()  # pyright: ignore[reportAttributeAccessIssue]
    # What has gaps is not kept for the next time: they would not be told again.
    if not found.problems and found.known is None:
        os.replace(temporary, target)
    else:
        temporary.unlink()  # the map stays readable
    return found


def _empty(path: Path | None, shape: tuple[int, ...], depth: str) -> np.ndarray:
    if path is None:
        return np.zeros(shape, depth)
    path.parent.mkdir(parents=True, exist_ok=True)
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(depth), shape=shape)


def _fill(stack: np.ndarray, paths: Sequence[Path], form: Form, watch: Watch | None) -> Decoded:
    def one(place: int) -> Known | None:
        stack[place], known = read_fitted(paths[place], form)
        return known

    problems: dict[int, str] = {}
    empty, gaps = set(), dict[int, Known]()
    with quiet(), pool() as threads:
        for place, told in enumerate(threads.map(lambda place: attempt(one, place), range(len(paths)))):
            if isinstance(told, BadImageError):
                problems[place] = str(told)
                empty |= {place} if isinstance(told, NoDataError) else set()
            elif told is not None:
                gaps[place] = told
            if watch is not None and (place % 100 == 99 or place + 1 == len(paths)):
                watch(place + 1, len(paths))
    known = np.ones((len(paths), form.height, form.width), bool) if gaps else None
    for place, told in gaps.items():
        assert known is not None
        known[place] = told.where
    return Decoded(stack, known, {place: told.why for place, told in gaps.items()}, problems, frozenset(empty))


def _key(paths: Sequence[Path], form: Form) -> str:
    digest = hashlib.sha256(repr(form).encode())
    for path in paths:
        state = path.stat()
        digest.update(f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def require_few(problems: dict[str, str], count: int, where: str) -> tuple[str, ...]:
    """Notes about files that could not be used; DataError where these are more than a twentieth (and more than one)."""
    shown = "; ".join(f"{name}: {problem}" for name, problem in list(problems.items())[:5])
    if len(problems) > max(1, BROKEN * count) or len(problems) == count:
        raise DataError(f"{len(problems)} of {count} images cannot be used: {shown}", where=where)
    more = " ..." * (len(problems) > 5)
    return (f"{len(problems)} of {count} images left out: {shown}{more}.",) if problems else ()


def gap_words(known: np.ndarray | None, why: Iterable[tuple[str, ...]], count: int) -> list[str]:
    """A note on images with pixels without data."""
    if known is None or known.all():
        return []
    images = int((~known.all(axis=(1, 2))).sum())
    part = 100 * float((~known).mean())
    stands = ", ".join(name for name, _ in Counter(name for one in why for name in one).most_common(3))
    return [
        f"{images} of {count} images have pixels without data ({part:.2g} % of all; there stands: {stands}): filled "
        "with the mean of their image's channel, and they count nowhere; data.nodata says what stands there."
    ]


def empty_words(names: Sequence[str], count: int) -> list[str]:
    """A note on images without any data."""
    shown = ", ".join(names[:5]) + " ..." * (len(names) > 5)
    return [f"{len(names)} of {count} images hold no data at all and are left out: {shown}."] if names else []


def free_memory() -> float:
    """Bytes that can be had without swapping; 4 GiB where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable"):
                return float(line.split()[1]) * 1024
    except OSError:
        pass
    return 4.0 * 2**30
