"""A combination of networks and conventional methods as one JSON value and named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from isinglass.errors import ModelFileError
from isinglass.export.records import pack, unpack
from isinglass.inference.calibration import Calibration
from isinglass.inference.combination import Blend, Combination, Method
from isinglass.portable import PORTABLE, Portable

Arrays = dict[str, np.ndarray]


def pack_combination(combination: Combination) -> tuple[Any, Arrays]:
    """The JSON value and the arrays by name."""
    arrays: Arrays = {}
    blends = [_pack_blend(blend, str(place), arrays) for place, blend in enumerate(combination.blends)]
    return {"calibration": combination.calibration.to_json(), "blends": blends}, arrays


def unpack_combination(document: Any, arrays: Mapping[str, np.ndarray]) -> Combination:
    """Read what `pack_combination` wrote. Raises ModelFileError for anything else."""
    try:
        blends = tuple(_unpack_blend(one, arrays) for one in document["blends"])
        return Combination(blends, Calibration.from_json(document["calibration"]))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"the combination is damaged: {error!r}", where="combination") from None


def _pack_blend(blend: Blend, place: str, arrays: Arrays) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for field in fields(blend):
        if field.name != "methods":
            value, found = pack(getattr(blend, field.name), place=f"{place}/{field.name}")
            document[field.name] = value
            arrays |= found
    document["methods"] = [
        _pack_method(method, f"{place}/methods/{number}", arrays) for number, method in enumerate(blend.methods)
    ]
    return document


def _pack_method(method: Method, place: str, arrays: Arrays) -> dict[str, Any]:
    kind = next(name for name, made in PORTABLE.items() if isinstance(method.predict, made))
    document: dict[str, Any] = {"kind": kind}
    for field in fields(method):
        value, found = pack(getattr(method, field.name), place=f"{place}/{field.name}")
        document[field.name] = value
        arrays |= found
    return document


def _unpack_blend(document: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Blend:
    methods = tuple(_unpack_method(one, arrays) for one in document["methods"])
    blend = unpack(Blend, {name: value for name, value in document.items() if name != "methods"}, arrays)
    if not len(methods) == len(blend.names) == len(blend.weights):
        raise ModelFileError("the combination is damaged: a method is missing", where="combination")
    return replace(blend, methods=methods)


def _unpack_method(document: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Method:
    if document["kind"] not in PORTABLE:
        raise ModelFileError("an unknown conventional method", where="combination", given=document["kind"])
    predict: Portable = unpack(PORTABLE[document["kind"]], document["predict"], arrays)
    center, spread = (unpack(np.ndarray, document[name], arrays) for name in ("center", "spread"))
    return Method(str(document["name"]), str(document["title"]), predict, center, spread)
