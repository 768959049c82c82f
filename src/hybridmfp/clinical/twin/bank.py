"""A bank of simulated persons: what is true about them, and what their sessions look like."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp import __version__
from hybridmfp.clinical.twin.parameters import impairment_row
from hybridmfp.clinical.twin.score_curve import ScoreCurve, measure_score_curve
from hybridmfp.clinical.twin.session_features import column_names, row_of_trials
from hybridmfp.errors import HybridMfpError, ReadError, SettingsError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.pipelines.session_trials import DIGEST_VERSION
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import digest_trial
from hybridmfp.simulation import VirtualCohortSettings
from hybridmfp.simulation.cohort import GENERATOR, virtual_cohort, virtual_visits

__all__ = ["BANK_FORMAT", "BankSettings", "TwinBank", "build_bank"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

BANK_FORMAT = "hybridmfp-twin-bank/1"
"""Format and version of the files that `TwinBank.save` writes."""

_LEAST_PERSONS = 200
_SCORE_CURVE_STREAM = 99
_ARRAYS = ("features", "abilities", "impairments")
_CURVE = ("weights", "offsets", "heights", "base", "knots", "sd_person", "sd_visit")


@dataclass(frozen=True)
class BankSettings:
    """Say which persons a bank holds.

    Attributes
    ----------
    n_persons : int, default 1600
        At least 200. Each is seen at a site of their own.
    tasks : tuple of str
        What each does once at every visit.
    visit_weeks : tuple of float, default (0, 12)
        At least two visits, which tell what stays with a person.
    seed : int, default 64000000
    """

    n_persons: int = 1600
    tasks: tuple[str, ...] = ("reach_forward", "wrist_flexion_extension", "grasp_release")
    visit_weeks: tuple[float, ...] = (0.0, 12.0)
    seed: int = 64_000_000

    def __post_init__(self) -> None:
        if self.n_persons < _LEAST_PERSONS or len(self.visit_weeks) < 2:
            raise SettingsError(
                f"a bank must hold at least {_LEAST_PERSONS} persons at 2 visits or more; got "
                f"{self.n_persons} at {len(self.visit_weeks)}. Ask for more."
            )
        object.__setattr__(self, "tasks", self.cohort.tasks)

    @property
    def cohort(self) -> VirtualCohortSettings:
        """The virtual cohort that the persons come from."""
        return VirtualCohortSettings(
            n_patients=self.n_persons,
            n_controls=0,
            tasks=self.tasks,
            n_repetitions=1,
            seed=self.seed,
            n_sites=self.n_persons,
            visit_weeks=self.visit_weeks,
        )


@dataclass(frozen=True, eq=False)
class TwinBank:
    """Hold simulated persons; nobody in it exists.

    Attributes
    ----------
    settings : BankSettings
    generator, digest_version, made_with : str
        Versions of the simulator, of the features and of HybridMFP.
    features : array of float, shape (n_persons, n_visits, n_columns)
        See `session_features`; NaN where a trial could not be digested.
    abilities : array of float, shape (n_persons, n_visits, 6)
    impairments : array of float, shape (n_persons, n_visits, 21)
    score_curve : ScoreCurve
    """

    settings: BankSettings
    generator: str
    digest_version: str
    made_with: str
    features: Array
    abilities: Array
    impairments: Array
    score_curve: ScoreCurve

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that every session must hold."""
        return self.settings.tasks

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the features, ``task:feature``."""
        return column_names(self.tasks)

    def only(self, persons: NDArray[np.intp]) -> TwinBank:
        """Give a bank of some of the persons, as to learn from all but those who are judged.

        Parameters
        ----------
        persons : array of int
            Their places; at least 200.
        """
        return replace(
            self,
            settings=replace(self.settings, n_persons=len(persons)),
            features=self.features[persons],
            abilities=self.abilities[persons],
            impairments=self.impairments[persons],
        )

    def save(self, path: Path) -> None:
        """Write the bank to a file.

        Features are kept to three digits, which is less than what trials differ by.

        Raises
        ------
        WriteError
            If it cannot be written.
        """
        told = {
            "format": BANK_FORMAT,
            "generator": self.generator,
            "digest_version": self.digest_version,
            "made_with": self.made_with,
            "synthetic": True,
            "settings": asdict(self.settings),
        }
        arrays: dict[str, Any] = {
            "features": self.features.astype(np.float16),
            "abilities": self.abilities.astype(np.float32),
            "impairments": self.impairments.astype(np.float32),
            **{f"curve_{name}": np.asarray(getattr(self.score_curve, name)) for name in _CURVE},
        }
        with atomic_file(path, overwrite=True) as unfinished, unfinished.open("wb") as file:
            np.savez_compressed(file, about=np.array(json.dumps(told)), **arrays)

    @classmethod
    def load(cls, path: Path) -> TwinBank:
        """Read a bank from a file.

        Raises
        ------
        ReadError
            If the file is missing, damaged or of another format, or was made with another
            simulator or other features than these.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            told = json.loads(str(arrays["about"]))
            return cls._from_file(arrays, told, path)
        except ReadError:
            raise
        except Exception as error:  # whatever a damaged archive makes NumPy raise
            raise ReadError(f"{path} must be a twin bank; it cannot be read: {error!r}.") from error

    @classmethod
    def _from_file(cls, arrays: dict[str, NDArray[Any]], told: Any, path: Path) -> TwinBank:
        wanted = {
            "format": BANK_FORMAT,
            "generator": GENERATOR,
            "digest_version": DIGEST_VERSION,
        }
        for name, value in wanted.items():
            if told.get(name) != value:
                raise ReadError(
                    f"{name} of {path} must be {value}; got {told.get(name)!r}. "
                    "Build the bank again with this version."
                )
        settings = BankSettings(
            n_persons=int(told["settings"]["n_persons"]),
            tasks=tuple(told["settings"]["tasks"]),
            visit_weeks=tuple(told["settings"]["visit_weeks"]),
            seed=int(told["settings"]["seed"]),
        )
        curve = {name: np.asarray(arrays[f"curve_{name}"], dtype=float) for name in _CURVE}
        base = float(curve.pop("base"))
        bank = cls(
            settings=settings,
            generator=told["generator"],
            digest_version=told["digest_version"],
            made_with=told["made_with"],
            score_curve=ScoreCurve(base=base, **curve),
            **{name: arrays[name].astype(np.float64) for name in _ARRAYS},
        )
        shape = (settings.n_persons, len(settings.visit_weeks), len(bank.columns))
        if bank.features.shape != shape or bank.impairments.shape[:2] != shape[:2]:
            raise ReadError(
                f"features of {path} must be {shape}; got {bank.features.shape}. "
                "The file is damaged; build the bank again."
            )
        return bank

    def provenance(self) -> dict[str, Any]:
        """Say where the persons come from, JSON-ready."""
        return {
            "simulation": True,
            "generator": self.generator,
            "made_with": self.made_with,
            "n_persons": self.settings.n_persons,
            "seed": self.settings.seed,
            "tasks": list(self.tasks),
        }


