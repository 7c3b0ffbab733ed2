"""What a trace looks like: text, table, picture, Graphviz, JSON, HTML, slow motion."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

from isinglass.errors import DataError
from isinglass.explanation.trace import Trace, sgd, trace
from isinglass.explanation.trace.expression import trace_expression
from isinglass.explanation.trace.steps import moments
from isinglass.explanation.trace.views import dot, svg, table, text
from isinglass.explanation.trace.views.layout import lay_out


@pytest.fixture
def formula() -> Trace:
    return trace_expression("(x + y) * z", {"x": -2, "y": 5, "z": -4})


@pytest.fixture
def network() -> Trace:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    return trace(net, x, loss=lambda raw: raw.square().mean(), step=sgd(0.1))


def test_text(formula: Trace) -> None:
    assert text(formula).splitlines() == [
        "x = given = -2   gradient -4",
        "y = given = 5   gradient -4",
        "z = given = -4   gradient 3",
        "q = x + y = 3   gradient -4",
        "    to x: 1 × -4 = -4",
        "    to y: 1 × -4 = -4",
        "f = q * z = -12   gradient 1",
        "    to q: -4 × 1 = -4",
        "    to z: 3 × 1 = 3",
        "The sums of products equal autograd's gradients exactly.",
    ]
    assert str(formula) == text(formula)


def test_table_has_every_number(formula: Trace) -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(table(formula))
    rows = [line.split() for line in console.file.getvalue().splitlines()]
    assert ["q", "x", "+", "y", "3", "-4", "x", "1", "-4"] in rows
    assert ["f", "q", "*", "z", "-12", "1", "q", "-4", "-4"] in rows


@pytest.mark.parametrize("name", ["formula", "network"])
def test_picture_is_whole_and_alone(name: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(name)
    picture = svg(found)
    root = ElementTree.fromstring(picture)
    said = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert all(node.name in said for node in found)
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert picture.count("marker-end") == len(found.edges)


def test_boxes_do_not_overlap(network: Trace) -> None:
    root = ElementTree.fromstring(svg(network))
    boxes = [
        tuple(float(box.get(key)) for key in ("x", "y", "width", "height"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
        if (box.get("class") or "").startswith("b")
    ]
    assert len(boxes) == len(network)
    for k, (x, y, w, h) in enumerate(boxes):
        for u, v, a, b in boxes[k + 1 :]:
            assert x + w <= u or u + a <= x or y + h <= v or v + b <= y


def test_layers_rise_along_every_edge(network: Trace) -> None:
    layout = lay_out(network)
    level = {key: k for k, layer in enumerate(layout.layers) for key in layer}
    assert all(level[b] == level[a] + 1 for way in layout.ways for a, b in pairwise(way))


def test_graphviz(formula: Trace) -> None:
    lines = dot(formula).splitlines()
    assert lines[0] == "digraph trace {"
    assert '  n3 -> n4 [label="-4 × 1 = -4"];' in lines
    assert sum("->" in line for line in lines) == 4


def test_html_has_picture_and_table(network: Trace) -> None:
    page = network._repr_html_()
    assert page.count("<svg") == 1
    assert page.count("<tr>") == len(network.fold()) + 1


def test_json_is_read_back(network: Trace) -> None:
    document = json.loads(json.dumps(network.to_json(), allow_nan=False))
    again = Trace.from_json(document)
    assert again.to_json() == document
    assert [node.name for node in again] == [node.name for node in network]
    for ours, theirs in zip(again, network, strict=True):
        np.testing.assert_array_equal(ours.value.values, theirs.value.values)
        assert (ours.kind, ours.text, ours.calls, ours.labels) == (
            theirs.kind,
            theirs.text,
            theirs.calls,
            theirs.labels,
        )
    assert text(again) == text(network)


def test_json_keeps_summaries_of_large_arrays(network: Trace) -> None:
    document = json.loads(json.dumps(network.to_json(limit=4)))
    weight = next(node for node in document["nodes"] if node["name"] == "0.weight")
    assert "values" not in weight["value"]
    again = Trace.from_json(document)["0.weight"].value
    assert (again.shape, again.mean) == ((4, 3), network["0.weight"].value.mean)
    assert again.size == 12


def test_other_json_is_refused() -> None:
    with pytest.raises(DataError, match="this is no trace that can be read"):
        Trace.from_json({"nodes": []})


def test_slow_motion(formula: Trace) -> None:
    told = moments(formula)
    assert [m.node for m in told if m.way == "forward"] == ["x", "y", "z", "q", "f"]
    assert [m.node for m in told if m.way == "backward"] == ["f", "q", "z", "y", "x"]
    assert told[5].lines == (
        "f: gradient 1, where the way back starts",
        "gives q: local derivative -4; -4 × 1 = -4",
        "gives z: local derivative 3; 3 × 1 = 3",
    )


def test_slow_motion_adds_where_ways_meet() -> None:
    told = moments(trace_expression("x * (x + 3)", {"x": 2}))
    assert told[-1].lines[0] == "x: gradient 2 + 5 = 7, from q, f" or told[-1].lines[0].endswith("= 7, from q, f")


def test_updates_are_shown(network: Trace) -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(table(network))
    assert "update" in console.file.getvalue()
    bias = network["3.bias"]
    np.testing.assert_allclose(bias.update.values, -0.1 * bias.gradient.values)
