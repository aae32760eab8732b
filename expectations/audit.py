"""The audit of a candidate: what must hold of marts before anybody sees them. A build that breaks a rule is not published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskmart.build import Build
from deskmart.errors import AuditError
from deskmart.lake import Lake, write_json
from deskmart.settings import Settings
from expectations.admission import admissions
from expectations.engine import quiet_context
from expectations.restated import Acceptance, Restatements, compare_with_current, judge

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.expectations import Expectation

# What the rules ask of the daily mart, a row per kind of figure, with what the catalogue says of it: a quarter of a million rows need
# not become objects for that. A variant told by the facts ({currency}) has no row of its own in the catalogue.
_KINDS_OF_FIGURES = """
    with
    kinds as (
        select
            scope, channel_group, kpi, variant,
            count(*) as figures,
            count(distinct (service_date, scope_id)) as keys,
            count(*) - count(service_date) as undated,
            count(*) - count(scope_id) as unplaced,
            count(*) - count(is_settled) as not_told_settled,
            count(*) - count(numerator) as without_numerator,
            min(numerator)::double as least_numerator,
            min(value)::double as least_value,
            max(value)::double as greatest_value,
            min(sample_size) as least_sample
        from marts.mart_kpi_daily
        group by all
    ),
    named as (select distinct kpi, variant from seeds.kpi_catalog),
    catalogue as (select distinct kpi, variant, kind, unit from seeds.kpi_catalog)
    select kinds.*, catalogue.kind, catalogue.unit
    from kinds
    left join named on named.kpi = kinds.kpi and named.variant = kinds.variant
    left join catalogue
    on catalogue.kpi = kinds.kpi
    and (catalogue.variant = kinds.variant or (named.variant is null and catalogue.variant like '{%'))
"""


_GROUPED = ("scope", "channel_group", "kpi", "variant")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that does not hold: its code and what was found, in counts."""

    rule: str
    found: str


def audit(build: Build, settings: Settings, acceptance: Acceptance | None = None) -> Restatements:
    """Check the candidate's marts, and which settled figures it changes.

    Raises `AuditError` naming every broken rule; the candidate is then not published, and what is published stays. Raises
    `RestatementError` when more settled figures change than the limit allows and nobody accepts that. The result is kept under
    `audit/marts/`, without values.
    """
    import duckdb

    lake = Lake(settings.home)
    if not lake.candidate.exists():
        raise AuditError("there is no candidate to audit", todo="run `deskmart build` first")
    with duckdb.connect(str(lake.candidate), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        held, findings = _expectations(connection.execute(_KINDS_OF_FIGURES).df())
        for rule, query in _identities().items():
            row = connection.execute(query).fetchone()
            broken = int(row[0]) if row else 1
            findings += [Finding(rule, f"{broken} rows")] if broken else []
            held += [] if broken else [rule]
    findings += _unbalanced(settings)
    restated = compare_with_current(settings)
    write_json(
        lake.audit / "marts" / f"{build.build_id}.json",
        {
            "build_id": build.build_id,
            "audited_at": datetime.now(UTC).isoformat(),
            "held": held,
            "broken": {finding.rule: finding.found for finding in findings},
            "restated": {
                "compared": restated.compared,
                "changed": restated.changed,
                "causes": dict(restated.causes),
                "kpis": dict(restated.kpis),
            },
        },
    )
    if findings:
        told = "; ".join(f"{finding.rule} ({finding.found})" for finding in findings)
        raise AuditError(
            f"the marts break {len(findings)} rules: {told}",
            todo=f"see audit/marts/{build.build_id}.json; what is published stays",
        )
    judge(build, settings, restated, acceptance)
    return restated


def _expectations(kinds: pd.DataFrame) -> tuple[list[str], list[Finding]]:
    """Great Expectations over the kinds of figures of the daily mart: an expectation that raises is a broken rule, and all must have been evaluated."""
    from great_expectations import ExpectationSuite

    rules = _rules()
    context = quiet_context()
    batch = (
        context.data_sources.add_pandas("candidate")
        .add_dataframe_asset("mart_kpi_daily")
        .add_batch_definition_whole_dataframe("all")
    ).get_batch({"dataframe": kinds})
    for name, expectation in rules:
        expectation.meta = {"rule": name}  # results do not come in the order of the rules
    suite = ExpectationSuite(name="mart_kpi_daily", expectations=[expectation for _, expectation in rules])
    result = batch.validate(suite, result_format="BASIC")
    if len(result.results) != len(rules):
        raise AuditError(f"{len(result.results)} of {len(rules)} rules were evaluated", todo="this is a defect of the audit")
    held, broken = [], []
    for outcome in result.results:
        name = outcome.expectation_config.meta["rule"]
        if outcome.success:
            held.append(name)
        else:
            broken.append(Finding(name, f"{outcome.result.get('unexpected_count', 'not evaluated')} kinds of figures"))
    return held, broken


def _rules() -> Sequence[tuple[str, Expectation]]:
    import great_expectations.expectations as gxe

    def where(condition: str) -> dict[str, Any]:
        return {"row_condition": condition, "condition_parser": "pandas"}

    def none(column: str) -> Expectation:
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=0)

    def between(low: int, high: int, condition: str) -> tuple[Expectation, ...]:
        return tuple(
            gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, **where(condition))
            for column in ("least_value", "greatest_value")
        )

    return (
        ("the mart has rows", gxe.ExpectTableRowCountToBeBetween(min_value=1)),
        ("its key is unique", gxe.ExpectColumnPairValuesToBeEqual(column_A="figures", column_B="keys")),
        *((f"{column} is never null", gxe.ExpectColumnValuesToNotBeNull(column=column)) for column in _GROUPED),
        ("service_date is never null", none("undated")),
        ("scope_id is never null", none("unplaced")),
        ("is_settled is never null", none("not_told_settled")),
        ("every KPI stands in the catalogue", gxe.ExpectColumnValuesToNotBeNull(column="kind")),
        (
            "a part is missing only where nothing may be combined",
            gxe.ExpectColumnValuesToBeBetween(column="without_numerator", max_value=0, **where('kind!="distribution"')),
        ),
        *(("rates lie in [0, 1]", rule) for rule in between(0, 1, 'unit=="rate"')),
        *(("nps lies in [-1, 1]", rule) for rule in between(-1, 1, 'kpi=="nps"')),
        (
            "no numerator is negative",
            gxe.ExpectColumnValuesToBeBetween(column="least_numerator", min_value=0, **where('kpi!="nps"')),
        ),
        ("samples are counts", gxe.ExpectColumnValuesToBeBetween(column="least_sample", min_value=0)),
        (
            "scopes are known",
            gxe.ExpectColumnValuesToBeInSet(column="scope", value_set=["company", "channel", "queue", "team", "agent"]),
        ),
        (
            "channel groups are known",
            gxe.ExpectColumnValuesToBeInSet(column="channel_group", value_set=["voice", "chat", "written", "all"]),
        ),
    )


