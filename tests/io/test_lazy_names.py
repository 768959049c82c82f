"""What packages whose parts are imported when asked for promise."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

PACKAGES = ("hybridmfp.io", "hybridmfp.simulation", "hybridmfp.app.report")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there_and_none_is_hidden_by_a_module(package: str) -> None:
    module = importlib.import_module(package)
    modules = {one.name for one in pkgutil.iter_modules(module.__path__)}

    assert sorted(module.__all__) == sorted(module._HOMES)
    assert not modules & set(module.__all__)
    for name in module.__all__:
        home = importlib.import_module(module._HOMES[name])
        assert getattr(module, name) is getattr(home, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'wrong'"):
        importlib.import_module(package).wrong  # noqa: B018
