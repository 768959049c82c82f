"""Days since the stroke in a bundle: dates only where the day of the stroke was given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hybridmfp.clinical.exchange.vocabulary import days
from hybridmfp.errors import ClinicalError

__all__ = ["Calendar"]


@dataclass(frozen=True)
class Calendar:
    """Turn days since the stroke into what FHIR can hold.

    Attributes
    ----------
    generated_at : datetime
        When the bundle was made, with its time zone.
    stroke_date : date or None
        The day of the stroke. None: nothing in the bundle has a date of its own.

    Raises
    ------
    ClinicalError
        ``missing_input`` without a time zone; ``contradictory_inputs`` for a stroke after the
        bundle was made.
    """

    generated_at: datetime
    stroke_date: date | None = None

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None or self.generated_at.utcoffset() is None:
            raise ClinicalError(
                f"generated_at must have a time zone; got {self.generated_at.isoformat()}. "
                "Use datetime.now(UTC).",
                refusal="missing_input",
            )
        if isinstance(self.stroke_date, datetime):
            raise ClinicalError(
                f"stroke_date must be a date without a time; got {self.stroke_date.isoformat()}. "
                "Pass its .date().",
                refusal="impossible_value",
            )
        self.day(0)

    @property
    def instant(self) -> str:
        """When the bundle was made, in UTC, to the second."""
        return self.generated_at.astimezone(UTC).isoformat(timespec="seconds")

    def extensions(self, days_post_stroke: float) -> dict[str, Any]:
        """Tell the days since the stroke, which every reader can rely on."""
        return {"extension": [days(days_post_stroke)]}

    def field(self, name: str, days_post_stroke: float) -> dict[str, str]:
        """Give a field with the date, or nothing where the day of the stroke was not given."""
        told = self.day(days_post_stroke)
        return {} if told is None else {name: told}

    def day(self, days_post_stroke: float) -> str | None:
        """Give the date of a day since the stroke; parts of a day are dropped.

        Raises
        ------
        ClinicalError
            ``contradictory_inputs``, if it lies after the bundle was made.
        """
        if self.stroke_date is None:
            return None
        whole_days = math.floor(days_post_stroke)
        latest = self.generated_at.date() + timedelta(days=1)  # somewhere it is tomorrow already
        if whole_days > (latest - self.stroke_date).days:
            raise ClinicalError(
                f"stroke_date must lie so that every visit was before {self.instant}; got "
                f"{self.stroke_date} and a visit {days_post_stroke:g} days later. "
                "Correct the date of the stroke or the days.",
                refusal="contradictory_inputs",
            )
        return (self.stroke_date + timedelta(days=whole_days)).isoformat()

    def foretold_day(self, days_post_stroke: float) -> str | None:
        """Give the date of a day that may still come; None without the day of the stroke."""
        if self.stroke_date is None:
            return None
        return (self.stroke_date + timedelta(days=math.floor(days_post_stroke))).isoformat()
