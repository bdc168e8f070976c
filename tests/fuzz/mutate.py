"""Changed copies of valid inputs: the same generator gives the same ones."""

from __future__ import annotations

import random
import re
import struct

#: Pieces that readers of text, JSON, TOML, Python and SQL treat in ways of their own.
_WORDS = [
    *(b'"', b"'", b'"""', b"`", b"\\", b"\\u0000", b"\\ud800", b"\0", b"\n", b"\r", b"\r\n", b"\t", b"\x0c", b"\x1b[31m", b"\xff", b"\xef\xbb\xbf"),
    *("é", "\u2028", "\u202e", "\ufeff", "\u00a0", "\uff1b", "𝒳", "٣"),
    *(b"[", b"]", b"{", b"}", b"(", b")", b"[[", b"]]", b",", b":", b"=", b"==", b";", b"--", b"/*", b"*/", b"#", b".", b"..", b"$", b"$$", b"%", b"@"),
    *(b"0", b"-0", b"1", b"-1", b"255", b"256", b"65536", b"2147483648", b"4294967295", b"9223372036854775808", b"18446744073709551616", b"1e999", b"-1e-999", b"1e5", b"0x1", b"0b2", b"1_0"),
    *(b"NaN", b"Infinity", b"-Infinity", b"nan", b"inf", b"null", b"None", b"true", b"True", b"false"),
    *(b'{"$a":["f8",[2]]}', b'{"$a":["O",[1]]}', b'{"$a":["f8",[-1,0]]}', b'{"$c":[1,2]}', b'{"$t":[]}', b'{"$d":{}}', b'{"emit":', b'{"result":'),
    *(b"2026-01-01", b"07:32:00", b"1979-05-27T07:32:00Z", b"[a.b]", b"[[item]]", b"a.b.c = 1", b"inline = {a = 1}"),
    *(b"def ", b"class ", b"lambda: ", b"async ", b"await ", b"yield ", b"import ", b"from . import *", b"tunable(", b"f'{x!r:>{w}}'", b"match x:\n case _: pass\n", b"\\\n", b"@x\n", b"x: int = 1\n", b"if 1:\n    ", b"pass\n"),
    *(b"select ", b"from ", b"union all ", b"copy ", b"attach ", b"pragma ", b"set ", b"call ", b"with recursive t as (", b"read_csv('/etc/passwd')", b"'/etc/passwd'", b"insert into runs ", b"; drop table runs", b"into ", b"execute ", b"prepare p as ", b"$1", b"?"),
    *(b"<script>", b"![x](http://e/x.png)", b"[x](javascript:1)", b"<img src=x onerror=1>", b"&lt;", b"|---|", b"=1+1"),
]  # fmt: skip
WORDS = [word.encode() if isinstance(word, str) else word for word in _WORDS]
_NUMBER = re.compile(rb"-?\d+")
_TOKEN = re.compile(rb"\w+|[^\w\s]|\s+")


def mutated(seeds: tuple[bytes, ...], rng: random.Random, largest: int = 20_000) -> bytes:
    """One seed with one to eight changes, at most ``largest`` bytes."""
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        data = rng.choice(_CHANGES)(data, seeds, rng)[:largest]
    if len(data) >= 8 and rng.random() < 0.5:
        data = _fitting(data)
    return data


def _fitting(data: bytes) -> bytes:
    """If it looks like a frame of two lengths and a header: lengths that fit what is there, so that more is read."""
    header, body = struct.unpack_from("<II", data)
    if header + body < 1 << 16 and 8 + body <= len(data):
        return struct.pack("<II", len(data) - 8 - body, body) + data[8:]
    return data


def _span(data: bytes, rng: random.Random, most: int = 64) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.randrange(most))


def _bits(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    out = bytearray(data)
    for _unused in range(rng.randrange(1, 5) if out else 0):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _delete(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _cut(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _insert(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(WORDS) + data[at:]


def _overwrite(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    start, end = _span(data, rng, 8)
    return data[:start] + rng.choice(WORDS) + data[end:]


def _repeat(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    start, end = _span(data, rng, 24)
    return data[:start] + data[start:end] * rng.choice((2, 3, 10, 200)) + data[end:]


def _nest(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    at, (left, right) = (
        rng.randrange(len(data) + 1),
        rng.choice(((b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b'{"a":', b"}"), (b"-", b""))),
    )
    depth = rng.choice((2, 33, 120, 2000))
    return data[:at] + left * depth + data[at : at + 10] + right * depth + data[at + 10 :]


def _swap(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    tokens = _TOKEN.findall(data)
    if len(tokens) > 1:
        i, j = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        tokens[i], tokens[j] = tokens[j], tokens[i]
    return b"".join(tokens)


def _splice(data: bytes, seeds: tuple[bytes, ...], rng: random.Random) -> bytes:
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _number(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    one = rng.choice(found)
    new = rng.choice(
        (
            b"0",
            b"-1",
            str(2 ** rng.randrange(80)).encode(),
            str(-(2 ** rng.randrange(80))).encode(),
            b"1e308",
            b"9" * rng.choice((5, 25, 5000)),
        )
    )
    return data[: one.start()] + new + data[one.end() :]


def _noise(data: bytes, _: tuple[bytes, ...], rng: random.Random) -> bytes:
    start, end = _span(data, rng, 16)
    return data[:start] + rng.randbytes(rng.randrange(16)) + data[end:]


_CHANGES = (
    _bits,
    _delete,
    _cut,
    _insert,
    _insert,
    _overwrite,
    _repeat,
    _nest,
    _swap,
    _splice,
    _number,
    _number,
    _noise,
)
