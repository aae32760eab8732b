"""How Superset wants each kind of chart: the `params` of its form."""

from __future__ import annotations

import json
from typing import Any

from serving.bi.parts import Chart

_GRAPH = {
    "rich_tooltip": True,
    "show_legend": True,
    "legendOrientation": "top",
    "row_limit": 10000,
    "x_axis_time_format": "%m-%d",
}

_PLAIN_TABLE = {
    "viz_type": "table",
    "server_pagination": False,
    "show_cell_bars": False,
    "allow_render_html": False,
    "table_timestamp_format": "%Y-%m-%d %H:%M",
}
_GREEN, _RED = "#1b7f3b", "#c62828"
_COLORED = (
    ("change", "containing", "▲", _GREEN),
    ("change", "containing", "▼", _RED),
    ("reached", "=", "below", _RED),
    ("reached", "=", "pass", _GREEN),
    ("reached", "=", "excellent", _GREEN),
)


def params(chart: Chart) -> dict[str, Any]:
    """The form of one chart, its filters among it."""
    return {**_FORMS[chart.kind](chart), "adhoc_filters": _filters(chart), "extra_form_data": {}}


def _filters(chart: Chart) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if chart.dataset.date_column:
        found.append(
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": chart.dataset.date_column,
                "operator": "TEMPORAL_RANGE",
                "comparator": "No filter",
            }
        )
    if chart.where:
        found.append({"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.where})
    return found


def _number(chart: Chart) -> dict[str, Any]:
    return {
        "viz_type": "big_number_total",
        "metric": chart.metrics[0],
        "header_font_size": 0.4,
        "subheader": chart.note,
        "subheader_font_size": 0.125,
        "y_axis_format": chart.format,
    }


def _trend(chart: Chart) -> dict[str, Any]:
    return {
        **_number(chart),
        "viz_type": "big_number",
        "x_axis": chart.x,
        "time_grain_sqla": "P1D",
        "show_trend_line": True,
        "start_y_axis_at_zero": False,
        "aggregation": "LAST_VALUE",
        "rolling_type": "None",
    }


def _table(chart: Chart) -> dict[str, Any]:
    formats = {name: chart.dataset.metric(name).format for name in chart.metrics}
    return {
        **_PLAIN_TABLE,
        "query_mode": "aggregate",
        "groupby": list(chart.by),
        "metrics": list(chart.metrics),
        "timeseries_limit_metric": chart.order,
        "order_desc": chart.descending,
        "row_limit": chart.limit,
        "column_config": {
            name: {"horizontalAlign": "right", **({"d3NumberFormat": form} if form else {})} for name, form in formats.items()
        },
        "conditional_formatting": [
            _colored(column, operator, said, color) for column, operator, said, color in _COLORED if column in chart.metrics
        ],
    }


def _colored(column: str, operator: str, said: str, color: str) -> dict[str, Any]:
    return {
        "column": column,
        "operator": operator,
        "targetValue": said,
        "colorScheme": color,
        "columnFormatting": column,
        "objectFormatting": "TEXT_COLOR",
        "useGradient": False,
    }


def _rows(chart: Chart) -> dict[str, Any]:
    return {
        **_PLAIN_TABLE,
        "query_mode": "raw",
        "all_columns": list(chart.by),
        "order_by_cols": [json.dumps([column, not chart.descending]) for column in chart.order.split(", ")],
        "row_limit": chart.limit,
        "column_config": {name: {"d3NumberFormat": form} for name, form in chart.formats.items()},
    }


def _line(chart: Chart) -> dict[str, Any]:
    return {
        **_GRAPH,
        "viz_type": "echarts_timeseries_line",
        "x_axis": chart.x,
        "time_grain_sqla": "P1D",
        "metrics": list(chart.metrics),
        "groupby": list(chart.by),
        "y_axis_format": chart.format,
        "truncateYAxis": True,
        "y_axis_bounds": [None, None],
        "truncate_metric": True,
    }


def _bar(chart: Chart) -> dict[str, Any]:
    is_timed = chart.dataset.field(chart.x).is_moment
    sorting = (
        {}
        if is_timed
        else {
            "x_axis_sort": chart.order,
            "x_axis_sort_asc": False,
            "xAxisLabelRotation": 45,
            "xAxisLabelInterval": "0",
        }
    )
    return {
        **_line(chart),
        "viz_type": "echarts_timeseries_bar",
        "orientation": "vertical",
        "stack": "Stack" if chart.by else None,
        "truncateYAxis": False,
        "xAxisForceCategorical": not is_timed,
        **sorting,
    }


def _heatmap(chart: Chart) -> dict[str, Any]:
    return {
        "viz_type": "heatmap_v2",
        "x_axis": chart.x,
        "groupby": chart.by[0],
        "metric": chart.metrics[0],
        "normalize_across": "heatmap",
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "linear_color_scheme": "schemeBlues" if chart.colors == "volume" else "schemeRdYlGn",
        "legend_type": "continuous",
        "show_legend": True,
        "show_values": chart.colors == "volume",
        "show_percentage": False,
        "y_axis_format": chart.format or ",.0f",
        "value_bounds": [None, None],
        "left_margin": "auto",
        "bottom_margin": "auto",
        "row_limit": 10000,
    }


_FORMS = {
    "number": _number, "trend": _trend, "table": _table, "rows": _rows, "line": _line, "bar": _bar, "heatmap": _heatmap,
}  # fmt: skip
