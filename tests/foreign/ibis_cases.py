"""Ibis expressions over Ibis' whole API, by name. Each case is a function of the tables; what it returns is a table, column or scalar.

t has a column of every type, with NULLs, NaN, infinities, negative zero and duplicates; e is t without rows; u is a smaller table to join."""
import datetime
import decimal
import uuid

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
from ibis import _

SCHEMA = {
    "id": "int64", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
    "f32": "float32", "f64": "float64", "g": "float64", "dec": "decimal(12, 3)", "s": "string", "s2": "string", "url": "string", "b": "boolean",
    "b2": "boolean", "d": "date", "d2": "date", "ts": "timestamp(6)", "ts2": "timestamp(6)", "tz": "timestamp('UTC', 6)", "tm": "time",
    "bin": "binary", "ai": "array<int64>", "ai2": "array<int64>", "as_": "array<string>", "ab": "array<boolean>", "aai": "array<array<int64>>",
    "st": "struct<x: int64, y: string>", "mp": "map<string, int64>", "Odd Name": "int64",
}
NAN, INF = float("nan"), float("inf")
_D, _T = datetime.date, datetime.datetime
ROWS = {
    "id": [1, 2, 3, 4, 5, 6], "i8": [1, -2, None, 127, -128, 1], "i16": [10, -20, None, 7, 7, 10], "i32": [3, -4, None, 0, 12, 3],
    "i64": [5, -6, None, 0, 90000000000, 5], "u8": [1, 2, None, 0, 255, 1], "u16": [1, 2, None, 0, 65535, 1], "u32": [1, 2, None, 0, 9, 1],
    "u64": [1, 2, None, 0, 9, 1], "f32": [1.5, -2.5, None, NAN, -0.0, 1.5], "f64": [0.5, -0.25, None, NAN, -0.0, 0.5],
    "g": [2.0, INF, None, -INF, 0.0, 2.0], "dec": [decimal.Decimal("1.250"), decimal.Decimal("-7.500"), None, decimal.Decimal("0.000"), decimal.Decimal("99.999"), decimal.Decimal("1.250")],
    "s": ["abc", " Grün_% ", None, "", "O'Brien", "abc"], "s2": ["b", "ü", None, "", "x", "b"],
    "url": ["http://u:p@h.org:80/a/b?k=v&l=w#frag", "https://x.de", None, "", "ftp://y/z?k=", "http://u:p@h.org:80/a/b?k=v&l=w#frag"],
    "b": [True, False, None, True, False, True], "b2": [None, False, None, True, True, None],
    "d": [_D(2024, 2, 29), _D(1969, 12, 31), None, _D(1970, 1, 1), _D(2000, 1, 3), _D(2024, 2, 29)],
    "d2": [_D(2024, 3, 1), _D(1970, 1, 1), None, _D(1970, 1, 1), _D(1999, 1, 3), _D(2024, 3, 1)],
    "ts": [_T(2024, 2, 29, 23, 59, 58, 123456), _T(1969, 12, 31, 1, 2, 3), None, _T(1970, 1, 1), _T(2000, 1, 3, 4, 5, 6, 7000), _T(2024, 2, 29, 23, 59, 58, 123456)],
    "ts2": [_T(2024, 3, 1), _T(1970, 1, 1), None, _T(1970, 1, 1), _T(1999, 1, 3, 4, 5), _T(2024, 3, 1)],
    "tz": [_T(2024, 2, 29, 23, 59, 58), _T(1969, 12, 31, 1, 2, 3), None, _T(1970, 1, 1), _T(2000, 1, 3), _T(2024, 2, 29, 23, 59, 58)],
    "tm": [datetime.time(23, 59, 58, 123456), datetime.time(0, 0), None, datetime.time(1, 2, 3), datetime.time(12, 0, 0, 5), datetime.time(23, 59, 58, 123456)],
    "bin": [b"a\x00", b"", None, b"\xff", b"xyz", b"a\x00"],
    "ai": [[1, 2, 2], [], None, [None, 3], [5], [1, 2, 2]], "ai2": [[2, 4], [1], None, [3], None, [2, 4]],
    "as_": [["x", "y"], [], None, [None], ["z"], ["x", "y"]], "ab": [[True, False], [], None, [None], [True], [True, False]],
    "aai": [[[1], [2, 3]], [], None, [None], [[4]], [[1], [2, 3]]],
    "st": [{"x": 1, "y": "a"}, {"x": None, "y": "b"}, None, {"x": 0, "y": None}, {"x": 5, "y": "e"}, {"x": 1, "y": "a"}],
    "mp": [[("a", 1), ("b", 2)], [], None, [("a", None)], [("c", 3)], [("a", 1), ("b", 2)]],
    "Odd Name": [1, 2, None, 4, 5, 1],
}
U_SCHEMA = {"id": "int64", "k": "int64", "s": "string", "v": "float64", "w": "timestamp(6)"}
U_ROWS = {"id": [1, 2, 2, None, 7], "k": [5, -6, None, 0, 5], "s": ["abc", None, "", "zz", "abc"], "v": [1.0, NAN, None, -0.0, 2.5],
          "w": [_T(2024, 1, 1), _T(1970, 1, 1), None, _T(1999, 1, 1), _T(2024, 1, 1)]}


def arrow(schema, rows):
    return pa.table(rows, schema=ibis.schema(schema).to_pyarrow())


def tables():
    full = arrow(SCHEMA, ROWS)
    return {"t": full, "e": full.slice(0, 0), "u": arrow(U_SCHEMA, U_ROWS)}


