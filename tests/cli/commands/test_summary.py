"""`isinglass summary`: worked examples 3 and 16 of the lectures on the command's output, and what it refuses."""

from __future__ import annotations

import re

import pytest

MNIST = ("--size=28", "--channels=1", "--classes=10")


def layers(ran) -> list[dict]:
    assert ran.code == 0, ran.err
    return ran.json["layers"]


def test_03_weights_of_dense_layers(cli):
    ran = cli("summary", "mlp", "--features=7", "--hidden=4,3", "--outputs=1", "-s", "numeric_embedding=none")
    assert ran.code == 0
    assert re.findall(r"= ([\d,]+)", ran.out) == ["32", "15", "4"]
    assert "51 weights" in ran.out


def test_03_weights_of_the_convolutional_network(cli):
    ran = cli("summary", "cnn", *MNIST)
    assert ran.code == 0
    for formula in (
        "3x3x1x32 + 32 = 320",
        "3x3x32x64 + 64 = 18,496",
        "3136x128 + 128 = 401,536",
        "128x10 + 10 = 1,290",
    ):
        assert formula in ran.out
    assert "421,642 weights" in ran.out


@pytest.mark.parametrize(("stride", "side"), [(1, 5), (2, 3)])
def test_16_output_size(cli, stride, side):
    options = f'options={{kernel=3, stride={stride}, padding=0, pool="none"}}'
    ran = cli("summary", "cnn", "--size=7", "--channels=1", "--classes=2", "--filters=1", "--set", options)
    assert f"(7 - 3 + 0)/{stride} + 1 = {side}" in ran.out
    assert f"1x{side}x{side}" in ran.out


@pytest.mark.slow
def test_16_alexnet(cli):
    ran = cli("summary", "alexnet_2012", "--size=227", "--channels=3", "--classes=1000")
    assert re.findall(r"\+ 1 = (\d+)", ran.out) == ["55", "27", "13", "6"]
    assert re.findall(r"Conv2d +(\d+x\d+)x", ran.out) == ["96x55", "256x27", "384x13", "384x13", "256x13"]
    assert re.findall(r"Linear +(\d+) +(\d+)x", ran.out) == [("4096", "9216"), ("4096", "4096"), ("1000", "4096")]
    assert max(map(len, ran.out.splitlines())) <= 120
    assert "…" not in ran.out


def test_a_deep_network_fits_a_screen_and_unfolds(cli):
    ran = cli("summary", "resnet18", "--size=224", "--channels=3", "--classes=1000")
    assert len(ran.out.splitlines()) < 24
    assert "--depth 0 shows every one" in ran.out
    assert "435x435" in ran.out  # Araujo, Norris and Sim (2019), doi:10.23915/distill.00021
    shape = ("--size=64", "--channels=3", "--classes=4")
    whole = layers(cli("summary", "resnet18", *shape, "--json"))
    assert len(whole) == len(layers(cli("summary", "resnet18", *shape, "--depth=0", "--json"))) == 42
    folded = layers(cli("summary", "resnet18", *shape, "--depth=1", "--json"))
    assert sum(layer["weights"] for layer in folded) == sum(layer["weights"] for layer in whole)
    assert [layer["output"][0] for layer in folded if layer["name"].startswith("layer")] == [64, 128, 256, 512]


def test_masks_keep_the_height_and_width(cli):
    shown = layers(cli("summary", "unet", "--size=32x48", "--channels=2", "--classes=3", "--filters=4,8", "--json"))
    assert shown[0]["input"] == [2, 32, 48]
    assert shown[-1]["output"] == [3, 32, 48]


def test_of_a_model_it_has_the_models_own_weights(cli, iris):
    from isinglass.model import Model

    document = cli("summary", iris, "--json").json
    network = Model.load(iris).ensemble.network(0)
    assert document["weights"] == sum(parameter.numel() for parameter in network.parameters())
    assert document["about"] == "mlp: 2 such networks in iris.isinglass"
    assert document["layers"][-1]["output"] == [3]


def test_of_a_recipe_its_machine_for_its_data(cli, here):
    (here / "t.toml").write_text('[data]\nsource = "t.csv"\ntarget = ["y"]\n[machine]\nkind = "linear"\n')
    document = cli("summary", "t.toml", "--json").json
    assert document["layers"][0]["formula"] == "2x2 + 2 = 6"  # mean and sigma of two columns


REFUSED = {
    "too small": (("cnn", "--size=3", "--channels=1", "--classes=2"), 1, ["(W - K + 2P)/S + 1", "4x4 pixels or more"]),
    "no size": (("resnet18",), 2, ["--size 32 --channels 3 --classes 10"]),
    "table and image": (("cnn", "--size=9", "--features=3", "--classes=2"), 2, ["for tables"]),
    "no such kind": (("resnet19", *MNIST), 2, ["Given: resnet19", "resnet18"]),
    "zero": (("mlp", "--features=3", "--outputs=0"), 2, ["--outputs is 1 or more"]),
    "bad size": (("cnn", "--size=3by3", "--channels=1", "--classes=2"), 2, ["3by3", "--size 32x48"]),
    "bad filters": (("cnn", *MNIST, "--filters=8,x"), 2, ["--filters 16,32"]),
    "unknown key": (("cnn", *MNIST, "--set=colour=red"), 2, ["colour"]),
    "a table for images": (("cnn", "--features=3", "--classes=2"), 1, ["'cnn' for a table"]),
    "depth": (("cnn", *MNIST, "--depth=-1"), 2, ["0 or more"]),
    "flags with a model": (("x.isinglass", "--size=3"), 2, ["has its own"]),
    "no such file": (("x.isinglass",), 1, ["x.isinglass"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(cli, here, name):
    arguments, code, words = REFUSED[name]
    ran = cli("summary", *arguments)
    assert ran.code == code, ran.err
    assert ran.error
    assert all(word in ran.err for word in words), ran.err
