"""The patient's page of one assessment in Chinese: short sentences, common words."""

from __future__ import annotations

from types import MappingProxyType

from hybridmfp.app.report.patient_wording import PatientWords

__all__ = ["CHINESE"]

_STILL = "身体坐稳不晃"
_SMOOTH = "动作的平稳程度"
_SPEED = "动作的快慢"
_RELAX = "一块肌肉用力时，另一块能放松"
_STEADY = "每次动作都一样"
_USUAL = "用常见的方式做动作"
_PALM = "翻转手掌"
_WRIST = "弯手腕"
_LIFT_HAND = "抬起手腕"
_RAISE = "抬高手臂"
_ELBOW = "活动手肘"
_HAND = "活动手"
_TOGETHER = "几块肌肉的配合"

CHINESE = PatientWords(
    language="zh-CN",
    title="今天您的手臂",
    measured_title="我们测了什么",
    range_title="您的分数范围",
    refused_title="今天没有分数范围",
    parts_title="动作的各个部分",
    well_title="做得好的",
    hard_title="比较难的",
    next_title="接下来呢？",
    whose="{subject}，测量 {session}",
    sides=MappingProxyType({"left": "左臂", "right": "右臂", "": "手臂"}),
    measured="我们记录了您{arm}的动作。您做了 {n_trials} 个动作。",
    emg="皮肤上的小贴片感受了您的肌肉。",
    kinematics="我们也记录了手臂怎样移动。",
    between="",
    range="{low} 到 {high} 分",
    points="分数从 {minimum} 分到 {maximum} 分。分数越高，手臂能做的事越多。",
    certainty="受过训练的人来打分时，{often}会落在这个范围里。",
    often=MappingProxyType(
        {"0.8": "10 次中约有 8 次", "0.9": "10 次中约有 9 次", "0.95": "20 次中约有 19 次"}
    ),
    often_other="100 次中约有 {percent} 次",
    range_label="横条表示您的范围：{low} 到 {high} 分。全长是 {minimum} 到 {maximum} 分。",
    parts_intro="下面是电脑看到的一些动作部分。",
    no_drivers="电脑看不出哪些部分做得好，哪些比较难。",
    part_when="{part}（{when}）",
    refused="电脑没能找到可靠的分数范围。",
    not_your_fault="这不说明您的手臂怎么样。您没有做错什么。多半是贴片没有贴好。"
    "也可能是电脑还不熟悉这样的动作。",
    repeat="治疗师可能会请您再做几个动作。",
    next_step="请问问您的治疗师，这一页对您意味着什么。",
    not_a_plan="这一页不能代替治疗师的检查。它不是训练计划。它也不说明手臂以后会怎样。",
    synthetic="这一页是示例。上面的人是虚构的。",
    synthetic_model="这只是试用。电脑是从虚构的人那里学来的。请不要依靠它说的话。",
    research="仅供研究使用。不是医疗器械。",
    phases=MappingProxyType({"early": "刚开始时", "middle": "动作中间", "late": "快结束时"}),
    parts=MappingProxyType(
        {
            "deltoid_anterior": "抬起上臂",
            "deltoid_medial": "手臂向侧面抬",
            "deltoid_posterior": "手臂向后拉",
            "biceps_brachii": "弯手肘",
            "triceps_brachii": "伸直手肘",
            "brachioradialis": "弯手肘",
            "pronator_teres": _PALM,
            "flexor_digitorum_superficialis": "握紧手指",
            "extensor_digitorum": "张开手指",
            "flexor_carpi_ulnaris": _WRIST,
            "flexor_carpi_radialis": _WRIST,
            "extensor_carpi_ulnaris": _LIFT_HAND,
            "extensor_carpi_radialis": _LIFT_HAND,
            "abductor_pollicis_brevis": "活动大拇指",
            "abductor_digiti_minimi": "张开小指",
            "elbow_flexion": _ELBOW,
            "elbow": _ELBOW,
            "shoulder_elevation": _RAISE,
            "shoulder_plane": _RAISE,
            "shoulder": _RAISE,
            "forearm_rotation": _PALM,
            "wrist": _HAND,
            "hand": _HAND,
            "trunk": _STILL,
            "trunk_flexion": _STILL,
            "trunk_bending": _STILL,
            "trunk_turning": _STILL,
            "trunk_displacement": _STILL,
            "trunk_share": _STILL,
            "trunk_rotation": _STILL,
            "movement_time": _SPEED,
            "peak_speed": _SPEED,
            "mean_speed": _SPEED,
            "joint_speed": _SPEED,
            "velocity_peaks": _SMOOTH,
            "velocity_peak_rate": _SMOOTH,
            "sparc": _SMOOTH,
            "elbow_sparc": _SMOOTH,
            "log_dimensionless_jerk": _SMOOTH,
            "path_ratio": "手直接移向目标",
            "reach_distance": "手能伸多远",
            "range": "关节能活动多大",
            "coordination": "肩和肘一起活动",
            "path_variability": _STEADY,
            "joint_variability": _STEADY,
            "cocontraction_share": _RELAX,
            "cocontraction_level": _RELAX,
            "synergy_count": _TOGETHER,
            "synergy_vaf_4": _TOGETHER,
            "synergy_similarity": _TOGETHER,
            "effort": _USUAL,
            "distance": _USUAL,
            "envelope_distance": _USUAL,
        }
    ),
)
"""The page in Chinese, simplified."""