# ---- user functions: built-in ones by name ----

@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))
def initcap(x): ...


@ibis.udf.agg.builtin(signature=((dt.float64, dt.float64), dt.float64))
def regr_slope(y, x): ...


@ibis.udf.scalar.pyarrow(signature=((dt.int64,), dt.int64))
def plus_one(x):
    import pyarrow.compute as pc

    return pc.add(x, 1)


def twice(x):
    import pyarrow.compute as pc

    return pc.multiply(x, 2)


CASES = {}


def case(name):
    def add(fn):
        assert name not in CASES, name
        CASES[name] = fn
        return fn
    return add


def cases(**many):
    for name, fn in many.items():
        case(name)(fn)


# ---- literals and casts ----
cases(
    lit_int=lambda t, u: t.select(t.id, a=ibis.literal(1), b=ibis.literal(-7), c=ibis.literal(2**62), d=ibis.literal(0, "uint8"), e=ibis.literal(-128, "int8")),
    lit_float=lambda t, u: t.select(a=ibis.literal(1.5), b=ibis.literal(-0.0), c=ibis.literal(1e300), d=ibis.literal(1e-7), e=ibis.literal(NAN), f=ibis.literal(INF), g=ibis.literal(-INF), h=ibis.literal(123456789012345680.0)),
    lit_text=lambda t, u: t.select(a=ibis.literal("x"), b=ibis.literal("O'Brien \\ \n \"q\" ü €"), c=ibis.literal(""), d=ibis.literal("%{{x}}$1:y")),
    lit_bool=lambda t, u: t.select(a=ibis.literal(True), b=ibis.literal(False)),
    lit_null=lambda t, u: t.select(a=ibis.null(), b=ibis.null("int64"), c=ibis.null("string"), d=ibis.null("timestamp"), e=ibis.null("array<int64>"), f=ibis.null("decimal(10, 2)"), g=ibis.null("date"), h=ibis.null("boolean"), i=ibis.null("binary"), j=ibis.null("float32")),
    lit_decimal=lambda t, u: t.select(a=ibis.literal(decimal.Decimal("1.23")), b=ibis.literal(decimal.Decimal("-0.5"), "decimal(10, 4)")),
    lit_date=lambda t, u: t.select(a=ibis.date("2024-02-29"), b=ibis.date(2023, 1, 2), c=ibis.date(t.i32.cast("int64").abs() + 2000, 1, 2)),
    lit_timestamp=lambda t, u: t.select(a=ibis.timestamp("2024-02-29 12:13:14.5"), b=ibis.literal(_T(2020, 1, 1, tzinfo=datetime.timezone.utc)), c=ibis.literal(_T(2020, 1, 1), "timestamp(3)")),
    lit_time=lambda t, u: t.select(a=ibis.time("12:13:14")),
    lit_interval=lambda t, u: t.select(a=t.ts + ibis.interval(days=3), b=t.ts - ibis.interval(hours=5), c=t.d + ibis.interval(months=1), d=t.ts + ibis.interval(years=2), e=t.ts + ibis.interval(weeks=1), f=t.ts + ibis.interval(quarters=1), g=t.ts + ibis.interval(minutes=-4), h=t.ts + ibis.interval(seconds=9)),
    lit_binary=lambda t, u: t.select(a=ibis.literal(b"a\x00\xff"), b=t.bin == b"xyz"),
    lit_uuid=lambda t, u: t.select(a=ibis.literal(uuid.UUID("12345678-1234-5678-1234-567812345678"))),
    lit_array=lambda t, u: t.select(a=ibis.literal([1, 2, None]), b=ibis.literal(["a", "b"]), c=ibis.literal([[1], [2, 3]])),
    lit_struct=lambda t, u: t.select(a=ibis.literal({"x": 1, "y": "b"}, "struct<x: int64, y: string>")),
    lit_map=lambda t, u: t.select(a=ibis.literal({"x": 1, "y": 2}, "map<string, int64>")),
    lit_inet=lambda t, u: t.select(a=ibis.literal("127.0.0.1", "inet"), b=ibis.literal("00:11:22:33:44:55", "macaddr")),
    cast_numbers=lambda t, u: t.select(a=t.i32.cast("int8"), b=t.i32.cast("int16"), c=t.f32.fill_null(0).cast("float64"), d=t.i64.cast("float32"), g=t.i64.cast("string"), h=t.id.cast("boolean"), i=t.dec.cast("float64"), j=t.u8.cast("uint8")),
    cast_unsigned=lambda t, u: t.select(a=t.u8.cast("uint64"), b=t.id.cast("uint16"), c=t.u8.cast("uint32")),
    cast_decimal=lambda t, u: t.select(a=t.i32.cast("decimal(20, 4)"), b=t.dec.cast("decimal(38, 9)")),
    cast_text=lambda t, u: t.select(a=t.b.cast("string"), b=t.d.cast("string"), c=t.ts.cast("string"), d=t.s.cast("binary"), e=t.dec.cast("string")),
    cast_time=lambda t, u: t.select(a=t.ts.cast("date"), b=t.d.cast("timestamp"), c=t.ts.cast("timestamp(3)"), d=t.i64.cast("timestamp"), e=t.ts.cast("timestamp('UTC')"), f=t.f32.fill_null(1).nullif(NAN).cast("timestamp(3)"), g=t.ts.cast("time"), h=t.ts.cast("int64")),
    cast_interval=lambda t, u: t.select(a=t.ts + t.i32.as_interval("D"), b=t.ts + t.i32.as_interval("M"), c=t.d + t.i32.as_interval("D"), d=t.ts - t.i32.as_interval("s"), e=t.ts + t.i32.as_interval("Y")),
    cast_nested=lambda t, u: t.select(a=t.ai.cast("array<string>"), b=t.ai.cast("array<float64>"), c=t.aai.cast("array<array<string>>")),
    cast_map=lambda t, u: t.select(a=t.mp.cast("map<string, float64>")),
    cast_struct=lambda t, u: t.select(a=t.st.cast("struct<x: string, y: string>")),
    try_cast=lambda t, u: t.select(a=t.s.try_cast("int64"), b=t.s.try_cast("float64"), c=t.s.try_cast("date"), d=t.url.try_cast("timestamp")),
)

