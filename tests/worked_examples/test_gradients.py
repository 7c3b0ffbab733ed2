"""The lecture decks' examples 2, 11, 12 and 13 through the command line: what `isinglass trace` prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import Cli, Ran

DENSE = """
inputs = [0, 1, 2, 3]

[[layers]]
weights = [[1, 0, 1, 0], [1, 2, 1, 2], [1, 1, 1, 1]]
bias = [0, 0, 0]
activation = "relu"

[[layers]]
weights = [[-2, 1, -2], [1, -1, 0]]
bias = [0, 0]
activation = "relu"

[[layers]]
weights = [[-3, 2]]
bias = [-1]
activation = "sigmoid"
"""

LINE = """
inputs = [[1, 2], [3, 4], [5, 7]]
targets = [[1], [2], [4]]
loss = "squared"
rate = 0.01

[[layers]]
weights = [[0, 0]]
bias = [0]
"""


def rows(ran: Ran) -> list[list[str]]:
    assert ran.code == 0, ran.err
    return [line.split() for line in ran.out.splitlines()]


def test_2_dense_forward_pass(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(DENSE)
    said = rows(cli("trace", tmp_path / "net.toml"))
    for neuron, (total, active) in enumerate([("2", "2"), ("10", "10"), ("6", "6")], start=1):
        assert [str(neuron), total, active, "0", "0"] in said
    assert ["1", "-6", "0", "-0.5898", "0"] in said
    assert ["2", "-8", "0", "0.3932", "0"] in said
    assert ["1", "-1", "0.2689", "1", "0.1966"] in said


def test_11_computational_graph(cli: Cli) -> None:
    said = rows(cli("trace", "(x + y) * z", "x=-2", "y=5", "z=-4"))
    assert ["x", "given", "-2", "-4"] in said
    assert ["y", "given", "5", "-4"] in said
    assert ["z", "given", "-4", "3"] in said
    # node, how, forward value, upstream gradient; then for each source: name, local gradient, product
    assert ["q", "x", "+", "y", "3", "-4", "x", "1", "-4"] in said
    assert ["f", "q", "*", "z", "-12", "1", "q", "-4", "-4"] in said
    assert ["y", "1", "-4"] in said
    assert ["z", "3", "3"] in said


def test_11_step_by_step(cli: Cli) -> None:
    lines = cli("trace", "(x + y) * z", "x=-2", "y=5", "z=-4", "--step").out.splitlines()
    assert lines[3] == "forward 4/5  q = x + y = 3"
    assert lines[4] == "forward 5/5  f = q * z = -12"
    assert lines[5] == "backward 1/5  f: gradient 1, where the way back starts"
    assert lines[6].strip() == "gives q: local derivative -4; -4 × 1 = -4"


def test_12_gradient_check(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(LINE)
    said = rows(cli("trace", tmp_path / "line.toml", "--check"))
    for name, shape, elements in (("layer1.weight", "1×2", "2"), ("layer1.bias", "1", "1")):
        (line,) = (line for line in said if line[:3] == [name, shape, elements])
        assert float(line[3]) < 1e-8
        assert line[4] == "right"
    formula = cli("trace", "(x + y) * z", "x=-2", "y=5", "z=-4", "--check", "--json").json
    assert formula["check"]["passed"]
    assert [tensor["name"] for tensor in formula["check"]["tensors"]] == ["x", "y", "z"]


def test_13_training_by_hand(cli: Cli, tmp_path: Path) -> None:
    x, y = np.array([[1.0, 2], [3, 4], [5, 7]]), np.array([1.0, 2, 4])
    w, b = np.zeros(2), 0.0
    for _ in range(3):  # each time the weights of the step before go into the file
        text = LINE.replace("[[0, 0]]", f"[{w.tolist()}]").replace("bias = [0]", f"bias = [{b}]")
        (tmp_path / "line.toml").write_text(text)
        nodes = {node["name"]: node for node in cli("trace", tmp_path / "line.toml", "--json").json["nodes"]}
        z = x @ w + b
        of_w, of_b = (2 * x * (z - y)[:, None]).mean(axis=0), (2 * (z - y)).mean()
        weight, bias = nodes["layer1.weight"], nodes["layer1.bias"]
        np.testing.assert_allclose(weight["gradient"]["values"][0], of_w, rtol=1e-12)
        np.testing.assert_allclose(bias["gradient"]["values"], [of_b], rtol=1e-12)
        np.testing.assert_allclose(weight["update"]["values"][0], -0.01 * of_w, rtol=1e-12)
        w, b = w + np.array(weight["update"]["values"][0]), b + bias["update"]["values"][0]
    first, last = (y**2).mean(), ((y - x @ w - b) ** 2).mean()
    assert last < 0.1 * first


def test_13_as_the_terminal_shows_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(LINE)
    said = rows(cli("trace", tmp_path / "line.toml"))
    # at zeros: dJ/db = mean of -2 y = -14/3; dJ/dw = mean of -2 x y = (-18, -76/3)
    assert next(r for r in said if r[:1] == ["layer1.bias"])[:6] == [
        "layer1.bias",
        "learnt",
        "1",
        "0",
        "-4.667",
        "0.04667",
    ]
    assert next(r for r in said if r[:1] == ["layer1.weight"])[5:7] == ["[-18,", "-25.33]"]


@pytest.mark.parametrize("text", ["(x + y) * z", "q = x + y; f = q * z"])
def test_11_as_json(cli: Cli, text: str) -> None:
    document = cli("trace", text, "x=-2", "y=5", "z=-4", "--json").json
    found = {node["name"]: (node["value"]["values"], node["gradient"]["values"]) for node in document["nodes"]}
    assert found == {"x": (-2, -4), "y": (5, -4), "z": (-4, 3), "q": (3, -4), "f": (-12, 1)}