def build_bank(
    settings: BankSettings | None = None, *, progress: Progress | None = None
) -> TwinBank:
    """Simulate the persons of a bank, on one core.

    The usual bank takes about 10 minutes of processor time.

    Parameters
    ----------
    settings : BankSettings, optional
    progress : callable, optional
        Told how many trials are done, and how many there are.

    Returns
    -------
    TwinBank
    """
    chosen = settings or BankSettings()
    cohort = virtual_cohort(chosen.cohort)
    visits = virtual_visits(chosen.cohort)
    trials: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    digesting = DigestSettings()
    for done, trial in enumerate(cohort.trials, start=1):
        told = trials.setdefault((trial.key.subject, trial.key.session), {})
        try:
            told[trial.key.task] = digest_trial(trial.load(), digesting).values
        except HybridMfpError:
            continue  # nobody could use that trial; its features stay NaN
        finally:
            if progress is not None:
                progress(done, len(cohort.trials))
    shape = (chosen.n_persons, len(chosen.visit_weeks), -1)
    rows = [
        row_of_trials(trials[visit.person.name, str(visit.at + 1)], chosen.tasks)
        for visit in visits
    ]
    rng = np.random.default_rng([chosen.seed, _SCORE_CURVE_STREAM])
    return TwinBank(
        settings=chosen,
        generator=GENERATOR,
        digest_version=DIGEST_VERSION,
        made_with=__version__,
        features=np.array(rows).reshape(shape),
        abilities=np.array([visit.abilities for visit in visits]).reshape(shape),
        impairments=np.array([impairment_row(visit.impairment) for visit in visits]).reshape(shape),
        score_curve=measure_score_curve(rng=rng),
    )
