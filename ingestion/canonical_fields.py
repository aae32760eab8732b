"""What a canonical stream is declared with: its class, and fields of the usual kinds."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.source import Field, FieldType, Mark


@dataclass(frozen=True, slots=True)
class CanonicalStream:
    """Fields, key and version of a canonical stream, and the time that dates its rows.

    `dated` is None where a row belongs to no interval: who somebody was (valid from long ago), an invitation without answer.
    """

    fields: tuple[Field, ...]
    key: tuple[str, ...]
    version: str | None = None
    dated: str | None = None


def text(name: str) -> Field:
    return Field(name, conform=("trim", "empty_to_null"))


def code(name: str, codes: tuple[str, ...]) -> Field:
    return Field(name, mark=Mark.CODE, conform=("trim", "lower", "empty_to_null"), codes=codes)


def typed(name: str, type_: FieldType) -> Field:
    return Field(name, type_)


def identifier(name: str, kind: str, *conform: str) -> Field:
    return Field(name, mark=Mark.IDENTIFIER, kind=kind, conform=("trim", "empty_to_null", *conform))


def customer() -> tuple[Field, ...]:
    return (
        identifier("customer_id", "customer"),
        identifier("customer_phone", "phone", "phone"),
        identifier("customer_email", "email", "email"),
    )