def _identities() -> dict[str, str]:
    """Rule to a query that counts the rows in which it does not hold."""
    facts = """
        with mart as (
            select kpi, sum(numerator) as total from marts.mart_kpi_daily
            where scope = 'company' and kpi in ('offered', 'answered') group by all
        ),
        info as (select * from inputs.build_info),
        adjusted as (
            select kpi, sum(numerator) as total from intermediate.int_kpi_parts_summed where adjusted_by is not null group by all
        ),
        fact as (
            select count_if(is_offered) as offered, count_if(is_answered_offered) as answered
            from core.fct_contact_legs, info where offered_on between first_day and last_day
        )
        select count(*) from mart cross join fact left join adjusted on adjusted.kpi = mart.kpi
        where mart.total + coalesce(adjusted.total, 0) <> case mart.kpi when 'offered' then offered else answered end
    """
    outcomes = """
        select count(*) from core.fct_contact_legs
        where is_offered and not (is_open_offered or is_closed_offered)
    """
    unbalanced = "select count(*) from marts.mart_audit_reconciliation where not is_balanced"
    unreconciled = """
        select count(*) from inputs.build_inputs as files
        left join marts.mart_audit_reconciliation as known using (source, stream, batch, attempt)
        where known.status is distinct from 'admitted' or not known.is_current
    """
    return {
        "offered and answered re-sum to the legs": facts,
        "every offered leg is open or closed": outcomes,
        "every landed record is accounted for in the files": unbalanced,
        "every file of the build is reconciled": unreconciled,
    }


def _unbalanced(settings: Settings) -> list[Finding]:
    """landed = accepted + quarantined + duplicates + outside, for every attempt that was ever admitted."""
    wrong = [
        item for item in admissions(settings) if item.landed != item.accepted + item.quarantined + item.duplicates + item.outside
    ]
    return (
        [Finding("every attempt balances", json.dumps([f"{i.source}/{i.stream}/{i.batch}/{i.attempt}" for i in wrong[:5]]))]
        if wrong
        else []
    )
