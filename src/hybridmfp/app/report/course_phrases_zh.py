"""Chinese for texts that come with a review; what is not listed stays English and is marked.

Each is found by its English, word for word. Citations and quoted guidelines are not translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["PHRASES"]

_STRATA = {
    "Capacity of the arm (Hoonhorst)": "手臂功能（Hoonhorst）",
    "Severity on the 30 voluntary items (Woodbury)": "30 个自主条目的严重程度（Woodbury）",
    "Severity in three levels, as most studies group it": "三级严重程度（多数研究的分法）",
    "Severity in four clusters (Woytowicz)": "四类严重程度（Woytowicz）",
    "Severity in three clusters (Woytowicz)": "三类严重程度（Woytowicz）",
    "no capacity": "无功能",
    "poor capacity": "功能差",
    "limited capacity": "功能有限",
    "notable capacity": "功能较好",
    "full capacity": "功能完全",
    "severe": "重度",
    "severe to moderate": "中重度",
    "moderate to mild": "中轻度",
    "moderate": "中度",
    "mild": "轻度",
    "poor": "差",
    "good": "好",
}
_AIMS = {
    "elicit activity, prevent pain and contracture": "引出活动，预防疼痛和挛缩",
    "proximal control, first grasp and release": "近端控制，初步抓放",
    "functional reach and grasp, individuation": "功能性伸手抓握，分离运动",
    "dexterity and speed": "灵巧与速度",
    "transfer to daily life, fine dexterity, endurance": "日常生活运用，精细灵巧，耐力",
    "elicit activity": "引出活动",
    "prevent pain and contracture": "预防疼痛和挛缩",
    "proximal control": "近端控制",
    "functional reach and grasp": "功能性伸手抓握",
    "functional reach and grasp, dexterity": "功能性伸手抓握，灵巧",
    "first grasp and release": "初步抓放",
    "transfer to daily life, endurance": "日常生活运用，耐力",
    "transfer to daily life": "日常生活运用",
    "reduce focal spasticity": "减轻局部痉挛",
}
_MODULES = {
    "Mirror therapy": "镜像疗法",
    "NMES or FES of wrist and finger extensors": "腕指伸肌电刺激（NMES 或 FES）",
    "Motor imagery (mental practice)": "运动想象",
    "BCI-FES": "脑机接口电刺激（BCI-FES）",
    "Positioning and range of movement": "良肢位与关节活动",
    "Bilateral arm training": "双侧手臂训练",
    "Assisted reaching with weight support": "减重辅助伸手",
    "Task practice with the weight of the arm taken off": "手臂减重下的任务练习",
    "Task-specific practice with many repetitions": "多次重复的任务导向练习",
    "Practice of keyform targets": "按条目图目标练习",
    "Modified constraint-induced movement therapy": "改良强制性运动疗法",
    "Modified CIMT by the lower criterion": "改良强制性运动疗法（较低标准）",
    "Expanded CIMT for the plegic hand": "扩展强制性运动疗法（瘫痪手）",
    "Practice paired with implanted vagus nerve stimulation": "植入式迷走神经刺激配合练习",
    "Robot-assisted arm training": "机器人辅助手臂训练",
    "Tele-rehabilitation at home": "居家远程康复",
    "High-dose programme": "高剂量训练",
    "Tasks for both hands": "双手任务",
    "Fine motor practice": "精细动作练习",
    "Home programme": "居家训练",
    "Feedback from measured movement": "运动测量反馈",
    "Practice for work and sport": "工作与运动练习",
    "Referral for botulinum toxin": "转诊：肉毒毒素",
}
_DOSES = {
    "30 min, 5 times a week, 4 weeks": "每次 30 分钟，每周 5 次，4 周",
    "no dose in the evidence retrieved; the clinician sets it": "所查证据未给出剂量；由临床医生决定",
    "200 to 300 repetitions a session or more": "每次 200 至 300 次重复或更多",
    "200 repetitions a session, 9 sessions, targets set anew each third session": "每次 200 次重复，"
    "共 9 次，每 3 次重定目标",
    "restraint 5 to 6 h a day; training 3 h, 3 times a week, 4 weeks": "每天限制健侧 5 至 6 小时；"
    "训练 3 小时，每周 3 次，4 周",
    "3.5 to 6 h on 15 weekdays": "15 个工作日，每天 3.5 至 6 小时",
    "18 sessions in 6 weeks, more than 300 repetitions a session": "6 周内 18 次，每次 300 次重复以上",
    "45 min, 3 times a week, 12 weeks": "每次 45 分钟，每周 3 次，12 周",
    "36 sessions of 70 min, 18 of them supervised, in 6 to 8 weeks": "6 至 8 周内 36 次，每次 70 分钟，"
    "其中 18 次有人指导",
    "90 h in 3 weeks": "3 周 90 小时",
    "set by the physician": "由医师决定",
    "no trial retrieved": "未查到试验",
    "In the first 2 weeks after stroke: less than 3 h of intensive arm training a day and less than "
    "90 % of waking hours in restraint; as much as that was worse at 90 days": "卒中后前 2 周："
    "每天高强度手臂训练少于 3 小时，限制健侧少于清醒时间的 90 %；达到这一剂量时 90 天结果更差",
    "decision support only; clinician confirms": "仅为决策支持；须由临床医生确认",
}
_DEFICITS = {
    "the trunk moves in place of the arm": "躯干代替手臂移动",
    "antagonists pull at the same time": "拮抗肌同时收缩",
    "the movement is not smooth": "动作不平稳",
    "the movement is slow": "动作慢",
    "shoulder and elbow do not work together in reaching": "伸手时肩肘不协调",
    "wrist and finger extensors are little active": "腕指伸肌活动少",
}
_PROGNOSIS = {
    "SAFE within 3 days, MEP on days 3 to 7, NIHSS on day 3 after the stroke": "卒中后 3 天内查 SAFE，"
    "第 3 至 7 天查 MEP，第 3 天查 NIHSS",
    "finger extension and shoulder abduction on day 2, and on day 9 if absent": "第 2 天查伸指和肩外展；"
    "若没有，第 9 天再查",
    "motor evoked potential present": "有运动诱发电位",
    "motor evoked potential absent": "没有运动诱发电位",
    "both movements present on day 2": "第 2 天两个动作都有",
    "both movements absent on day 2; look again on day 9": "第 2 天两个动作都没有；第 9 天再查",
    "both movements absent on day 2 and still on day 9": "第 2 天和第 9 天两个动作都没有",
    "younger than 80": "小于 80 岁",
    "some dexterity at 6 months: 98%": "6 个月时有一定灵巧性：98 %",
    "some dexterity at 6 months: 25%": "6 个月时有一定灵巧性：25 %",
    "some dexterity at 6 months: 14%": "6 个月时有一定灵巧性：14 %",
    "A movement counts as present from MRC grade 1 on.": "MRC 1 级及以上算作有动作。",
    "Day 2 is from 2 up to, not including, 3 days after the stroke.": "第 2 天指卒中后满 2 天、不满 3 天。",
    "Day 3 is from 3 up to, not including, 4 days after the stroke; within 3 days is up to 72 "
    "hours.": "第 3 天指卒中后满 3 天、不满 4 天；3 天内指 72 小时以内。",
    "Right for 75 % of patients where it was made.": "在建立它的人群中，75 % 的患者正确。",
    "Still right for 80 % (69 of 86) after 2 years.": "2 年后仍有 80 %（86 人中 69 人）正确。",
    "Right for 78 % (71.2 to 86.1) elsewhere.": "在别处 78 %（71.2 至 86.1）正确。",
    "Right for only 60 % when it was used at 2 weeks, which is why it is refused there.": "在第 2 周"
    "使用时只有 60 % 正确，因此此时拒绝。",
    "Some dexterity at 6 months: 98 % if both movements are present on day 2, 25 % if both are "
    "absent, 14 % if both are still absent on day 9.": "6 个月时有一定灵巧性：第 2 天两个动作都有为 98 %，"
    "都没有为 25 %，第 9 天仍都没有为 14 %。",
    "Proportional recovery (gain = 0.7 × what is missing) is not offered for a person. The high "
    "correlations behind it follow from arithmetic whenever end scores spread less than first "
    "scores, about 30 % of severe patients do not follow it, and it has been kept as a regularity "
    "of groups only.": "不为个人提供比例恢复（恢复量 = 0.7 × 缺失量）。只要终点得分的离散小于首次得分，"
    "算术上就会得到高相关；约 30 % 的重度患者不符合；它只作为群体规律保留。",
}
_NOTES = {
    "The level has risen above the limits of the first visits: more than chance explains.": "水平已高于最初几次就诊的控制限：超出偶然。",
    "Parts of this course are simulated; it says nothing about a patient.": "此病程有一部分是模拟的，"
    "不能说明任何患者。",
}
_ITEMS = {
    "reflex activity: flexors": "反射活动：屈肌",
    "reflex activity: extensors": "反射活动：伸肌",
    "shoulder retraction": "肩后缩",
    "shoulder elevation": "肩上提",
    "shoulder abduction": "肩外展",
    "shoulder external rotation": "肩外旋",
    "elbow flexion": "屈肘",
    "forearm supination": "前臂旋后",
    "shoulder adduction and internal rotation": "肩内收内旋",
    "elbow extension": "伸肘",
    "forearm pronation": "前臂旋前",
    "hand to lumbar spine": "手触腰椎",
    "shoulder flexion 0-90 degrees, elbow straight": "肩屈曲 0-90 度，肘伸直",
    "pronation and supination, elbow at 90 degrees": "前臂旋前旋后，屈肘 90 度",
    "shoulder abduction 0-90 degrees, elbow straight": "肩外展 0-90 度，肘伸直",
    "shoulder flexion 90-180 degrees, elbow straight": "肩屈曲 90-180 度，肘伸直",
    "pronation and supination, elbow straight": "前臂旋前旋后，肘伸直",
    "normal reflex activity": "正常反射活动",
    "wrist stability at 15 degrees dorsiflexion, elbow at 90 degrees": "腕背伸 15 度稳定，屈肘 90 度",
    "repeated dorsiflexion and volar flexion, elbow at 90 degrees": "反复腕屈伸，屈肘 90 度",
    "wrist stability at 15 degrees dorsiflexion, elbow straight": "腕背伸 15 度稳定，肘伸直",
    "repeated dorsiflexion and volar flexion, elbow straight": "反复腕屈伸，肘伸直",
    "wrist circumduction": "腕环转",
    "mass flexion": "手指集团屈曲",
    "mass extension": "手指集团伸展",
    "hook grasp": "钩状抓握",
    "thumb adduction": "拇指内收",
    "pincer grasp": "对指捏",
    "cylinder grasp": "圆柱抓握",
    "spherical grasp": "球形抓握",
    "tremor": "震颤",
    "dysmetria": "辨距不良",
    "time": "时间",
}
_MUSCLES_AND_JOINTS = {
    "anterior deltoid": "三角肌前束",
    "medial deltoid": "三角肌中束",
    "posterior deltoid": "三角肌后束",
    "upper trapezius": "斜方肌上束",
    "lower trapezius": "斜方肌下束",
    "biceps brachii": "肱二头肌",
    "triceps brachii": "肱三头肌",
    "brachioradialis": "肱桡肌",
    "pronator teres": "旋前圆肌",
    "flexor digitorum superficialis": "指浅屈肌",
    "extensor digitorum": "指伸肌",
    "flexor carpi ulnaris": "尺侧腕屈肌",
    "flexor carpi radialis": "桡侧腕屈肌",
    "extensor carpi ulnaris": "尺侧腕伸肌",
    "extensor carpi radialis": "桡侧腕伸肌",
    "abductor pollicis brevis": "拇短展肌",
    "abductor digiti minimi": "小指展肌",
    "elbow flexion and extension": "肘屈伸",
    "plane of shoulder elevation": "肩抬举平面",
    "pronation and supination": "前臂旋前旋后",
    "trunk, leaning forward": "躯干前倾",
    "trunk, leaning sideways": "躯干侧倾",
    "trunk, turning": "躯干旋转",
    "elbow": "肘",
    "shoulder": "肩",
    "wrist": "腕",
    "hand": "手",
    "trunk": "躯干",
}
_BIOMARKERS = {
    "movement time": "动作时间",
    "peak hand speed": "手的最高速度",
    "mean hand speed": "手的平均速度",
    "time to peak speed": "到最高速度的时间",
    "movement units (speed peaks)": "动作单元（速度峰）",
    "speed peaks per second": "每秒速度峰",
    "smoothness of the hand (SPARC)": "手的平稳性（SPARC）",
    "smoothness of the hand (jerk)": "手的平稳性（加加速度）",
    "detour of the hand": "手的绕行",
    "reach distance": "伸手距离",
    "trunk displacement": "躯干位移",
    "trunk share of the reach": "躯干在伸手中的份额",
    "trunk rotation": "躯干旋转角",
    "shoulder and elbow coordination": "肩肘协调",
    "smoothness of the elbow (SPARC)": "肘的平稳性（SPARC）",
    "range of movement": "活动范围",
    "joint speed": "关节速度",
    "median joint angle": "关节角中位数",
    "variability of the hand's path": "手路径的变异",
    "variability of the joints": "关节的变异",
    "EMG amplitude (RMS)": "肌电幅度（RMS）",
    "EMG amplitude (mean absolute value)": "肌电幅度（平均绝对值）",
    "EMG waveform length": "肌电波形长度",
    "EMG zero crossings": "肌电过零",
    "EMG turns": "肌电转折",
    "EMG mean frequency": "肌电平均频率",
    "EMG median frequency": "肌电中位频率",
    "EMG power, 20\u201380 Hz": "肌电功率，20\u201380 Hz",
    "EMG power, 80\u2013150 Hz": "肌电功率，80\u2013150 Hz",
    "EMG power, 150\u2013250 Hz": "肌电功率，150\u2013250 Hz",
    "EMG power, 250\u2013450 Hz": "肌电功率，250\u2013450 Hz",
    "co-contraction": "协同收缩",
    "co-contraction level": "协同收缩水平",
    "number of muscle synergies": "肌肉协同个数",
    "variance in four synergies": "四个协同解释的方差",
    "likeness to healthy synergies": "与健康协同的相似度",
    "deviation in timing from the usual movement": "与常见动作在时间上的偏差",
    "deviation in shape from the usual movement": "与常见动作在形状上的偏差",
    "deviation of muscle activity from the usual": "肌肉活动与常见的偏差",
}

PHRASES: Mapping[str, str] = MappingProxyType(
    _STRATA
    | _AIMS
    | _MODULES
    | _DOSES
    | _DEFICITS
    | _PROGNOSIS
    | _NOTES
    | _ITEMS
    | _MUSCLES_AND_JOINTS
    | _BIOMARKERS
)
"""English to Chinese."""
