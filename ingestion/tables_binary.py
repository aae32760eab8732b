"""Records of Parquet files and Excel workbooks, within limits. Formulas are never evaluated."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from ingestion.mapping_model import FileMapping
from ingestion.source import RawRecord
from ingestion.tables_text import canonical_json, check_columns
from ingestion.unpacking import MAX_UNPACKED_BYTES, Unusable, check_workbook

MAX_ROWS = 5_000_000
MAX_COLUMNS = 2_000
ERROR_VALUES = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
_BATCH_ROWS = 1_000


def parquet_records(body: bytes, mapping: FileMapping) -> Iterator[RawRecord]:
    """One record per row, payload its canonical JSON; raises `Unusable` when it is no Parquet, too large, or lacks a column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(body))
        names = file.schema_arrow.names
        if file.metadata.num_rows > MAX_ROWS or len(names) > MAX_COLUMNS:
            raise Unusable(f"file has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns")
        check_columns(_reachable(names, mapping), mapping)
        position = size = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            size += batch.nbytes
            if size > MAX_UNPACKED_BYTES:
                raise Unusable(f"file holds more than {MAX_UNPACKED_BYTES} bytes")
            for value in _micros(pa.Table.from_batches([batch])).to_pylist():
                yield RawRecord(position, canonical_json(value), value)
                position += 1
    except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError) as error:
        raise error if isinstance(error, Unusable) else Unusable("file is not Parquet, or damaged") from error


def excel_records(body: bytes, mapping: FileMapping) -> Iterator[RawRecord]:
    """One record per row of the sheet that holds anything, payload its canonical JSON.

    Cells give their stored values; a formula whose result was never stored, or is an error, is a problem of its row, as is a
    cell beyond the header. Raises `Unusable` when it is no workbook, too large, or lacks the sheet or a column.
    """
    import openpyxl  # type: ignore[import-untyped]

    check_workbook(body)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that do not matter here
        try:
            book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=False, keep_links=False)
            values, texts = _sheet(book, mapping), _sheet(formulas, mapping)
            yield from _sheet_records(values, texts, mapping)
        except Unusable:
            raise
        except Exception as error:  # openpyxl raises whatever a damaged part makes it raise
            raise Unusable(f"workbook is damaged: {type(error).__name__}") from error


def _sheet(book: Any, mapping: FileMapping) -> Any:
    name = mapping.sheet or (book.sheetnames[0] if book.sheetnames else "")
    if name not in book.sheetnames or not hasattr(book[name], "iter_rows"):
        raise Unusable(f"workbook has no sheet {name}, but {len(book.sheetnames)} others")
    sheet = book[name]
    sheet.reset_dimensions()  # what the file says of its size need not be true
    return sheet


def _sheet_records(values: Any, texts: Any, mapping: FileMapping) -> Iterator[RawRecord]:
    rows = zip(values.iter_rows(values_only=True), texts.iter_rows(values_only=True), strict=False)
    header, needed = list(mapping.columns), mapping.columns_read()
    position = 0
    for number, (cells, formulas) in enumerate(rows):
        if number > MAX_ROWS or len(formulas) > MAX_COLUMNS:
            raise Unusable(f"sheet has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns")
        if number < mapping.skip or all(cell is None for cell in formulas):
            continue
        if not header:
            header = _names(cells)
            check_columns(header, mapping)
            if twice := sorted({name for name in header if header.count(name) > 1} & mapping.columns_read()):
                raise Unusable(f"column {', '.join(twice)} stands twice in the header")
            continue
        yield _sheet_record(position, needed, header, cells, formulas)
        position += 1
    if not header:
        raise Unusable("sheet is empty: it has no header")


def _sheet_record(
    position: int, needed: set[str], header: list[str], cells: tuple[Any, ...], formulas: tuple[Any, ...]
) -> RawRecord:
    problem = None
    if any(cell is not None for cell in formulas[len(header) :]):
        problem = f"has cells beyond the {len(header)} columns of the header"
    if unread := [
        name for name, cell, formula in zip(header, cells, formulas, strict=False) if cell is None and formula is not None
    ]:
        problem = f"formula without a stored result in {', '.join(unread)}"
    elif failed := [name for name, cell in zip(header, cells, strict=False) if cell in ERROR_VALUES and name in needed]:
        problem = f"formula that failed in {', '.join(failed)}"
    padded = [*cells[: len(header)], *[None] * (len(header) - len(cells))]
    value = dict(zip(header, padded, strict=True))
    payload = canonical_json(value if problem is None else {"cells": list(formulas)})
    return RawRecord(position, payload, None if problem else value, problem)


def _names(cells: Iterable[Any]) -> list[str]:
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _reachable(names: list[str], mapping: FileMapping) -> list[str]:
    """The names, and the dotted ones of the mapping that begin with one."""
    return [*names, *(name for name in mapping.columns_read() if "." in name and name.split(".")[0] in names)]


def _micros(table: Any) -> Any:
    """Times of nanoseconds as microseconds, which is what Python's datetime holds."""
    import pyarrow as pa

    fields = [
        field.with_type(pa.timestamp("us", field.type.tz))
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns"
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields), safe=False)
