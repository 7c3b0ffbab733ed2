"""`isinglass trace`: rows of models, pictures, folding, and every request that it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.model import Model


def test_a_row_through_all_members(cli, tao):
    ran = cli("trace", tao, "--row=3")
    assert ran.code == 0
    model = Model.load(tao)
    unseen = np.flatnonzero(model.ensemble.fold == model.sample.fold[2])
    assert f"Row 3 of the unseen rows kept with the model; {len(unseen)} members, which have never seen it." in ran.out
    assert f"Observed: {model.sample.targets[2, 0]:.4g}." in ran.out
    assert "machine.0: 8 neurons of Sea.Surface.Temp, Air.Temp" in ran.out
    assert "Updates: first step of adamw" in ran.out


@pytest.mark.parametrize("name", ["tao", "iris", "sums"])
def test_numbers_are_the_models(cli, name, request):
    path = request.getfixturevalue(name)
    model = Model.load(path)
    document = cli("trace", path, "--row=5", "--member=2", "--json", "--all").json
    nodes = {node["name"]: node for node in document["nodes"]}
    np.testing.assert_allclose(nodes["inputs"]["value"]["values"], model.sample.inputs[4:5], equal_nan=True)
    last = [name for name in nodes if name.startswith("machine.") and nodes[name]["operation"] == "linear"][-1]
    raw = model.ensemble.take(np.array([1]))
    import torch

    with torch.inference_mode():
        expected = raw.plan.forward(raw.state, torch.from_numpy(np.ascontiguousarray(model.sample.inputs[4:5])))
    np.testing.assert_allclose(nodes[last]["value"]["values"], expected[0].numpy(), rtol=2e-5, atol=2e-6)
    assert document["difference"] < 1e-4
    assert nodes[f"{last}.weight"]["update"]["values"]


def test_rows_of_a_table(cli, here, sums):
    ran = cli("trace", sums, "--data=t.csv", "--row=7", "--rate=0.5", "--optimizer=sgd")
    assert "Row 7 of t.csv" in ran.out
    assert "first step of sgd, rate 0.5" in ran.out
    (here / "bare.csv").write_text("a,b\n1.0,2.0\n")
    ran = cli("trace", sums, "--data=bare.csv")
    assert ran.code == 0
    assert "Observed" not in ran.out
    assert "Updates" not in ran.out


def test_gradient_check_of_a_model(cli, sums):
    check = cli("trace", sums, "--row=2", "--member=1", "--check", "--json").json["check"]
    assert check["passed"]
    assert {"machine.0.weight", "machine.2.bias", "inputs"} <= {tensor["name"] for tensor in check["tensors"]}


def test_steps_end_with_what_there_is_to_note(cli, sums):
    ran = cli("trace", "sqrt(x)", "x=0", "--step")
    assert ran.out.startswith("forward 1/2")
    assert "gives back no finite gradient" in ran.out + ran.err
    assert cli("trace", sums, "--row=3", "--step").out.startswith("Row 3 of the unseen rows")


def test_depth(cli, sums):
    folded, unfolded = (cli("trace", sums, f"--depth={depth}").out for depth in (1, 0))
    assert "Sequential" in folded
    assert "machine.0.weight" not in folded
    assert "machine.0.weight" in unfolded


def test_pictures(cli, here):
    ran = cli("trace", "x * y", "x=1", "y=2", "--svg=a.svg", "--dot=a.dot")
    assert "picture  a.svg" in ran.out
    assert (here / "a.svg").read_text().startswith("<svg")
    assert (here / "a.dot").read_text().startswith("digraph")
    assert "--overwrite replaces it" in cli("trace", "x * y", "x=1", "y=2", "--svg=a.svg").error
    assert cli("trace", "x * y", "x=1", "y=2", "--svg=a.svg", "--overwrite").code == 0


def test_a_gradient_that_is_not_finite_is_said(cli):
    said = "f = sqrt(x) gives back no finite gradient at x = 0"
    assert f"note: {said}" in " ".join(cli("trace", "sqrt(x)", "x=0").out.split())
    (note,) = cli("trace", "sqrt(x)", "x=0", "--json").json["notes"]
    assert note.startswith(said)


NETWORK = "inputs = [1, 2]\n[[layers]]\nweights = [[1, 2]]\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["x + y", "x=1"], 2, "'y' has no value"),
        (["x + y", "x=1", "y=2", "z=3"], 2, "does not use this value. Given: z"),
        (["x + y", "x=1", "y=two"], 2, "given as NAME=NUMBER. Given: y=two"),
        (["x + y", "x=1", "x=2", "y=1"], 2, "given twice"),
        (["x / y", "x=1", "y=0"], 2, "division by zero"),
        (["x +", "x=1"], 2, "missing at the end"),
        (["sqrt(x)", "x=0", "--check"], 1, "not finite beside this point"),
        (["x * 2", "x=1", "--row=2"], 2, "--row is for a model's rows"),
        (["x * 2", "x=1", "--rate=0.1"], 2, "no weights to update"),
        (["x * 2", "x=1", "--depth=-1"], 2, "a depth is 0 or more"),
        (["x * 2", "x=1", "--svg=g.png"], 2, "Given: g.png. Allowed: .svg. Instead: --svg g.svg"),
        (["x * 2", "x=1", "--dot=g"], 2, "Allowed: .dot, .gv. Instead: --dot g.dot"),
        (["MODEL", "--row=99999"], 1, "there is no row 99999"),
        (["MODEL", "--row=0"], 1, "there is no row 0"),
        (["MODEL", "--member=99"], 2, "no such member"),
        (["MODEL", "x=1"], 2, "a model has no variables"),
        (["MODEL", "--optimizer=lbfgs"], 2, "no single steps"),
        (["MODEL", "--rate=-1", "--optimizer=sgd"], 2, "above 0"),
        (["nowhere.isinglass"], 1, "no such model file"),
        (["nowhere.toml"], 1, "cannot be read"),
        (["net.toml", "x=1"], 2, "the file's own 'inputs'"),
        (["net.toml", "--rate=0.1"], 1, "without targets there is no loss"),
        (["wide.toml"], 1, "layer 1: each neuron has 2 weights"),
        (["odd.toml"], 1, "layers.1.wieghts"),
        (["act.toml"], 1, "act.toml: layer 1: unknown activation"),
        (["two.toml"], 1, "one target for each neuron of the last layer. Given: 2. Allowed: 1."),
        (["word.toml"], 1, "rate: should be a valid number. Given: 'fast'."),
        (["loss.toml"], 1, "unknown loss"),
    ],
)
def test_refused(cli, here, sums, arguments, code, message):
    (here / "net.toml").write_text(NETWORK)
    (here / "wide.toml").write_text(NETWORK.replace("[[1, 2]]", "[[1, 2, 3]]"))
    (here / "odd.toml").write_text(NETWORK.replace("weights", "wieghts"))
    (here / "act.toml").write_text(NETWORK + 'activation = "rellu"\n')
    (here / "two.toml").write_text("targets = [1, 2]\n" + NETWORK)
    (here / "word.toml").write_text('rate = "fast"\n' + NETWORK)
    (here / "loss.toml").write_text('targets = [1]\nloss = "cubed"\n' + NETWORK)
    ran = cli("trace", *(str(sums) if part == "MODEL" else part for part in arguments))
    assert ran.code == code, ran.err
    assert message in ran.error


def test_a_wrong_number_of_a_flag_is_a_usage_error(cli, sums):
    assert cli("trace", sums, "--row=twelve").code == 2
