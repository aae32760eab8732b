"""A home in whose ledger, results, audit and marts every text that the report shows is hostile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.lake import Lake, write_json
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import Admission
from tests.unit.gate_world import a_home

SCRIPT = "document.title='run'"
TEXTS = (
    f"<script>{SCRIPT}</script>",
    "</style></title></textarea><script src=TRAP></script>",
    f"<img src=TRAP onerror={SCRIPT}>",
    f'"><svg onload={SCRIPT}><image href=TRAP>',
    f"' onmouseover={SCRIPT} style='background:url(TRAP)",
    "<iframe src=TRAP></iframe><link rel=stylesheet href=TRAP>",
    "<meta http-equiv=refresh content='0;url=TRAP'><base href=TRAP>",
    f"javascript:{SCRIPT}",
    "'; drop table mart_kpi_daily; --",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "=cmd|'/c calc'!A0",
    "gpj.\u202eexe \u2066\u2067 \u0007",
    "<!-- --><![CDATA[ ]]>&#60;script&#62;",
    "A" * 1_048_576 + f"<script>{SCRIPT}</script>",
)
NOW = datetime.now(UTC).isoformat()
DAYS = ("2024-03-01T00:00:00+00:00", "2024-03-08T00:00:00+00:00")


def a_hostile_home(path: Path, trap: str) -> Settings:
    """Texts address `trap` where they would fetch something."""
    settings = a_home(path)
    texts = [text.replace("TRAP", trap) for text in TEXTS]
    for number, text in enumerate(texts):
        _attempt(settings, number, text)
    _audit(settings, texts)
    return settings


def _attempt(settings: Settings, number: int, text: str) -> None:
    """An admitted and a stopped attempt, a record of each given up, a file in quarantine, a policy that changed."""
    name = text.replace("/", "∕")[:40].encode()[:80].decode("utf-8", "ignore")  # what a folder can be called
    admission = Admission(
        *(name, name, f"{number}{name}", "00001", "events", 10, 5, 3, 1, 1, 5, 1, 0.1, text, *DAYS, NOW, NOW, "file"),
        reasons={text: 3},
        warnings={text: 1},
        outside_reasons={text: 1},
    )
    more = {"admission": admission.as_json(), "rules_version": text}
    ledger.record(settings, "admit", admission.attempt_name, {}, [], [], more)
    held = {**admission.as_json(), "batch": f"stopped{number}{name}"}
    ledger.record(settings, "stopped", Admission.from_json(held).attempt_name, {}, [], [], {"admission": held})
    approval = {"reason": text, "by": text, "second": text}
    records: list[dict[str, Any]] = [{"page": 1, "position": 0, "sha256": "0" * 64}]
    for step in ("waived", "released", "unstopped"):
        told = {"approval": approval, "records": [{**records[0], "became": "accepted"}], "is_whole": False, "admission": held}
        ledger.record(settings, step, admission.attempt_name, {step: 1}, [], [], {**told, "admission": admission.as_json()})
    changes = [{"seed": text, "before": text, "after": text, "rows_added": 1, "rows_removed": 1}]
    ledger.record(settings, "policies", text, {"seeds": 9, "changed": 1}, [], [], {"seed_changes": changes})
    rule = {"code": text, "zh": text, "en": text, "owner": text, "severity": "critical", "names": [text] * 9, "count": 9}
    for one, stopped in ((admission.as_json(), ""), (held, text)):
        content = {"admission": one, "stopped": stopped, "rules": [rule], "batch_rules": [rule], "sentences": {text: rule}}
        write_json(Lake(settings.home).audit / "validation" / f"{number}-{bool(stopped)}.json", content)
    place = Lake(settings.home).quarantine(Batch(name, name, None, None, admission.batch), "00001")
    place.parent.mkdir(parents=True)
    seen = pa.array([datetime.now(UTC)] * 3, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"record_sha256": ["a", "b", "c"], "reasons": [[text]] * 3, "first_seen": seen}), place)


def _audit(settings: Settings, texts: list[str]) -> None:
    """An audited and published build, whose marts hold the texts in every column."""
    lake, several = Lake(settings.home), dict.fromkeys(texts, 1)
    restated = {"compared": 100, "changed": 50, "causes": several, "kpis": several}
    audit = {
        "build_id": texts[0],
        "audited_at": NOW,
        "held": texts,
        "broken": dict.fromkeys(texts, texts[0]),
        "restated": restated,
    }
    write_json(lake.audit / "marts" / "build.json", audit)
    ledger.seal(settings, "publish", {"publish_id": "the-publish", "build": texts[0]})
    folder = lake.published / "versions" / "the-publish" / "marts"
    folder.mkdir(parents=True)
    counts = (
        "landed",
        "accepted_current",
        "accepted_older",
        "quarantined",
        "waived",
        "erased",
        "duplicates",
        "outside",
        "held_back",
    )
    changed = ("grain", "period_start", "scope", "scope_id", "channel_group", "kpi", "variant", "value_old", "value_new", "cause")
    marts: dict[str, dict[str, list[Any]]] = {
        "mart_audit_reconciliation": dict.fromkeys(("source", "stream"), texts)
        | {name: [1] * len(texts) for name in (*counts, "source_count", "unexplained")}
        | {"is_balanced": [False] * len(texts)},
        "mart_data_freshness": {
            "source": texts,
            "as_of": [datetime.now(UTC)] * len(texts),
            "behind_seconds": [1e6] * len(texts),
        },
        "mart_settled_changes": dict.fromkeys(changed, texts),
        "mart_restatements": {"month": texts},
    }
    for name, columns in marts.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
