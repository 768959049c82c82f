"""The published relations that virtual patients are held against, and their bands."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["RELATIONS", "Relation"]


@dataclass(frozen=True)
class Relation:
    """Hold one figure, the band it must lie in, and where the band comes from.

    Attributes
    ----------
    figure : str
        Key of the measured figure.
    title : str
    low, high : float
        The band; infinite where one side is open.
    source : str
        A publication, or *design* where the band is a decision of the simulator's design.
    """

    figure: str
    title: str
    low: float
    high: float
    source: str

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the band."""
        return self.low <= value <= self.high

    @property
    def band(self) -> str:
        """The band in words."""
        if math.isinf(self.low):
            return f"≤ {self.high:g}"
        if math.isinf(self.high):
            return f"≥ {self.low:g}"
        return f"{self.low:g} to {self.high:g}"


_WOODBURY = "Woodbury 2013, PMID 23529144"
_SUBRAMANIAN = "Subramanian 2010, doi:10.1161/STROKEAHA.110.593368"
_CHAE = "Chae 2002, PMID 12234087"
_HESAM = "Hesam-Shariati 2017, PMC5517410"
_VLIET = "van der Vliet 2020, doi:10.1002/ana.25679"
_MDC = "10.1177/15459683231186985"
_DESIGN = "design"
_INF = math.inf

RELATIONS = (
    Relation("anchor_low", "30-item score at -1.59 logits (fitted to it)", 18, 20, _WOODBURY),
    Relation("anchor_high", "30-item score at +2.44 logits (fitted to it)", 46, 48, _WOODBURY),
    Relation("sem", "Standard error of measurement, two ratings (points)", 2, 3, _MDC),
    Relation("alpha", "Cronbach's alpha of the items", 0.93, 1, _DESIGN),
    Relation("trunk_r2", "FMA explained by trunk displacement, R²", 0.40, 0.60, _SUBRAMANIAN),
    Relation("trunk_healthy", "Trunk displacement, healthy (cm)", 0, 4.8, _SUBRAMANIAN),
    Relation("trunk_moderate", "Trunk displacement, moderate (cm)", 4, 8, _DESIGN),
    Relation("trunk_severe", "Trunk displacement, severe (cm)", 6, 14, _DESIGN),
    Relation(
        "sparc_slope", "FMA points per unit of SPARC", 20, 45, "Saes 2021, s12984-021-00937-w"
    ),
    Relation("movement_time_r", "Movement time and FMA, r", -0.75, -0.50, _DESIGN),
    Relation("units_r", "Movement units and FMA, r", -0.75, -0.50, "Jose: observational score"),
    Relation("elbow_r", "Elbow extension at the target and FMA, r", 0.60, 0.85, "Jose: elbow 0.73"),
    Relation("mvc_extensor_r", "Maximal EMG, wrist extensor, and FMA, r", 0.5, 0.8, _CHAE),
    Relation("mvc_flexor_r", "Maximal EMG, wrist flexor, and FMA, r", 0.5, 0.8, _CHAE),
    Relation("cci_wrist_r", "Co-contraction, wrist, and FMA, r", -0.70, -0.40, _CHAE),
    Relation("cci_grasp_r", "Co-contraction, grasp, and FMA, r", -0.70, -0.40, _CHAE),
    Relation("cci_elbow_r", "Co-contraction, elbow, and FMA, r", -0.70, -0.40, _DESIGN),
    Relation("synergies_healthy", "Muscle synergies, healthy", 4, 6, _HESAM),
    Relation("synergies_severe", "Muscle synergies, severe", 2.5, 4, _HESAM),
    Relation("synergies_order", "Largest rise of synergies with severity", -_INF, 0.1, _HESAM),
    Relation("frequency_r", "Median frequency and FMA, |r|", 0, 0.25, "Li 2014"),
    Relation("edge_hz", "Frequency below which 95 % of EMG power lies (Hz)", 200, 400, _DESIGN),
    Relation(
        "coupling_rise", "Deltoid-biceps correlation, severe minus healthy", 0.05, 1, "PMC2827935"
    ),
    Relation(
        "load_severe",
        "Elbow flexion, shoulder-high minus low reach, severe (°)",
        3,
        30,
        "PMC2827935",
    ),
    Relation("load_order", "That difference, severe minus healthy (°)", 2, 30, "PMC2827935"),
    Relation("below_table_mm", "Deepest wrist or knuckle below the table (mm)", 0, 5, _DESIGN),
    Relation("oracle_mae", "MAE of the oracle (points)", 1.7, 2.4, _DESIGN),
    Relation(
        "ensemble_mae", "Nested MAE of the ensemble (points)", 3.99, 7, "published RMSE 4-7.8"
    ),
    Relation(
        "shuffled_ratio", "MAE on shuffled scores over that of a constant", 0.95, 1.10, _DESIGN
    ),
    Relation("site_ratio", "MAE, leave one site out over mixed", 1, 2, _DESIGN),
    Relation("randomised_z", "Randomised estimate minus truth, standard errors", -2, 2, _DESIGN),
    Relation("naive_bias", "Naive minus true effect, observational (points)", 2, _INF, _DESIGN),
    Relation("ahead_week_1", "Median error, week 26 from week 1 (points)", 3.8, 5.8, _VLIET),
    Relation("ahead_week_2", "Median error, week 26 from weeks 1 and 2 (points)", 3.2, 5.2, _VLIET),
)
"""Every figure of the table, in its order."""
