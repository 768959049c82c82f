"""Names of muscles: one canonical word for each, and what others call it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from types import MappingProxyType

from hybridmfp.errors import MontageError

__all__ = ["ANTAGONISTS", "MUSCLES", "find_muscle"]

MUSCLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "deltoid_anterior": (
            "dc",
            "delt_ant",
            "deltoid_clavicular",
            "deltoideus_pars_clavicularis",
        ),
        "deltoid_medial": ("delt_med", "deltoid_middle", "deltoideus_medius"),
        "deltoid_posterior": ("delt_post", "deltoideus_posterior"),
        "trapezius_superior": ("trap_sup", "upper_trapezius", "trapezius_descendens"),
        "trapezius_inferior": ("trap_inf", "lower_trapezius", "trapezius_ascendens"),
        "serratus_anterior": ("gd_dent", "serratus"),
        "latissimus_dorsi": ("gd_dors", "lat_dorsi"),
        "pectoralis_major": ("pec", "pectoralis"),
        "infraspinatus": ("infra",),
        "supraspinatus": ("supra",),
        "subscapularis": ("subscap",),
        "biceps_brachii": ("bb", "biceps"),
        "triceps_brachii": ("tb", "triceps"),
        "brachioradialis": ("br", "brad"),
        "pronator_teres": ("pt",),
        "flexor_digitorum_superficialis": ("fds", "flexor_digitorum"),
        "extensor_digitorum": ("ed", "edc", "extensor_digitorum_communis"),
        "flexor_carpi_ulnaris": ("fcu",),
        "flexor_carpi_radialis": ("fcr",),
        "extensor_carpi_ulnaris": ("ecu",),
        "extensor_carpi_radialis": ("ecr",),
        "abductor_pollicis_brevis": ("apb",),
        "abductor_digiti_minimi": ("adm",),
    }
)
"""Canonical muscle names (SENIAM wording, doi:10.1016/S1050-6411(00)00027-4) and aliases."""

ANTAGONISTS: tuple[tuple[str, str], ...] = (
    ("biceps_brachii", "triceps_brachii"),
    ("flexor_digitorum_superficialis", "extensor_digitorum"),
    ("flexor_carpi_ulnaris", "extensor_carpi_ulnaris"),
    ("flexor_carpi_radialis", "extensor_carpi_ulnaris"),
    ("deltoid_anterior", "deltoid_posterior"),
)
"""Pairs that pull a joint in opposite directions, (agonist, antagonist)."""


def find_muscle(name: str) -> str:
    """Give the canonical name of a muscle.

    Parameters
    ----------
    name : str
        A canonical name or an alias; case, spaces, dots, hyphens and "m." do not matter.

    Raises
    ------
    MontageError
        If nobody calls a muscle that.

    Examples
    --------
    >>> find_muscle("M. Biceps brachii"), find_muscle("FDS")
    ('biceps_brachii', 'flexor_digitorum_superficialis')
    """
    wanted = re.sub(r"[\s.\-]+", "_", name.strip().lower()).removeprefix("m_").strip("_")
    for canonical, aliases in MUSCLES.items():
        if wanted == canonical or wanted in aliases:
            return canonical
    known = [*MUSCLES, *(alias for aliases in MUSCLES.values() for alias in aliases)]
    nearest = difflib.get_close_matches(wanted, known, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise MontageError(
        f"a muscle must be one of {', '.join(MUSCLES)}, or an alias; got {name!r}.{hint}"
    )
