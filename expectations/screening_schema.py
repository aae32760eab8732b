"""The schema of a markers file: what screening passes on of the texts of one attempt. No text is in it.

A file has a row for each text that was screened (`rule_id` null, `rules_version` and `language` set), so that a text nobody looked
at is told from one without a finding, and a row for each marker. Each row has the address of the row its text came with.
"""

from __future__ import annotations

import pyarrow as pa

from ingestion.schema import ADDRESS

SUBJECT = ("subject_kind", "subject_id")
SCREENED = (*SUBJECT, "rules_version", "language")
MARKER = (
    "marker_id",
    "rule_id",
    "rule_version",
    "kind",
    "severity",
    "speaker",
    "polarity",
    "is_negated",
    "is_quoted",
    *SUBJECT,
    "position",
    "value_hash",
    "snippet_masked",
)
MARKERS = pa.schema(
    [
        ("subject_kind", pa.string()),
        ("subject_id", pa.string()),
        ("rules_version", pa.string()),
        ("language", pa.string()),
        ("marker_id", pa.string()),
        ("rule_id", pa.string()),
        ("rule_version", pa.int32()),
        ("kind", pa.string()),
        ("severity", pa.string()),
        ("speaker", pa.string()),
        ("polarity", pa.string()),
        ("is_negated", pa.bool_()),
        ("is_quoted", pa.bool_()),
        ("position", pa.int32()),
        ("value_hash", pa.string()),
        ("snippet_masked", pa.string()),
        *ADDRESS,
    ]
)
VIEWS = {
    "screened": (
        (*SCREENED, *ADDRESS.names),
        "rule_id is null",
        "Texts that were screened, one row each, all attempts that count.",
    ),
    "markers": ((*MARKER, *ADDRESS.names), "rule_id is not null", "What screening found in texts, one row per hit; no text."),
}
