"""DataFusion's own test files: the crate datafusion-sqllogictest, which cargo fetches as source, and the records of its *.slt files."""
import pathlib
import re
import subprocess
import os

ROOT = pathlib.Path(__file__).resolve().parents[2]
CRATE = "datafusion-sqllogictest"


def locked(lock, package):
    """The version of a package in a Cargo.lock."""
    found = re.search(rf'name = "{package}"\nversion = "([^"]+)"', (ROOT / lock).read_text(encoding="utf-8"))
    if not found:
        raise SystemExit(f"{lock} has no {package}")
    return found[1]


def folder():
    """Where cargo keeps the unpacked source; fetched where it is not there yet."""
    name = f"{CRATE}-{locked('engine/datafusion/Cargo.lock', 'datafusion')}"
    home = pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")
    for again in (False, True):
        for found in sorted((home / "registry/src").glob(f"*/{name}/test_files")):
            return found
        if not again:
            package, version = name.rsplit("-", 1)
            # `cargo info` downloads, verifies and unpacks one crate and nothing that it depends on. It runs outside any workspace.
            subprocess.run(["cargo", "info", "--quiet", f"{package}@{version}"], cwd="/", stdout=subprocess.DEVNULL, check=True)
    raise SystemExit(f"cargo did not unpack {name} below {home}/registry/src")


class Record:
    """One statement of a test file. kind: query or statement; fails: an error is expected; dialect: what the session reads with there."""
    __slots__ = ("place", "kind", "fails", "sql", "dialect")

    def __init__(self, place, kind, fails, sql, dialect):
        self.place, self.kind, self.fails, self.sql, self.dialect = place, kind, fails, sql, dialect


SET_DIALECT = re.compile(r"\s*set\s+datafusion\.sql_parser\.dialect\s*(?:=|to)\s*'?(\w+)'?", re.I)
RESET_DIALECT = re.compile(r"\s*reset\s+datafusion\.sql_parser\.dialect\b", re.I)
DIRECTIVE = re.compile(r"#|(query|statement|include|skipif|onlyif|control|hash-threshold)\b")
SINGLE = {"include", "skipif", "onlyif", "control", "hash-threshold", "halt", "sleep", "subtest", "connection", "system", "let"}


def records(path, name, follow=False):
    """The records of one file, in order; follow: those of the files that it includes too, in their places."""
    usual = "spark" if name.startswith("spark/") else "generic"
    dialect = usual
    lines = path.read_text(encoding="utf-8").split("\n")
    i = 0
    while i < len(lines):
        words = lines[i].split()
        if follow and words[:1] == ["include"]:
            for part in sorted(path.parent.glob(words[1])):
                yield from records(part, (pathlib.PurePosixPath(name).parent / part.relative_to(path.parent)).as_posix(), True)
        if not words or words[0].startswith("#") or words[0] in SINGLE:
            i += 1
            continue
        if words[0] not in ("query", "statement") or lines[i][0].isspace():
            raise SystemExit(f"{name}:{i + 1}: not a record: {lines[i]}")
        fails, at = len(words) > 1 and words[1] == "error", i + 1
        i += 1
        first = i
        i += 1  # the first line is the statement's even where it is empty
        while i < len(lines) and lines[i] and lines[i] != "----":
            i += 1
        sql = "\n".join(lines[first:i])
        if i < len(lines) and lines[i] == "----":
            i += 1
            # An expected message may hold empty lines: two of them end it.
            while i < len(lines) and (lines[i] or (fails and i + 1 < len(lines) and lines[i + 1] and not DIRECTIVE.match(lines[i + 1]))):
                i += 1
        found = SET_DIALECT.match(sql)
        yield Record(f"{name}:{at}", words[0], fails, sql, dialect)
        if found:
            dialect = found[1].lower()
        elif RESET_DIALECT.match(sql):
            dialect = usual


def suite():
    top = folder()
    out = []
    files = sorted(p for pattern in ("*.slt", "*.slt.part") for p in top.rglob(pattern))
    for path in files:
        out.extend(records(path, path.relative_to(top).as_posix()))
    return files, out
