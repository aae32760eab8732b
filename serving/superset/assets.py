"""The files of `serving/superset/assets`, which Superset imports: made of the declaration in `serving.bi` by `python -m deskmart.generate`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import yaml

from serving.bi.dashboards import dashboards
from serving.bi.datasets import datasets
from serving.bi.parts import SCHEMA, Chart, Dashboard, Dataset, Filter, Words
from serving.superset.charts import params

ASSETS = Path(__file__).parent / "assets"
DATABASE = "Deskmart"
# Where our compose file has the serving database, and the reader login of docs/connect.md; the password is asked for while importing.
URI = "postgresql+psycopg2://deskmart_bi:XXXXXXXXXX@127.0.0.1:5432/deskmart"
VERSION = "1.0.0"
_COLORS = {
    **{"voice": "#1FA8C9", "chat": "#454E7C", "written": "#5AC189", "all": "#FF7F44"},
    **{"critical": "#c62828", "major": "#f0ad4e", "minor": "#9e9e9e"},
}
_TYPES = {"varchar": "TEXT", "double": "DOUBLE PRECISION", "timestamptz": "TIMESTAMP WITH TIME ZONE"}


def identity(kind: str, key: str) -> str:
    """The same uuid for the same thing on every machine, so that importing again replaces it."""
    return str(uuid5(NAMESPACE_DNS, f"{kind}.{key}.deskmart"))


def asset_files() -> Mapping[str, dict[str, Any]]:
    """Path below the assets' folder and content of every file."""
    found: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": VERSION, "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/deskmart.yaml": _database(),
    }
    for dataset in datasets().values():
        found[f"datasets/deskmart/{dataset.name}.yaml"] = _dataset(dataset)
    for dashboard in dashboards():
        for chart in dashboard.charts:
            found[f"charts/{chart.key}.yaml"] = _chart(chart)
        found[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard)
    return found


def generated_assets() -> dict[Path, str]:
    """The same as paths and texts."""
    return {
        ASSETS / name: yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=150)
        for name, content in asset_files().items()
    }


def _database() -> dict[str, Any]:
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": URI,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": identity("database", DATABASE),
        "version": VERSION,
    }


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "table_name": dataset.name,
        "main_dttm_col": dataset.date_column or None,
        "description": f"{dataset.title}. {dataset.text}",
        "schema": SCHEMA,
        "sql": dataset.sql or None,
        "filter_select_enabled": True,
        "uuid": identity("dataset", dataset.name),
        "database_uuid": identity("database", DATABASE),
        "version": VERSION,
        "columns": [
            {
                "column_name": column.name,
                "verbose_name": column.label or column.name.replace("_", " "),
                "type": _TYPES.get(column.type, column.type.upper()),
                "is_dttm": column.is_moment,
                "groupby": True,
                "filterable": True,
                "description": column.text,
            }
            for column in dataset.fields
        ],
        "metrics": [
            {
                "metric_name": metric.name,
                "verbose_name": metric.label,
                "expression": metric.sql,
                "description": metric.text,
                "d3format": metric.format or None,
            }
            for metric in dataset.metrics
        ],
    }


def _chart(chart: Chart) -> dict[str, Any]:
    found = params(chart)
    return {
        "slice_name": chart.title,
        "description": chart.note or None,
        "viz_type": found["viz_type"],
        "params": found,
        "cache_timeout": None,
        "uuid": identity("chart", chart.key),
        "dataset_uuid": identity("dataset", chart.dataset.name),
        "version": VERSION,
    }


def _dashboard(dashboard: Dashboard) -> dict[str, Any]:
    numbers = {chart.key: number for number, chart in enumerate(dashboard.charts, 1)}
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.text,
        "slug": dashboard.slug,
        "css": "",
        "uuid": identity("dashboard", dashboard.slug),
        "published": True,
        "position": _position(dashboard, numbers),
        "metadata": {
            "native_filter_configuration": [_filter(item, dashboard, numbers) for item in dashboard.filters],
            "cross_filters_enabled": False,
            "color_scheme": "supersetColors",
            "label_colors": _COLORS,
            "refresh_frequency": 0,
            "filter_bar_orientation": "HORIZONTAL",
        },
        "version": VERSION,
    }


def _position(dashboard: Dashboard, numbers: Mapping[str, int]) -> dict[str, Any]:
    rows = [f"ROW-{number}" for number in range(len(dashboard.rows))]
    found: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]},
    }
    for name, row in zip(rows, dashboard.rows, strict=True):
        parents = ["ROOT_ID", "GRID_ID", name]
        children = []
        for place, item in enumerate(row):
            key = f"CHART-{item.key}" if isinstance(item, Chart) else f"MARKDOWN-{name}-{place}"
            children.append(key)
            meta: dict[str, Any] = {"width": item.width, "height": item.height}
            if isinstance(item, Words):
                meta |= {"code": item.code}
            else:
                meta |= {"chartId": numbers[item.key], "uuid": identity("chart", item.key), "sliceName": item.title}
            found[key] = {
                "type": key.partition("-")[0],
                "id": key,
                "children": [],
                "parents": parents,
                "meta": meta,
            }
        found[name] = {
            "type": "ROW",
            "id": name,
            "children": children,
            "parents": parents[:2],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
    return found


def _filter(item: Filter, dashboard: Dashboard, numbers: Mapping[str, int]) -> dict[str, Any]:
    of_days = not item.column
    return {
        "id": f"NATIVE_FILTER-{dashboard.slug}-{item.column or 'days'}",
        "name": item.title,
        "type": "NATIVE_FILTER",
        "filterType": "filter_time" if of_days else "filter_select",
        "targets": [{}]
        if of_days
        else [{"column": {"name": item.column}, "datasetUuid": identity("dataset", item.dataset.name)}],
        "controlValues": {"enableEmptyFilter": False, "multiSelect": True, "searchAllOptions": False},
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": [numbers[key] for key in item.without]},
    }
