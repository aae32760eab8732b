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
from expectations.restated import Acceptance, Restatements, compare_with_current, judge

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.expectations import Expectation

# The daily mart with what the catalogue says of each row; a variant told by the facts ({currency}) has no row of its own there.
_RULED = """
    select daily.*, catalogue.kind, catalogue.unit
    from marts.mart_kpi_daily as daily
    left join (select distinct kpi, variant from seeds.kpi_catalog) as named
    on named.kpi = daily.kpi and named.variant = daily.variant
    inner join (select distinct kpi, variant, kind, unit from seeds.kpi_catalog) as catalogue
    on catalogue.kpi = daily.kpi
    and (catalogue.variant = daily.variant or (named.variant is null and catalogue.variant like '{%'))
"""
KEY = ("service_date", "scope", "scope_id", "channel_group", "kpi", "variant")


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
        held, findings = _expectations(connection.execute(_RULED).df())
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


def _expectations(daily: pd.DataFrame) -> tuple[list[str], list[Finding]]:
    """Great Expectations over the daily mart: an expectation that raises is a broken rule, and all must have been evaluated."""
    import great_expectations as gx

    rules = _rules()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("candidate")
        .add_dataframe_asset("mart_kpi_daily")
        .add_batch_definition_whole_dataframe("all")
    ).get_batch({"dataframe": daily})
    for name, expectation in rules:
        expectation.meta = {"rule": name}  # results do not come in the order of the rules
    suite = gx.ExpectationSuite(name="mart_kpi_daily", expectations=[expectation for _, expectation in rules])
    result = batch.validate(suite, result_format="BASIC")
    if len(result.results) != len(rules):
        raise AuditError(f"{len(result.results)} of {len(rules)} rules were evaluated", todo="this is a defect of the audit")
    held, broken = [], []
    for outcome in result.results:
        name = outcome.expectation_config.meta["rule"]
        if outcome.success:
            held.append(name)
        else:
            broken.append(Finding(name, f"{outcome.result.get('unexpected_count', 'not evaluated')} rows"))
    return held, broken


def _rules() -> Sequence[tuple[str, Expectation]]:
    import great_expectations.expectations as gxe

    def where(condition: str) -> dict[str, Any]:
        return {"row_condition": condition, "condition_parser": "pandas"}

    combined = where('kind!="distribution"')
    return (
        ("the mart has rows", gxe.ExpectTableRowCountToBeBetween(min_value=1)),
        ("its key is unique", gxe.ExpectCompoundColumnsToBeUnique(column_list=list(KEY))),
        *((f"{column} is never null", gxe.ExpectColumnValuesToNotBeNull(column=column)) for column in (*KEY, "is_settled")),
        (
            "a part is missing only where nothing may be combined",
            gxe.ExpectColumnValuesToNotBeNull(column="numerator", **combined),
        ),
        (
            "rates lie in [0, 1]",
            gxe.ExpectColumnValuesToBeBetween(column="value", min_value=0, max_value=1, **where('unit=="rate"')),
        ),
        (
            "nps lies in [-1, 1]",
            gxe.ExpectColumnValuesToBeBetween(column="value", min_value=-1, max_value=1, **where('kpi=="nps"')),
        ),
        ("no numerator is negative", gxe.ExpectColumnValuesToBeBetween(column="numerator", min_value=0, **where('kpi!="nps"'))),
        ("samples are counts", gxe.ExpectColumnValuesToBeBetween(column="sample_size", min_value=0)),
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
