"""A chart's question as one SQL text, for tools that take SQL."""

from __future__ import annotations

from serving.bi.parts import Chart


def sql_of(chart: Chart, *, days: str = "") -> str:
    """The select whose rows the chart shows; `days` is a further condition, on `{column}`, where the dataset has days."""
    shown = [f'{_name(column)} as "{_label(chart, column)}"' for column in _columns(chart)]
    shown += [f'{chart.dataset.metric(name).sql} as "{chart.dataset.metric(name).label}"' for name in chart.metrics]
    conditions = [f"({chart.where})"] if chart.where else []
    if days and chart.dataset.date_column:
        conditions.append(days.format(column=_name(chart.dataset.date_column)))
    parts = [f"select\n    {f',{chr(10)}    '.join(shown)}", f"from {chart.dataset.source}"]
    if conditions:
        parts.append("where " + "\n    and ".join(conditions))
    if chart.metrics and (columns := _columns(chart)):
        parts.append("group by " + ", ".join(_name(column) for column in columns))
    if ordered := _order(chart):
        parts.append(f"order by {ordered}")
    return "\n".join([*parts, f"limit {chart.limit}"])


def _columns(chart: Chart) -> tuple[str, ...]:
    """The dimensions; the one along the picture comes first. A `trend` is told as its newest number."""
    if chart.kind in ("number", "trend"):
        return ()
    return (chart.x, *chart.by) if chart.x else chart.by


def _order(chart: Chart) -> str:
    if chart.kind in ("number", "trend"):
        return ""
    direction = " desc nulls last" if chart.descending else ""
    if chart.kind == "rows":
        return ", ".join(f"{_name(column)}{direction}" for column in chart.order.split(", "))
    if chart.kind == "bar" and chart.order:
        return f"{chart.dataset.metric(chart.order).sql} desc nulls last"
    if chart.order:
        return f"{chart.dataset.metric(chart.order).sql}{direction}"
    return ", ".join(_name(column) for column in _columns(chart))


def _label(chart: Chart, column: str) -> str:
    return chart.dataset.field(column).label or column


def _name(column: str) -> str:
    return f'"{column}"'
