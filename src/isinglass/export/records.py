"""Frozen dataclasses to JSON and arrays, and back, by their type hints alone.

`pack` turns any tree of dataclasses, tuples, mappings, enums, numbers, strings and numpy arrays into one JSON value
and one flat dict of arrays; an array's place in the tree is its name (`unseen/mean`). `unpack` builds the tree again
and trusts nothing but the declared types, so reading a record never runs code from the file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from isinglass.errors import ModelFileError

T = TypeVar("T")
ARRAY = "$array"
TEXTS = "$texts"
NUMBER = "$number"  # nan, inf and -inf, which JSON does not know


def pack(value: object, *, place: str = "") -> tuple[Any, dict[str, np.ndarray]]:
    """The JSON value of a record and its arrays by name."""
    arrays: dict[str, np.ndarray] = {}
    return _pack(value, place, arrays), arrays


def _pack(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        return _pack_array(value, place or "array", arrays)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (float, np.floating)) and not math.isfinite(value):
        return {NUMBER: str(float(value))}
    if isinstance(value, np.generic):
        return value.item()
    if is_dataclass(value):
        return {f.name: _pack(getattr(value, f.name), _under(place, f.name), arrays) for f in fields(value) if f.init}
    if isinstance(value, Mapping):
        return {str(key): _pack(item, _under(place, str(key)), arrays) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_pack(item, _under(place, str(i)), arrays) for i, item in enumerate(value)]
    return value


def _pack_array(value: np.ndarray, place: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    if value.dtype.kind in "OUS":
        return {TEXTS: [str(item) for item in value.ravel()], "shape": list(value.shape)}
    arrays[place] = value
    return {ARRAY: place}


def _under(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def unpack(kind: type[T], document: Any, arrays: Mapping[str, np.ndarray]) -> T:
    """Build a `kind` again. Raises ModelFileError where the document does not fit the type."""
    try:
        return _unpack(kind, document, arrays)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"a record in the model file is damaged: {kind.__name__}: {error}") from None


def _unpack(kind: Any, document: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(document, dict) and (special := _special(document, arrays)) is not None:
        return special
    if is_dataclass(kind):
        return _unpack_dataclass(kind, document, arrays)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _unpack_union(inner, document, arrays)
    if origin is tuple:
        return _unpack_tuple(inner, document, arrays)
    if isinstance(document, dict):
        item = inner[1] if len(inner) == 2 else Any
        return {key: _unpack(item, value, arrays) for key, value in document.items()}
    if kind is Any and isinstance(document, list):
        return [_unpack(Any, item, arrays) for item in document]
    return _unpack_scalar(kind, document)


def _special(document: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    if ARRAY in document:
        return arrays[document[ARRAY]]
    if TEXTS in document:
        return np.array(document[TEXTS], dtype=str).reshape(document["shape"])
    return float(document[NUMBER]) if NUMBER in document else None


def _unpack_dataclass(kind: Any, document: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.init and f.name in document]
    return kind(**{name: _unpack(hints[name], document[name], arrays) for name in names})


def _unpack_union(kinds: tuple[Any, ...], document: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if document is None:
        return None
    return _unpack(next(kind for kind in kinds if kind is not NoneType), document, arrays)


def _unpack_tuple(kinds: tuple[Any, ...], document: Any, arrays: Mapping[str, np.ndarray]) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_unpack(kinds[0], item, arrays) for item in document)
    return tuple(_unpack(kind, item, arrays) for kind, item in zip(kinds, document, strict=True))


def _unpack_scalar(kind: Any, document: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, (Enum, float)):
        return kind(document)
    if get_origin(kind) is Literal and document not in get_args(kind):
        raise ValueError(f"{document!r} is not one of {get_args(kind)}")
    return document