# ---- numbers ----
cases(
    arithmetic=lambda t, u: t.select(a=t.i32 + 1, b=t.i32 - t.i64, c=t.i32 * 2 + 3, d=t.i32 / 2, e=t.i64 % 4, f=-(t.i32 + 1), g=(t.i32 + 1) * (t.i64 - 2), h=t.i32 - (t.i64 - t.i16), i=t.i32 // 2, j=t.f64.nullif(NAN) // 2, k=2 - t.i32, l=-(-t.i32), m=t.f64 * -1.5, n=t.i64 - -3, o=t.dec * t.dec + 1),
    divide=lambda t, u: t.select(a=t.i32 / 3, b=t.id / t.id, c=t.f64 / t.g, d=t.dec / 2, e=t.i64 / 4 * 2, f=8 / t.id, g=t.i32 / (t.id / 2)),
    power=lambda t, u: t.select(a=t.i32**2, b=t.f64**t.g, c=(t.i32 + 1) ** (t.id - 1), d=-(t.id**2)),
    bits=lambda t, u: t.select(a=t.i32 & 3, b=t.i32 | t.id, c=t.i32 ^ 5, d=~t.i32, e=t.id << 2, f=t.i64 >> 1, g=(t.i32 & 3) | 4, h=(t.id ^ 1) & ~t.id, i=(t.id << 1) + 1, j=t.id << (t.id % 3)),
    rounding=lambda t, u: t.select(a=t.f64.nullif(NAN).ceil(), b=t.f32.nullif(NAN).floor(), c=t.f32.nullif(NAN).round(), d=t.f64.round(1), e=t.dec.round(1), f=t.dec.ceil(), g=t.dec.floor(), h=t.i32.round(-1)),
    maths=lambda t, u: t.select(a=t.i32.abs(), b=t.f64.sign(), c=t.id.sqrt(), d=t.f64.exp(), e=t.id.ln(), f=t.id.log(3), g=t.id.log2(), h=t.id.log10(), i=t.id.log(2), j=t.id.log(10), k=t.id.log(), l=t.id.log(t.f32)),
    trig=lambda t, u: t.select(a=t.f64.sin(), b=t.f64.cos(), c=t.f64.tan(), d=t.f64.asin(), e=t.f64.acos(), f=t.f64.atan(), g=t.f64.atan2(t.g), h=t.id.cot(), i=t.f64.radians(), j=t.f64.degrees()),
    constants=lambda t, u: t.select(a=ibis.pi, b=ibis.e, c=ibis.pi * t.f64),
    nan_inf=lambda t, u: t.select(a=t.f64.isnan(), b=t.g.isinf(), c=~t.f64.isnan()),
    clip=lambda t, u: t.select(a=t.i32.clip(0, 5), b=t.i32.clip(lower=t.id), c=t.i32.clip(upper=3)),
    bucket=lambda t, u: t.select(a=t.i32.bucket([0, 3, 10]), b=t.i32.bucket([0, 3, 10], include_over=True, include_under=True, close_extreme=False), c=t.i32.bucket([0, 5], closed="right", include_under=True)),
    histogram=lambda t, u: t.select(a=t.i32.histogram(nbins=3)),
    random=lambda t, u: t.select(t.id, a=ibis.random() < 2, b=ibis.uuid().cast("string").length()),
)

# ---- logic and comparison ----
cases(
    comparisons=lambda t, u: t.select(a=t.i32 == 3, b=t.i32 != t.id, c=t.f64 < t.g, d=t.f64 <= t.g, e=t.s > t.s2, f=t.s >= "b", g=(t.i32 > 1) == t.b, h=t.d < t.d2, i=t.ts >= t.ts2, j=t.b == True),  # noqa: E712
    logic=lambda t, u: t.select(a=t.b & t.b2, b=t.b | t.b2, c=~t.b, d=t.b ^ t.b2, e=(t.b | t.b2) & ~t.b, f=t.b & (t.b2 & t.b), g=t.b | (t.b2 | (t.i32 > 1)), h=(t.b & t.b2) | (t.b & t.b), i=~(t.b & t.b2), j=~~t.b, k=(t.i32 == 3) & (t.id == 1) & (t.i64 > 3)),
    nulls=lambda t, u: t.select(a=t.i32.isnull(), b=t.i32.notnull(), c=~t.i32.isnull(), d=t.i32.fill_null(0), e=t.i32.nullif(3), f=ibis.coalesce(t.i32, t.id, 7), g=t.i32.identical_to(t.id), h=(t.i32 + 1).isnull(), i=(t.i32 > 1).isnull(), j=t.i32.isnull() == t.b, k=~t.i32.identical_to(3), l=t.i32.isnull() & t.b),
    between=lambda t, u: t.select(a=t.i32.between(0, 5), b=~t.i32.between(0, t.id), c=t.i32.between(0, 5) & t.b, d=t.i32.between(0, 5) == t.b, e=t.ts.between(t.ts2, t.ts)),
    isin=lambda t, u: t.select(a=t.i32.isin([1, 3, None]), b=t.s.isin(["abc", "x"]), c=t.s.notin(["abc"]), d=t.i32.isin([]), e=t.i32.notin([]), f=t.i32.isin([t.id, t.i64]), g=(t.i32 + 1).isin([4])),
    ifelse=lambda t, u: t.select(a=t.b.ifelse(1, 2), b=ibis.ifelse(t.i32 > 0, t.s, "n"), c=(t.i32 > 0).ifelse(t.i32, ibis.null()), d=ibis.ifelse(t.b, ibis.ifelse(t.b2, 1, 2), 3)),
    cases_=lambda t, u: t.select(a=t.i32.cases((3, "three"), (0, "zero"), else_="other"), b=ibis.cases((t.i32 > 0, "pos"), (t.i32 < 0, "neg")), c=t.s.cases(("abc", 1)), d=t.s.substitute({"abc": "ABC", "": "none"}), e=ibis.cases((t.b, t.i32), else_=t.id) + 1),
    greatest=lambda t, u: t.select(a=ibis.greatest(t.i32, t.id, 4), b=ibis.least(t.i32, t.id)),
    literal_predicates=lambda t, u: t.filter(ibis.literal(True)).select(t.id),
)

# ---- text ----
cases(
    text=lambda t, u: t.select(a=t.s.lower(), b=t.s.upper(), c=t.s.length(), d=t.s.strip(), e=t.s.lstrip(), f=t.s.rstrip(), g=t.s.reverse(), h=t.s.repeat(2), i=t.s.capitalize(), j=t.s2.ascii_str(), k=t.s * 3),
    substrings=lambda t, u: t.select(a=t.s.substr(1, 2), b=t.s.substr(1), c=t.s[1:3], d=t.s[:2], e=t.s[1:], f=t.s[0], g=t.s.left(2), h=t.s.right(2), i=t.s[t.id - 1 : t.id], j=t.s[-1], k=t.s.substr(-2, 2)),
    search=lambda t, u: t.select(a=t.s.find("b"), b=t.s.find("b", 1), c=t.s.contains("b"), d=t.s.startswith("a"), e=t.s.endswith("c"), f=t.s.find_in_set(["x", "abc"]), g=t.s.contains(t.s2), h=t.s.find(t.s2)),
    like=lambda t, u: t.select(a=t.s.like("a%"), b=t.s.ilike("A%"), c=~t.s.like("%b%"), d=t.s.like(["a%", "%x"]), e=t.s.rlike("a.c"), f=~t.s.ilike("A_C")),
    like_compared=lambda t, u: t.select(g=t.s.like("a%") == t.b),
    regex=lambda t, u: t.select(a=t.s.re_search("[a-b]+"), b=t.s.re_extract("(a)(b)", 1), c=t.s.re_replace("[ab]", "z"), d=t.url.re_split("[/:]+"), e=t.s.re_extract("(a)(b)", 0)),
    replace=lambda t, u: t.select(a=t.s.replace("b", "xx"), b=t.s.translate("abc", "xyz"), c=t.s.replace(t.s2, "q")),
    pad=lambda t, u: t.select(a=t.s.lpad(5, "*"), b=t.s.rpad(5, "*"), c=t.s.lpad(t.id, " ")),
    concat=lambda t, u: t.select(a=t.s + t.s2, b=t.s + "x" + t.s2, c=t.s.concat("a", t.s2), d=ibis.literal("-").join([t.s, t.s2]), e="p" + t.s),
    split=lambda t, u: t.select(a=t.s.split("b"), b=t.s.split("b")[0], c=t.url.split("/").length()),
    levenshtein=lambda t, u: t.select(a=t.s.levenshtein(t.s2), b=t.s.levenshtein("abd")),
    urls=lambda t, u: t.select(a=t.url.authority(), b=t.url.fragment(), c=t.url.host(), d=t.url.path(), e=t.url.protocol(), f=t.url.query(), h=t.url.userinfo()),
    url_parameter=lambda t, u: t.filter(t.id == 1).select(a=t.url.query("k")),
    text_chain=lambda t, u: t.select(a=t.s.upper().strip().substr(0, 2).length() + 1),
)

# ---- time ----
cases(
    date_parts=lambda t, u: t.select(a=t.d.year(), b=t.d.month(), c=t.d.day(), d=t.d.quarter(), e=t.d.day_of_year(), f=t.d.week_of_year(), h=t.d.day_of_week.index(), i=t.d.day_of_week.full_name()),
    date_epoch=lambda t, u: t.select(a=t.d.epoch_seconds()),
    timestamp_parts=lambda t, u: t.select(a=t.ts.year(), b=t.ts.month(), c=t.ts.day(), d=t.ts.hour(), e=t.ts.minute(), f=t.ts.second(), g=t.ts.millisecond(), h=t.ts.microsecond(), i=t.ts.epoch_seconds(), j=t.ts.day_of_week.index(), k=t.ts.day_of_week.full_name(), l=t.ts.quarter(), m=t.ts.week_of_year(), n=t.ts.day_of_year()),
    time_parts=lambda t, u: t.select(a=t.tm.hour(), b=t.tm.minute(), c=t.tm.second(), d=t.tm.millisecond()),
    time_microseconds=lambda t, u: t.select(a=t.tm.microsecond()),
    truncate=lambda t, u: t.select(a=t.ts.truncate("Y"), b=t.ts.truncate("Q"), c=t.ts.truncate("M"), d=t.ts.truncate("W"), e=t.ts.truncate("D"), f=t.ts.truncate("h"), g=t.ts.truncate("m"), h=t.ts.truncate("s"), i=t.d.truncate("M"), j=t.d.truncate("Y"), k=t.tz.truncate("D")),
    time_truncate=lambda t, u: t.select(a=t.tm.truncate("h")),
    dates=lambda t, u: t.select(a=t.ts.date(), b=t.ts.time(), c=t.d - t.d2, d=t.ts - t.ts2, e=t.ts.strftime("%Y-%m-%d"), f=t.d.strftime("%d"), g=(t.d - ibis.interval(days=1)).year()),
    time_arithmetic=lambda t, u: t.select(a=t.tm + ibis.interval(hours=1), b=t.tm - ibis.interval(minutes=1)),
    time_difference=lambda t, u: t.select(a=t.tm - t.tm),
    interval_arithmetic=lambda t, u: t.select(a=t.ts + (ibis.interval(days=1) + ibis.interval(days=2)), c=t.ts - (ibis.interval(days=4) - ibis.interval(days=1))),
    interval_multiply=lambda t, u: t.select(b=t.ts + ibis.interval(days=2) * 3, d=t.ts + t.i32.as_interval("D") * 2),
    now=lambda t, u: t.select(t.id, a=ibis.now() > t.ts, b=ibis.today() > t.d, c=ibis.now().year() > 2000),
    from_parts=lambda t, u: t.select(a=ibis.date(2020, t.id, 3), b=ibis.timestamp(2020, t.id, 3, 4, 5, 6), c=t.i64.as_timestamp("s"), d=t.i64.as_timestamp("ms"), e=t.i64.as_timestamp("us"), f=t.i64.as_timestamp("ns")),
)

# ---- nested values ----
cases(
    arrays=lambda t, u: t.select(a=t.ai.length(), b=t.ai[0], c=t.ai[t.id - 1], d=t.ai.contains(2), e=t.ai.index(2), f=t.ai.remove(2), g=t.ai.unique(), h=t.ai.sort(), i=t.ai * 2, j=t.ai[-1], k=t.ai.repeat(t.id)),
    array_sets=lambda t, u: t.select(a=t.ai.concat(t.ai2), b=t.ai.union(t.ai2).sort(), d=t.ai + t.ai2 + t.ai),
    array_intersect=lambda t, u: t.filter(t.id == 1).select(c=t.ai.intersect(t.ai2)),
    array_make=lambda t, u: t.select(a=ibis.array([t.i32, t.id.cast("int32")]), b=ibis.array([t.s, "x"]), c=ibis.array([t.ai, t.ai2])),
    array_join=lambda t, u: t.select(a=t.as_.join("-"), b=ibis.literal(",").join(t.as_)),
    array_flatten=lambda t, u: t.select(a=t.aai.flatten()),
    array_any=lambda t, u: t.select(a=t.ab.anys(), b=t.ab.alls()),
    unnest=lambda t, u: t.select(t.id, a=t.ai.unnest()),
    unnest_more=lambda t, u: t.select(t.id, a=t.aai.unnest()).select(_.id, b=_.a.length()),
    unnest_group=lambda t, u: t.select(a=t.ai.unnest()).group_by("a").agg(n=_.count()),
    structs=lambda t, u: t.select(a=t.st.x, b=t.st["y"], c=t.st.x + 1, d=ibis.struct({"p": t.i32, "q": t.s}), e=ibis.struct({"p": t.i32}).p),
    struct_lift=lambda t, u: t.select(t.id, t.st).unpack("st"),
    struct_filter=lambda t, u: t.filter(t.st.x > 0).select(t.id, t.st.y),
    struct_isin=lambda t, u: (lambda x: x.filter(x.p.isin(x.p)))(t.select(p=ibis.struct({"a": t.id, "b": t.s}))),
    maps=lambda t, u: t.select(a=t.mp.length(), b=t.mp["a"], c=t.mp.get("zz", 9), d=t.mp.contains("a"), e=t.mp.keys(), f=t.mp.values(), g=t.mp.get("b")),
    map_make=lambda t, u: t.filter(t.ai2.notnull()).select(a=ibis.map(ibis.array([t.s2]), ibis.array([t.id]))),
    json=lambda t, u: t.select(a=ibis.literal('{"a": 1}').cast("json")["a"]),
    json_index=lambda t, u: t.select(a=t.s.cast("json")[0]),
)

# ---- aggregates ----
cases(
    counts=lambda t, u: t.agg(a=t.count(), b=t.i32.count(), c=t.i32.nunique(), d=t.count(where=t.b), e=t.i32.count(where=t.i64 > 0), f=t.s.approx_nunique(), g=t.i32.nunique(where=t.b)),
    sums=lambda t, u: t.agg(a=t.i32.sum(), b=t.i32.mean(), c=t.i32.min(), d=t.s.max(), e=t.b.sum(), f=t.b.mean(), g=t.b.any(), h=t.b.all(), i=t.i32.sum(where=t.b), j=t.b.min(), k=t.b.max(), l=(t.i32 > 0).sum(), m=t.dec.sum(), n=t.f32.sum(), o=t.dec.mean(), p=~t.b.any(), q=(t.b.any(where=t.b2))),
    not_filtered=lambda t, u: t.agg(a=~t.b.any(where=t.b2), b=~t.b.all(where=t.i32 > 0), c=t.b.notany(), d=t.b.notall()),
    stats=lambda t, u: t.agg(a=t.i32.var(), b=t.i32.var(how="pop"), c=t.i32.std(), d=t.i32.std(how="pop"), e=t.i32.cov(t.id), f=t.i32.cov(t.id, how="pop"), g=t.i32.corr(t.id), h=t.b.cov(t.id), i=t.i32.var(where=t.b), j=t.b.corr(t.b2), k=t.i32.corr(t.id, where=t.b)),
    medians=lambda t, u: t.agg(a=t.i32.median(), b=t.i32.approx_median(), c=t.i32.approx_quantile(0.5), d=t.i32.approx_quantile(0.25, where=t.b), e=t.i32.median(where=t.b)),
    bit_aggregates=lambda t, u: t.agg(a=t.i32.bit_and(), b=t.i32.bit_or(), c=t.i32.bit_xor(), d=t.i32.bit_and(where=t.b)),
    first_last=lambda t, u: t.agg(a=t.i32.first(order_by=t.id), b=t.i32.last(order_by=t.id), c=t.i32.first(order_by=t.id.desc(), include_null=True), d=t.i32.last(order_by=[t.b, t.id], where=t.b), e=t.i32.arbitrary(where=t.id == 1), f=t.i32.argmin(t.id), g=t.i32.argmax(t.id), h=t.i32.argmin(t.id, where=t.b), i=t.i32.first(order_by=t.id, include_null=True, where=t.id > 2)),
    collects=lambda t, u: t.agg(a=t.i32.collect(order_by=t.id), b=t.i32.collect(order_by=t.id.desc(), include_null=True), c=t.s.group_concat(), d=t.s.group_concat("|", where=t.id == 1), e=t.i32.collect(where=t.id == 2)),
    group_by=lambda t, u: t.group_by("s").agg(n=_.count(), m=_.i32.sum()),
    group_expr=lambda t, u: t.group_by(k=t.i32 % 2, y=t.d.year()).agg(n=_.count(), m=_.i64.max()),
    group_only=lambda t, u: t.group_by("s", "b").agg(),
    group_agg_all=lambda t, u: t.agg(n=t.count()).mutate(x=_.n + 1),
    having=lambda t, u: t.group_by("s").having(_.count() > 1).agg(m=_.i32.sum()),
    having_expr=lambda t, u: t.group_by("s").agg(m=_.i32.sum()).filter(_.m > 0).order_by("m"),
    value_counts=lambda t, u: t.s.value_counts(),
    nunique_group=lambda t, u: t.group_by(k=_.id % 2).agg(a=_.s.nunique(), b=_.count(), c=_.i32.sum(where=_.b)),
    topk=lambda t, u: t.id.topk(2, by=_.id.max()),
    describe_like=lambda t, u: t.agg(**{f"min_{c}": t[c].min() for c in ("i8", "f32", "s", "d", "ts")}),
    scalar_agg=lambda t, u: t.i32.sum(),
    scalar_expr=lambda t, u: t.i32.max() - t.i32.min() + 1,
    agg_in_filter=lambda t, u: t.filter(t.i32 > t.i32.mean()).select(t.id),
    agg_in_select=lambda t, u: t.select(t.id, d=t.i32 - t.i32.mean()),
)

# ---- windows ----
W = dict(order_by="id")
cases(
    ranks=lambda t, u: t.select(t.id, a=ibis.row_number().over(order_by=t.id), b=ibis.rank().over(order_by=t.s), c=ibis.dense_rank().over(order_by=[t.s.desc(), t.id]), d=ibis.percent_rank().over(order_by=t.i32), e=ibis.cume_dist().over(order_by=t.i32), g=t.s.rank(), h=t.i32.percent_rank(), f=ibis.ntile(3).over(order_by=t.id)),
    ranks_by_group=lambda t, u: t.select(t.id, a=ibis.row_number().over(group_by=t.s, order_by=t.id), b=ibis.rank().over(ibis.window(group_by=[t.s, t.b], order_by=t.id))),
    offsets=lambda t, u: t.select(t.id, a=t.i32.lag().over(order_by=t.id), b=t.i32.lead().over(order_by=t.id), c=t.i32.lag(2).over(order_by=t.id), d=t.i32.lead(1, -1).over(order_by=t.id), e=t.i32.lag(default=0).over(order_by=t.id)),
    values_=lambda t, u: t.select(t.id, a=t.i32.first().over(order_by=t.id), b=t.i32.last().over(order_by=t.id), c=t.i32.nth(1).over(order_by=t.id), d=t.i32.first().over(group_by=t.s, order_by=t.id), e=t.i32.first(include_null=True).over(order_by=t.id)),
    sums_over=lambda t, u: t.select(t.id, a=t.i32.sum().over(group_by=t.s), b=t.i32.cumsum(order_by=t.id), c=t.i32.cummax(order_by=t.id, group_by=t.s), d=t.i32.cummin(order_by=t.id), e=t.i32.cummean(order_by=t.id), f=t.i32.sum().over(), g=t.count().over(group_by=t.b)),
    frames_rows=lambda t, u: t.select(t.id, a=t.i32.sum().over(rows=(-2, 0), order_by=t.id), b=t.i32.sum().over(rows=(-1, 1), order_by=t.id), c=t.i32.sum().over(rows=(None, 0), order_by=t.id), d=t.i32.sum().over(rows=(0, None), order_by=t.id), e=t.i32.sum().over(ibis.trailing_window(2, order_by=t.id)), f=t.i32.max().over(rows=(1, 2), order_by=t.id)),
    frames_range=lambda t, u: t.select(t.id, a=t.i32.sum().over(range=(-2, 0), order_by=t.id), b=t.i32.sum().over(range=(-1, 1), order_by=t.id.desc()), c=t.i32.sum().over(range=(None, None), order_by=t.id), d=t.i32.max().over(range=(0, 2), order_by=t.id)),
    frames_interval=lambda t, u: t.select(t.id, a=t.i32.sum().over(ibis.range_window(preceding=ibis.interval(days=400), following=0, order_by=t.ts))),
    window_filter=lambda t, u: t.filter(ibis.row_number().over(group_by=t.s, order_by=t.id) == 0).select(t.id, t.s),
    window_filter_more=lambda t, u: t.select(t.id, t.s, t.i32).mutate(r=ibis.rank().over(order_by=t.id)).filter(_.r < 3),
    window_of_expr=lambda t, u: t.select(t.id, a=(t.i32 - t.i32.mean().over(group_by=t.s)) / 2, b=t.i32.sum(where=t.b).over(order_by=t.id)),
    window_of_group=lambda t, u: t.group_by("s").mutate(m=_.i32.max()).select("id", "m"),
    window_after_group=lambda t, u: t.group_by("s").agg(n=_.count()).mutate(r=ibis.row_number().over(order_by=[ibis.desc("n"), "s"])),
    window_nulls=lambda t, u: t.select(t.id, a=ibis.row_number().over(order_by=t.i32.asc(nulls_first=True)), b=ibis.row_number().over(order_by=[t.i32.desc(nulls_first=True), t.id])),
    qualify_expr=lambda t, u: t.filter(t.i32.sum().over(group_by=t.s) > 1).filter(_.id > 1).order_by("id").select("id"),
)

# ---- relations ----
cases(
    table_itself=lambda t, u: t,
    project=lambda t, u: t[["id", "s"]],
    odd_names=lambda t, u: t.select(t["Odd Name"], **{'a"b': t.id, "select": t.s, "Ü x": t.i32 + 1}),
    mutate=lambda t, u: t.select("id", "i32").mutate(x=_.i32 + 1).mutate(y=_.x * 2),
    rename=lambda t, u: t.select("id", "i32").rename(key="id"),
    drop=lambda t, u: t.drop("id", "s"),
    drop_few=lambda t, u: t.select("id", "s", "i32").drop("s"),
    filter_=lambda t, u: t.filter(t.i32 > 0, t.b).select("id"),
    filter_or=lambda t, u: t.filter((t.i32 > 0) | t.b.isnull()).select("id"),
    filter_chain=lambda t, u: t.filter(t.i32 > 0).select("id", "s").filter(_.s == "abc"),
    order=lambda t, u: t.select("id", "i32").order_by(t.i32.desc(), t.id),
    order_nulls=lambda t, u: t.select("id", "i32").order_by(t.i32.asc(nulls_first=True), t.id.desc(nulls_first=True)),
    order_expr=lambda t, u: t.order_by(t.i32 % 2, -t.id).select("id", "i32"),
    limit=lambda t, u: t.select("id").order_by("id").limit(2),
    limit_offset=lambda t, u: t.select("id").order_by("id").limit(2, offset=1),
    offset=lambda t, u: t.select("id").order_by("id").limit(None, offset=4),
    limit_expr=lambda t, u: t.select("id").order_by("id").limit(u.count() - 2),
    limit_inner=lambda t, u: t.select("id").order_by("id").limit(4).filter(_.id > 1),
    distinct=lambda t, u: t.select("s", "b").distinct(),
    distinct_on=lambda t, u: t.select("s", "i32").distinct(on="s", keep="first"),
    distinct_ordered=lambda t, u: t.select("s").distinct().order_by("s"),
    union=lambda t, u: t.select("id", "s").union(u.select("id", "s")),
    union_distinct=lambda t, u: t.select("id", "s").union(u.select("id", "s"), distinct=True),
    union_three=lambda t, u: ibis.union(t.select("id"), u.select("id"), t.select("id")),
    intersect=lambda t, u: t.select("s").intersect(u.select("s")),
    intersect_all=lambda t, u: t.select("s").intersect(u.select("s"), distinct=False),
    difference=lambda t, u: t.select("s").difference(u.select("s")),
    difference_all=lambda t, u: t.select("s").difference(u.select("s"), distinct=False),
    union_order=lambda t, u: t.select("id").union(u.select("id")).order_by("id").limit(3),
    union_nested=lambda t, u: t.select("s").union(u.select("s")).difference(u.select("s")).union(t.select("s").intersect(u.select("s"))),
    union_table=lambda t, u: u.union(u),
    join_inner=lambda t, u: t.join(u, t.id == u.id).select(t.id, u.v),
    join_name=lambda t, u: t.select("id", "s").join(u.select("id", "v"), "id"),
    join_left=lambda t, u: t.left_join(u, t.i64 == u.k).select(t.id, u.v),
    join_right=lambda t, u: t.right_join(u, t.i64 == u.k).select(t.id, u.v),
    join_outer=lambda t, u: t.outer_join(u, t.i64 == u.k).select(t.id, u.v),
    join_semi=lambda t, u: t.semi_join(u, t.i64 == u.k).select("id"),
    join_anti=lambda t, u: t.anti_join(u, t.i64 == u.k).select("id"),
    join_cross=lambda t, u: t.select("id").cross_join(u.select("k")),
    join_many=lambda t, u: t.join(u, [t.id == u.id, t.i64 == u.k]).select(t.id, u.s),
    join_inequality=lambda t, u: t.join(u, [t.id == u.id, t.f64 < u.v]).select(t.id, u.v),
    join_chain=lambda t, u: t.join(u, t.id == u.id).join(u.view(), t.s == u.s).select(t.id),
    join_self=lambda t, u: t.join(t.view(), "id").select("id", "s_right"),
    join_names=lambda t, u: t.select("id", "s").join(u.select("id", "s"), "id", lname="l_{name}", rname="r_{name}"),
    join_aggregate=lambda t, u: t.join(u.group_by("s").agg(n=_.count()), "s").select("id", "n"),
    join_of_unions=lambda t, u: t.select("id").union(u.select("id")).join(u.select("id", "v"), "id"),
    cte_shared=lambda t, u: (lambda x: x.join(x.view(), "id"))(t.filter(t.i32 > 0).select("id", "s")),
    alias=lambda t, u: t.select("id", "i32").alias("named").filter(_.id > 2),
    unbound=lambda t, u: ibis.table({"id": "int64", "s": "string"}, name="t").filter(_.id > 1),
    unbound_path=lambda t, u: ibis.table({"id": "int64"}, name="t", catalog="datafusion", database="public"),
    sql_view=lambda t, u: ops.SQLStringView(parent=t.select("id", "i32"), query="SELECT id, i32 + 1 AS x FROM t WHERE id > 1", schema=ibis.schema({"id": "int64", "x": "int64"})).to_expr().order_by("id"),
    sql_query=lambda t, u: ops.SQLQueryResult(query="SELECT s, count(*) AS n FROM t WHERE i32 > 0 GROUP BY s", schema=ibis.schema({"s": "string", "n": "int64"}), source=None).to_expr().filter(_.n > 0),
    dummy=lambda t, u: ibis.literal(1).name("x").as_table(),
    dummy_more=lambda t, u: ibis.row(a=1, b="x").as_table() if hasattr(ibis, "row") else ibis.literal(2).as_table(),
    memtable=lambda t, u: ibis.memtable({"a": [1, 2, 3], "b": ["x", None, "z"]}).filter(_.a > 1),
    sample=lambda t, u: t.select("id").sample(0.9999999),
    subquery_in=lambda t, u: t.filter(t.s.isin(u.s)).select("id"),
    subquery_not_in=lambda t, u: t.filter(t.s.notin(u.filter(u.s.notnull()).s)).select("id"),
    subquery_in_union=lambda t, u: t.filter(t.s.isin(u.select("s").union(u.select("s")).s)).select("id"),
    subquery_scalar=lambda t, u: t.filter(t.f64 < u.v.nullif(NAN).max()).select("id"),
    subquery_as_scalar=lambda t, u: t.mutate(m=u.filter(u.k == 0).agg(m=_.id.count()).as_scalar()).select("id", "m"),
    subquery_exists=lambda t, u: t.filter((t.s == u.s).any()).select("id"),
    subquery_not_exists=lambda t, u: t.filter(~((t.s == u.s) & (u.k > 0)).any()).select("id"),
    pivot_longer=lambda t, u: t.select("id", "i32", "i64").pivot_longer(["i32", "i64"], names_to="n", values_to="v"),
    pivot_wider=lambda t, u: t.select("id", "s", "i32").pivot_wider(names_from="s", values_from="i32", names=["abc", "z"], values_agg="max"),
    fill_null=lambda t, u: t.select("id", "i32").fill_null({"i32": 0}),
    drop_null=lambda t, u: t.select("id", "i32", "s").drop_null(["i32"]),
    relocate=lambda t, u: t.select("id", "i32", "s").relocate("s", before="id"),
    column=lambda t, u: t.s,
    column_expr=lambda t, u: (t.i32 + 1).name("q"),
    everything=lambda t, u: t.join(u, t.id == u.id, how="left").filter(t.i32.notnull()).group_by(t.s).agg(n=_.count(), m=_.v.max()).filter(_.n > 0).order_by(ibis.desc("n"), "s").limit(5),
    empty_group=lambda t, u: t.filter(t.id > 100).group_by("s").agg(n=_.count()),
    empty_agg=lambda t, u: t.filter(t.id > 100).agg(n=_.count(), m=_.i32.sum(), c=_.i32.collect()),
    many_columns=lambda t, u: t.select(**{f"c{i}": t.id + i for i in range(40)}),
    long_sum=lambda t, u: t.select(a=sum([t.id + i for i in range(60)])),
    long_or=lambda t, u: t.filter(ibis.or_(*[t.id == i for i in range(40)])).select("id"),
    window_join=lambda t, u: t.select("id", r=ibis.row_number().over(order_by=t.id)).join(u, "id").select("r", "v"),
)

# ---- functions of users ----
cases(
    udf_builtin=lambda t, u: t.select(a=initcap(t.s)),
    udf_aggregate=lambda t, u: t.agg(a=regr_slope(t.f64, t.g), b=regr_slope(t.id.cast("float64"), t.i32.cast("float64"), where=t.b)),
    udf_pyarrow=lambda t, u: t.select(a=plus_one(t.i64)),
    udf_elementwise=lambda t, u: t.select(a=ops.ElementWiseVectorizedUDF(func=twice, func_args=[t.i64], input_type=[dt.int64], return_type=dt.int64).to_expr()),
)
