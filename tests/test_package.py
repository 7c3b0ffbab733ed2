"""Every public name is there when it is asked for."""

from __future__ import annotations

import isinglass as ig


def test_every_public_name_is_there() -> None:
    for name in ig.__all__:
        assert getattr(ig, name) is not None, name
