"""A trace as plain values: for JSON, and for what prints it. Payloads are masked unless asked in clear."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from expectations.quarantine import mask
from expectations.tracing.facts import FactRow, Recomputed
from expectations.tracing.figures import plain
from expectations.tracing.links import links
from expectations.tracing.raw import RawProof
from expectations.tracing.trace import Trace


def as_json(trace: Trace, *, in_clear: bool = False) -> dict[str, Any]:
    """Everything a trace holds, as values that JSON knows."""
    return {
        "mart": trace.mart.mart,
        "key": {name: str(value) for name, value in trace.mart.key.items()},
        "build_id": trace.build_id,
        "publish_id": trace.publish_id,
        "is_sound": trace.is_sound,
        "differences": list(trace.differences),
        "figures": [_figure(one) for one in trace.figures],
        "fact_rows": [_fact_row(row) for row in trace.fact_rows],
        "records": [_record(proof, in_clear) for proof in trace.raw],
        "rules": [
            {
                "attempt": one.attempt,
                "result": one.file,
                "rules_version": one.rules_version,
                "admitted_at": one.admitted_at,
                "counts": dict(one.counts),
                "rules": [dict(rule) for rule in one.rules],
                "batch_rules": [dict(rule) for rule in one.batch_rules],
                "message": one.message,
            }
            for one in trace.rules
        ],
        "ledger": [asdict(line) for line in trace.lines],
        "reach": list(trace.reach),
    }


def shown(row: FactRow) -> str:
    """What is printed of a fact row beside its key."""
    return ", ".join(f"{name} {row.values[name]}" for name in links().facts[row.fact].shows if row.values.get(name) is not None)


def sums(one: Recomputed) -> str:
    """How a figure comes about, to be followed by hand."""
    kind = one.catalogue[-1].kind if one.catalogue else ""
    if kind == "distribution":
        return f"nearest rank {one.figure.variant} of {len(one.parts.amounts)} values = {plain(one.value)}"
    if one.parts.denominator is None:
        return plain(one.parts.numerator)
    return f"{plain(one.parts.numerator)} / {plain(one.parts.denominator)} = {plain(one.value)}"


def payload(proof: RawProof, *, in_clear: bool) -> str:
    """A record's bytes as text, masked unless asked in clear; "" where there are none any more."""
    text = proof.payload.decode("utf-8", "replace")
    return text if in_clear else mask(text) if text else ""


def _figure(one: Recomputed) -> dict[str, Any]:
    figure = one.figure
    return {
        "kpi": figure.kpi,
        "variant": figure.variant,
        "first_day": str(figure.first),
        "last_day": str(figure.last),
        "scope": figure.scope,
        "members": dict(figure.members),
        "channel_group": figure.channel_group,
        "catalogue": [
            {
                "version": row.version,
                "fact": row.fact,
                "date": row.date_column,
                "numerator": row.numerator,
                "denominator": row.denominator,
                "pending": row.pending,
            }
            for row in one.catalogue
        ],
        "mart_says": {name: None if value is None else plain(value) for name, value in figure.told.items()},
        "recomputed": {
            "numerator": plain(one.parts.numerator),
            "denominator": None if one.parts.denominator is None else plain(one.parts.denominator),
            "value": None if one.value is None else plain(one.value),
            "sample_size": one.parts.sample,
            "pending_size": one.parts.pending,
        },
        "sum": sums(one),
        "differences": list(one.differences),
        "note": figure.note,
    }


def _fact_row(row: FactRow) -> dict[str, Any]:
    return {
        "fact": row.fact,
        "key": row.key,
        "on": str(row.on),
        "adds_numerator": plain(row.adds.numerator),
        "adds_denominator": None if row.adds.denominator is None else plain(row.adds.denominator),
        "pending": row.adds.pending,
        "adjusted_out": row.adjusted_out,
        "shows": shown(row),
    }


def _record(proof: RawProof, in_clear: bool) -> dict[str, Any]:
    address = proof.address
    return {
        "id": str(address),
        "source": address.source,
        "stream": address.stream,
        "batch": address.batch,
        "attempt": address.attempt,
        "page": address.page,
        "position": address.position,
        "file": proof.file,
        "offset": proof.offset,
        "page_sha256": proof.page_sha256,
        "sha256_accepted": address.sha256,
        "sha256_now": proof.sha256,
        "state": proof.state,
        "message": proof.message,
        "payload": payload(proof, in_clear=in_clear),
    }
