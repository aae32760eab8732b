"""What alerts say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]

TITLES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "failed": "A step failed",
        "stopped": "A batch was stopped",
        "audit": "The audit stopped a build: nothing was published",
        "waiting": "A build waits: it changes too many settled figures",
        "late": "A run is late",
        "stale": "A source is behind",
        "kpi": "A KPI is outside its limit",
        "disk": "The disk is nearly full",
        "test": "A test: alerts arrive",
    },
    "zh": {
        "failed": "任务失败",
        "stopped": "批次被拦截",
        "audit": "审计未通过：本次未发布",
        "waiting": "待确认：已定稿数字变动过多，未发布",
        "late": "任务超时未完成",
        "stale": "数据源延迟",
        "kpi": "指标超出界限",
        "disk": "磁盘空间不足",
        "test": "测试：告警可以送达",
    },
}
OVER: Mapping[Language, str] = {"en": "Over: {title}", "zh": "已恢复：{title}"}
TODO: Mapping[Language, str] = {"en": "{text} → {todo}", "zh": "{text} → 处理：{todo}"}
FOOTER: Mapping[Language, str] = {
    "en": "Deskmart at {place}, {at}. All that is wrong: deskmart alerts list",
    "zh": "Deskmart {place}，{at}。全部未恢复的告警：deskmart alerts list",
}
TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "stale": "{source} has told nothing since {since} ({hours:.0f} h; limit {limit:g} h)",
        "never": "{source} is configured, and no reading of it is published",
        "stopped": "{source}/{stream}: {refused:,} of {records:,} records are refused in {batch}; its rows are in no mart",
        "disk": "{free:.1f} GiB are free where the home lies",
        "above": "{name}{member}, {day}: {value}, above {limit} ({sample:,} rows)",
        "below": "{name}{member}, {day}: {value}, below {limit} ({sample:,} rows)",
        "week": "7 days to {day}",
        "late": "{dag} has not ended {hours:g} h after it was queued (run {run})",
        "failed": "{dag}, {task}: {error}",
        "test": "This is a test; nothing is wrong.",
        "todo_stale": "see whether it answers (deskmart doctor), then run the missing days again",
        "todo_stopped": "deskmart quarantine list; docs/operate.md, “A batch is stopped”",
        "todo_disk": "free at least 2 GiB",
        "todo_kpi": "deskmart kpi {kpi} --scope {scope}",
        "todo_late": "look at the run in Airflow; its tasks may hang or wait",
    },
    "zh": {
        "stale": "{source} 自 {since} 起没有新数据（已 {hours:.0f} 小时，上限 {limit:g} 小时）",
        "never": "{source} 已配置，但从未有数据发布",
        "stopped": "{source}/{stream}：批次 {batch} 的 {records:,} 条记录中有 {refused:,} 条被拒收，整批未进入任何报表",
        "disk": "数据目录所在磁盘剩余 {free:.1f} GiB",
        "above": "{name}{member}，{day}：{value}，高于 {limit}（样本 {sample:,}）",
        "below": "{name}{member}，{day}：{value}，低于 {limit}（样本 {sample:,}）",
        "week": "截至 {day} 的 7 天",
        "late": "{dag} 排队 {hours:g} 小时后仍未结束（运行 {run}）",
        "failed": "{dag}，{task}：{error}",
        "test": "这是一条测试消息，一切正常。",
        "todo_stale": "先用 deskmart doctor 检查对方是否可达，恢复后重跑缺失的日期",
        "todo_stopped": "deskmart quarantine list；见 docs/operate.md",
        "todo_disk": "至少腾出 2 GiB",
        "todo_kpi": "deskmart kpi {kpi} --scope {scope} --lang zh",
        "todo_late": "到 Airflow 查看该次运行是否卡住",
    },
}
