"""What `errors` promises."""

from __future__ import annotations

import re

import pytest

from hybridmfp import errors

OWN = [name for name in errors.__all__ if name not in ("HybridMfpError", "Refusal")]


@pytest.mark.parametrize("name", OWN)
def test_every_error_is_ours_and_the_builtin_drawn_in_the_tree(name: str) -> None:
    drawn = re.search(rf"── {name}\s+\((\w+)\)", errors.__doc__ or "")

    assert drawn is not None
    builtin = getattr(__import__("builtins"), drawn[1])
    assert issubclass(getattr(errors, name), errors.HybridMfpError)
    assert issubclass(getattr(errors, name), builtin)


def test_the_tree_draws_every_error_once() -> None:
    assert sorted(re.findall(r"── (\w+)", errors.__doc__ or "")) == sorted(OWN)
