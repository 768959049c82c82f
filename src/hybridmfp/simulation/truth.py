"""What is true about virtual patients and no recording says, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from hybridmfp import __version__
from hybridmfp.simulation.cohort import GENERATOR, virtual_visits
from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
from hybridmfp.simulation.fma_response import DOMAINS
from hybridmfp.simulation.therapy import DOSES_H, potential_outcomes
from hybridmfp.simulation.virtual_visit import Course, Visit, oracle_scores

__all__ = ["ground_truth"]


def ground_truth(settings: VirtualCohortSettings) -> dict[str, pd.DataFrame]:
    """Tell the truth about a cohort of virtual patients.

    Parameters
    ----------
    settings : VirtualCohortSettings
        Those of the cohort.

    Returns
    -------
    dict of str to DataFrame
        ``settings``: what made the cohort, and which version of what. ``abilities``: one row per
        visit, six abilities in logits, and for patients the oracle's estimate of the score.
        ``impairments``: one row per visit, the parameters of `Impairment` of the tested arm.
        ``sites``: one row per site. ``therapy``, where therapy is given: one row per patient,
        hours, what decided about them and what decides how they work, and for the last visit
        the expected score under each of `DOSES_H`.

    Examples
    --------
    >>> tables = ground_truth(VirtualCohortSettings(n_patients=3, n_controls=1))
    >>> sorted(tables), len(tables["abilities"])
    (['abilities', 'impairments', 'settings', 'sites'], 4)
    """
    visits = virtual_visits(settings)
    sites = {visit.site.name: asdict(visit.site) for visit in visits}
    tables = {
        "settings": _settings(settings),
        "abilities": _abilities(visits),
        "impairments": pd.DataFrame([_impairment(visit) for visit in visits]),
        "sites": pd.DataFrame(list(sites.values())),
    }
    if settings.therapy != "none":
        tables["therapy"] = pd.DataFrame(
            [
                _therapy(settings, visit, visit.course)
                for visit in visits
                if visit.at == 0 and visit.course is not None
            ]
        )
    return tables


def _settings(settings: VirtualCohortSettings) -> pd.DataFrame:
    made_by = {"generator": GENERATOR, "hybridmfp": __version__, "synthetic": True}
    told = made_by | asdict(settings)
    return pd.DataFrame({"name": list(told), "value": [str(value) for value in told.values()]})


def _who(visit: Visit) -> dict[str, str]:
    return {"participant_id": visit.person.name, "session": str(visit.at + 1)}


def _abilities(visits: Sequence[Visit]) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            {
                **_who(visit),
                "theta": visit.theta,
                **dict(zip(DOMAINS, visit.abilities.tolist(), strict=True)),
            }
            for visit in visits
        ]
    )
    rated = np.array([visit.group == "patient" for visit in visits])
    return table.assign(oracle_score=np.where(rated, oracle_scores(visits), np.nan))


def _impairment(visit: Visit) -> dict[str, object]:
    described = asdict(visit.impairment)
    drive = {f"drive_{name}": value for name, value in described.pop("drive").items()}
    return {**_who(visit), **drive, **described}


def _therapy(settings: VirtualCohortSettings, visit: Visit, course: Course) -> dict[str, object]:
    last = course.therapy.start_week + settings.visit_weeks[-1]
    outcomes = potential_outcomes(
        course.natural,
        course.therapy,
        visit.person.deviations + course.ahead,
        weeks=[last],
        doses_h=DOSES_H,
    )
    expected = {
        f"expected_score_{hours:g}h": float(score)
        for hours, score in zip(DOSES_H, outcomes[:, 0], strict=True)
    }
    return {"participant_id": visit.person.name, **asdict(course.therapy), **expected}
