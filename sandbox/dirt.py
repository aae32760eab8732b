"""Damage done to what is written out, on request."""

from random import Random

DIRT = {
    "bad_json": "JSON lines cut in the middle",
    "negative_times": "talk times below zero and ends before beginnings",
    "duplicate_lines": "the same line twice",
    "missing_fields": "lines and rows that end early, empty required fields",
    "wrong_types": "words where a number or a time belongs",
    "out_of_order": "lines that come too late",
    "unknown_codes": "statuses and events nobody has heard of",
    "bom": "a byte order mark where none is expected",
    "bad_encoding": "bytes that are not of the file's encoding",
}
"""Every kind of dirt, and what it does."""

RATE = 0.004
"""The share of lines each kind of dirt touches."""


def soil_lines(lines: list[str], kinds: frozenset[str], rng: Random, separator: str) -> list[str]:
    """Lines with the kinds of damage that any text file of separated fields can have."""
    if not kinds:
        return lines
    soiled: list[str] = []
    for line in lines:
        soiled.append(_soil_line(line, kinds, rng, separator))
        if "duplicate_lines" in kinds and rng.random() < RATE:
            soiled.append(soiled[-1])
    if "out_of_order" in kinds:
        for place in range(len(soiled) - 1):
            if rng.random() < RATE:
                soiled[place], soiled[place + 1] = soiled[place + 1], soiled[place]
    return soiled


def _soil_line(line: str, kinds: frozenset[str], rng: Random, separator: str) -> str:
    fields = line.split(separator)
    if "missing_fields" in kinds and rng.random() < RATE:
        return separator.join(fields[: max(1, len(fields) // 2)])
    if "wrong_types" in kinds and rng.random() < RATE:
        return separator.join(["n/a" if field.isdigit() and len(field) > 1 else field for field in fields])
    return line


def soil_record(record: dict[str, object], kinds: frozenset[str], rng: Random) -> dict[str, object]:
    """A record of an API with the damage that JSON can have: a field gone, of another type, or a code nobody knows."""
    if "missing_fields" in kinds and rng.random() < RATE:
        return {name: value for name, value in record.items() if name not in ("created_at", "status", "message_type")}
    if "wrong_types" in kinds and rng.random() < RATE:
        return {**record, "created_at": "soon", "group_id": "n/a"}
    if "negative_times" in kinds and rng.random() < RATE and "value" in record:
        return {**record, "value": -17.0}
    if "unknown_codes" in kinds and rng.random() < RATE:
        unknown: dict[str, object] = {"status": "teleported", "message_type": 9, "score": "superb"}
        return {name: unknown.get(name, value) for name, value in record.items()}
    return record


def soil_bytes(body: bytes, kinds: frozenset[str], rng: Random) -> bytes:
    """A file's bytes with a byte order mark, or with bytes of another encoding in the middle of a line."""
    if "bad_encoding" in kinds and len(body) > 200:
        place = rng.randrange(100, len(body) - 50)
        body = body[:place] + b"\xff\xfe\x80" + body[place:]
    if "bom" in kinds and not body.startswith(b"\xef\xbb\xbf"):
        body = b"\xef\xbb\xbf" + body
    return body
