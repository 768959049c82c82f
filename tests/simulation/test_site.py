"""Sites differ as much as asked, and each is the same whatever others there are."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.site import REFERENCE_SITE, Site, draw_site

CONTINUOUS = ("emg_gain", "mains_v", "electrode_shift", "pace", "target_height", "case_mix")


def spread(name: str, *, severity: float) -> float:
    drawn = [getattr(draw_site(0, number, severity=severity), name) for number in range(1, 200)]
    return float(np.std(np.log(drawn) if min(drawn) > 0 else drawn))


def test_without_severity_every_site_is_the_reference_but_for_its_name() -> None:
    for number in range(1, 20):
        site = draw_site(1, number, severity=0.0)
        assert replace(site, name=REFERENCE_SITE.name) == REFERENCE_SITE
        assert site.name == f"site-{number}"


@pytest.mark.parametrize("name", CONTINUOUS)
def test_sites_differ_twice_as_much_at_twice_the_severity(name: str) -> None:
    once, twice = (spread(name, severity=severity) for severity in (1.0, 2.0))
    assert twice == pytest.approx(2 * once, rel=0.05)


def test_every_property_differs_between_some_sites() -> None:
    drawn = [draw_site(0, number) for number in range(1, 40)]
    for field in fields(Site):
        assert len({getattr(site, field.name) for site in drawn}) > 1, field.name


def test_every_value_is_one_that_a_site_can_have() -> None:
    for number in range(1, 300):
        site = draw_site(5, number, severity=3.0)
        assert site.emg_rate_hz in (1000.0, 1500.0, 2000.0)
        assert site.kinematics_rate_hz in (100.0, 200.0)
        assert site.mains_hz in (50.0, 60.0)
        assert min(site.emg_gain, site.emg_noise_v, site.mains_v, site.marker_noise_m) > 0
        assert 0.4 < site.target_height < 2.0


@pytest.mark.parametrize("severity", [-1.0, 3.5, float("nan"), float("inf")])
def test_a_severity_that_is_no_factor_is_refused(severity: float) -> None:
    with pytest.raises(SettingsError, match="site_severity must lie between 0 and 3"):
        draw_site(0, 1, severity=severity)
