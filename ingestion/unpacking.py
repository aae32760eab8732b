"""Bytes of dropped files: unpacked within limits, and the encoding they are written in."""

from __future__ import annotations

import codecs
import io
import lzma
import re
import struct
import zipfile
import zlib

MAX_FILE_BYTES = 512 * 1024 * 1024  # of a file in the inbox
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024  # of what a gz, zip or xlsx holds
MAX_ZIP_MEMBERS = 2000
_CHUNK = 1 << 20
_PART = 1 << 24
_CHINESE, _UNDECODED = re.compile("[\u3400-\u9fff]"), re.compile("[\udc80-\udcff]")
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")  # the second is a zip of nothing
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, OSError, ValueError, IndexError,
)  # fmt: skip
_IGNORED_MEMBERS = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Unusable(ValueError):
    """A file cannot be read into records; `str` of it is the reason."""


def unpacked(body: bytes, limit: int = MAX_UNPACKED_BYTES) -> tuple[bytes, str]:
    """What a .gz or .zip holds, and the inner file's name ("" for gz); other bytes come back as they are.

    A zip must hold one file, not encrypted. Nothing is written to disk, so names inside cannot lead anywhere. Raises
    `Unusable`, also when more than `limit` bytes would come out.
    """
    if body.startswith(_GZIP):
        return _gunzip(body, limit), ""
    if body.startswith(_ZIP):
        return _unzip(body, limit)
    return body, ""


def check_workbook(body: bytes, limit: int = MAX_UNPACKED_BYTES) -> None:
    """Refuse a workbook that is no zip, is larger unpacked than `limit`, or whose XML declares entities; raises `Unusable`."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            if len(members) > MAX_ZIP_MEMBERS or sum(member.file_size for member in members) > limit:
                raise Unusable(f"workbook is larger than {limit} bytes unpacked")
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        head = stream.read(4096)
                    if b"<!D" in head or b"<\x00!\x00D" in head or b"\x00<\x00!\x00D" in head:
                        raise Unusable("workbook declares XML entities")
    except Unusable:
        raise
    except _ZIP_ERRORS as error:
        raise Unusable("is not an Excel workbook (.xlsx)") from error


def encodings_of(body: bytes) -> list[str]:
    """The encodings a text may be written in, likeliest first; empty when it is none of those known.

    A byte order mark decides; else UTF-8 when the bytes are valid UTF-8, but for some that are fewer than its Chinese
    characters; else GB18030 and Big5 as far as the bytes are valid, the one whose common characters are more of the text first.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig"]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if _decodes(body, "utf-8") or _is_spoilt_utf8(body):
        return ["utf-8"]
    simplified, traditional = _common_shares(body)
    order = ["big5hkscs", "gb18030"] if traditional > simplified else ["gb18030", "big5hkscs"]
    return [name for name in order if _decodes(body, name)] or order[:1]


def _decodes(body: bytes, encoding: str) -> bool:
    """Whether the bytes are of the encoding; a part at a time, for the text may be twice as large as they are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for begin in range(0, len(body), _PART):
            decoder.decode(body[begin : begin + _PART])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_spoilt_utf8(body: bytes) -> bool:
    """Whether the text is UTF-8 in which single bytes went wrong: texts of other encodings hardly ever read as Chinese in it."""
    text = body.decode("utf-8", "surrogateescape")
    return len(_CHINESE.findall(text)) > len(_UNDECODED.findall(text))


def _common_shares(body: bytes) -> tuple[int, int]:
    """How many double bytes are common characters of GB2312 (level one and punctuation), and of Big5 (level one and punctuation)."""
    sample = body[: 1 << 18]
    simplified = traditional = 0
    position = 0
    while position + 1 < len(sample):
        lead, trail = sample[position], sample[position + 1]
        if lead < 0x81:
            position += 1
            continue
        position += 2
        simplified += (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3) and trail >= 0xA1
        traditional += 0xA1 <= lead <= 0xC6 and (0x40 <= trail <= 0x7E or trail >= 0xA1)
    return simplified, traditional


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    size, rest = 0, body
    try:
        while rest.startswith(_GZIP):
            machine = zlib.decompressobj(wbits=31)
            data = machine.decompress(rest, _CHUNK)
            while data or machine.unconsumed_tail:
                size += len(data)
                if size > limit:
                    raise Unusable(f"gz holds more than {limit} bytes")
                parts.append(data)
                data = machine.decompress(machine.unconsumed_tail, _CHUNK)
            if not machine.eof:
                raise Unusable("gz is cut off")
            rest = machine.unused_data
    except zlib.error as error:
        raise Unusable("gz is damaged") from error
    if rest.strip(b"\0"):
        raise Unusable("gz is followed by other bytes")
    return b"".join(parts)


def _unzip(body: bytes, limit: int) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = [item for item in archive.infolist() if not item.is_dir() and not _is_ignored(item.filename)]
            if len(members) != 1:
                raise Unusable(f"zip holds {len(members)} files where one is expected")
            with archive.open(members[0]) as stream:
                data = stream.read(limit + 1)
    except Unusable:
        raise
    except _ZIP_ERRORS as error:
        raise Unusable("zip is damaged, encrypted or packed in an unknown way") from error
    if len(data) > limit:
        raise Unusable(f"zip holds more than {limit} bytes")
    return data, members[0].filename


def _is_ignored(name: str) -> bool:
    return name.startswith(_IGNORED_MEMBERS[0]) or name.rsplit("/", 1)[-1] in _IGNORED_MEMBERS[1:]
