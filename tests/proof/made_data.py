"""Files that DataFusion's test files read and its crate does not carry: made from the columns that CREATE EXTERNAL TABLE declares, the same on every machine.
Columns that WITH ORDER names rise (or fall) together, so that each declared order is true."""
import pathlib
import re

ROWS = 100
HEAD = re.compile(r"\s*create\s+(?:or\s+replace\s+)?(?:unbounded\s+)?external\s+table\s+(?:if\s+not\s+exists\s+)?[\w.\"]+\s*\(", re.I)
LOCATION = re.compile(r"\blocation\s+'([^']+\.csv)'", re.I)
ORDER = re.compile(r"\bwith\s+order\s*\(", re.I)


def inside(text, start):
    """What stands between the parenthesis before `start` and its partner, split at its commas."""
    parts, depth, at = [], 0, start
    begin = start
    while at < len(text):
        c = text[at]
        if c == "(":
            depth += 1
        elif c == ")":
            if depth == 0:
                break
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [p.strip() for p in parts + [text[begin:at]] if p.strip()]


class Numbers:
    """A small generator of our own, so that the data never changes with Python's."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % n


def value(kind, required, r):
    if not required and r.below(10) == 0:
        return ""
    if re.match(r"tinyint unsigned", kind):
        return str(r.below(256))
    if kind.startswith("tinyint"):
        return str(r.below(256) - 128)
    if kind.startswith("smallint"):
        return str(r.below(2000) - 1000 if r.below(4) else r.below(65536) - 32768)
    if re.match(r"(int|integer)\s+unsigned", kind):
        return str(r.below(1 << 31) + r.below(1 << 31))
    if kind.startswith(("int", "bigint unsigned")):
        return str(r.below(5) if r.below(3) else r.below(1 << 30))
    if kind.startswith("bigint"):
        return str((r.below(1 << 31) << 30) - (r.below(1 << 31) << 30))
    if kind.startswith(("float", "real", "double")):
        return str(r.below(1 << 24) / (1 << 24)) if r.below(20) else "0.5"
    if kind.startswith(("decimal", "numeric")):
        return f"{r.below(1000)}.{r.below(10)}"
    if kind.startswith("bool"):
        return ("true", "false")[r.below(2)]
    if kind.startswith("date"):
        return f"20{r.below(30) + 10}-{r.below(12) + 1:02}-{r.below(28) + 1:02}"
    if kind.startswith("timestamp"):
        return f"20{r.below(30) + 10}-{r.below(12) + 1:02}-{r.below(28) + 1:02}T{r.below(24):02}:{r.below(60):02}:{r.below(60):02}"
    return "abcde"[r.below(5)] if r.below(2) else "".join("abcdefghij"[r.below(10)] for _ in range(1 + r.below(12)))


def ordered(kind, place, row, falling):
    """The later a column stands among those that rise together, the faster it rises."""
    at = row // max(1, ROWS // 2 ** (place + 1))
    if falling:
        at = ROWS - at
    if kind.startswith("timestamp"):
        return f"2024-01-01T{at // 60:02}:{at % 60:02}:00"
    if kind.startswith("date"):
        return f"2024-{at // 28 % 12 + 1:02}-{at % 28 + 1:02}"
    return str(at) if not kind.startswith(("varchar", "text", "string", "char", "utf8")) else f"{at:04}"


def make(sql, folder):
    """Writes the file that the statement reads, if it is a CSV file that is not there. folder: where the statement's paths begin."""
    head, location = HEAD.match(sql), LOCATION.search(sql)
    if not head or not location:
        return
    path = pathlib.Path(folder, location[1])
    if path.exists() or "scratch" in location[1]:
        return
    columns = []
    for column in inside(sql, head.end()):
        name, _, rest = column.partition(" ")
        if name.lower() not in ("primary", "unique", "constraint"):
            columns.append((name.strip('"').lower(), " ".join(rest.lower().split())))
    orders = {}
    for found in ORDER.finditer(sql):
        for item in inside(sql, found.end()):
            words = item.lower().replace('"', "").split()
            orders.setdefault(words[0], (len(orders), "desc" in words))
    keys = {n for n, kind in columns if "primary key" in kind} | {k.strip().lower() for m in re.findall(r"primary\s+key\s*\(([^)]*)\)", sql, re.I) for k in m.split(",")}
    r = Numbers(len(columns) + 7)
    lines = [",".join(n for n, _ in columns)] if re.search(r"has_header'?\s+'?true", sql, re.I) or "aggregate_test_100" in location[1] else []
    for row in range(ROWS):
        cells = []
        for name, kind in columns:
            if name in keys:
                cells.append(ordered(kind, 60, row, False))
            elif name in orders:
                cells.append(ordered(kind, orders[name][0], row, orders[name][1]))
            else:
                cells.append(value(kind, "not null" in kind, r))
        lines.append(",".join(cells))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
