"""Opening a folder of recordings, whatever its layout."""

from __future__ import annotations

from pathlib import Path

from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.cached_recording import through_cache
from hybridmfp.io.generic import PARTICIPANTS, TRIALS, is_generic_folder, read_generic
from hybridmfp.io.ulimb import is_ulimb_folder, read_ulimb
from hybridmfp.signals import Cohort, Scale, find_scale

__all__ = ["open_cohort"]

_LAYOUTS = (
    f"a generic cohort ({PARTICIPANTS} and {TRIALS})",
    "U-Limb MHH (trials such as S1_12_1.csv under Stroke or Healthy)",
    "loose motion files (.c3d or .mvnx)",
)


def open_cohort(
    path: str | Path,
    *,
    scale: str | None = None,
    emg_rate_hz: float | None = None,
    kinematics_rate_hz: float | None = None,
    cache: ContentCache | None = None,
) -> Cohort:
    """List the trials of a folder; its layout is recognised by what it holds.

    Parameters
    ----------
    path : str or Path
        The folder.
    scale : str, optional
        Name of the scale of the scores, or path of a ``.json`` scale file. By default the
        one that the folder declares or is known for.
    emg_rate_hz, kinematics_rate_hz : float, optional
        Samples per second of a U-Limb folder, whose files do not say. By default 2000 and
        200.
    cache : ContentCache, optional
        Where decoded trials are kept, so that they are decoded once.

    Returns
    -------
    Cohort
        The trials, not read yet, and what was found wrong while listing.

    Raises
    ------
    ReadError
        If the folder is missing, is a file, has no known layout, or a table in it cannot
        be read.
    SettingsError
        If a rate is not positive, or is given for a folder that declares its own.
    CohortError
        If the tables of the folder are incomplete or contradict each other.
    ScaleError
        If the scale is unknown, or a score lies outside it.
    """
    folder = Path(path)
    _refuse_no_folder(folder)
    rated_on = None if scale is None else find_scale(scale)
    rates = {"emg_rate_hz": emg_rate_hz, "kinematics_rate_hz": kinematics_rate_hz}
    given = {name: rate for name, rate in rates.items() if rate is not None}
    for name, rate in given.items():
        if not 0 < rate < float("inf"):
            raise SettingsError(f"{name} must be a positive number of hertz; got {rate:g}.")
    cohort = _listed(folder, rated_on, given)
    return cohort if cache is None else through_cache(cohort, cache)


def _listed(folder: Path, scale: Scale | None, rates: dict[str, float]) -> Cohort:
    if is_generic_folder(folder):
        _refuse_rates(rates, folder, declared_in=TRIALS)
        return read_generic(folder, scale=scale)
    if is_ulimb_folder(folder):
        return read_ulimb(folder, scale=scale, **rates)
    # Motion files need a C3D library that is slow to load; most folders have none.
    from hybridmfp.io.loose import is_loose_folder, read_loose_folder  # noqa: PLC0415

    if is_loose_folder(folder):
        _refuse_rates(rates, folder, declared_in="its motion files")
        return read_loose_folder(folder, scale=scale)
    held = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    shown = ", ".join(held[:8]) + (f" and {len(held) - 8} more" if len(held) > 8 else "")
    raise ReadError(
        f"{folder} must have a known layout: {'; '.join(_LAYOUTS)}. It holds "
        f"{shown or 'nothing'}. Name the folder that holds these directly, or describe it with "
        f"{PARTICIPANTS} and {TRIALS} (docs/readers.md)."
    )


def _refuse_no_folder(folder: Path) -> None:
    if folder.is_file():
        raise ReadError(f"{folder} must be a folder; it is a file. Name the folder it lies in.")
    if not folder.is_dir():
        raise ReadError(f"{folder} must be a folder; it does not exist. Check the path.")


def _refuse_rates(rates: dict[str, float], folder: Path, *, declared_in: str) -> None:
    if rates:
        raise SettingsError(
            f"{', '.join(rates)} must not be given for {folder}, whose rates stand in "
            f"{declared_in}. Leave it out, or correct it there."
        )
