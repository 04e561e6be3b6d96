#!/usr/bin/env python3
"""The whole proof over DataFusion's own test files: prove.py [--update] [--dump FILE] [NAME …].

Without names: all files, and every committed list must hold. --update writes docs/refusals.md and set_aside.txt anew; a query gets into set_aside.txt only
where DataFusion alone differs from itself. --dump writes one JSON line a query, for whoever looks for what to mend next."""
import collections
import json
import re
import sys

import equivalence
from equivalence import HERE, ROOT

SET_ASIDE = HERE / "set_aside.txt"
KNOWN = HERE / "known.txt"
REFUSALS = ROOT / "docs/refusals.md"
SET_ASIDE_AT_MOST = 3.0   # per cent
PASS_AT_LEAST = 97.0      # per cent of what DataFusion runs
NULLABILITY_AT_LEAST = 98.0


def read_list(path):
    """{line: reason} in the file's order."""
    out, reason = {}, None
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line.startswith("== "):
            reason = line[3:]
        elif line.strip() and not line.startswith("#"):
            out[line.strip()] = reason
    return out


def write_list(path, head, listed):
    groups = collections.defaultdict(list)
    for line, reason in listed.items():
        groups[reason].append(line)
    path.write_text(head + "".join(f"== {reason}\n" + "".join(line + "\n" for line in sorted(lines)) for reason, lines in sorted(groups.items())), encoding="utf-8")


def set_aside():
    """{place: reason}: what has no certain rows."""
    return read_list(SET_ASIDE)


def known():
    """{"aspect place": reason}: what is not as it should be, and stays so for now."""
    return read_list(KNOWN)


def pattern(reason):
    """A message without what is of the one query."""
    code, text = reason.split(" ", 1)
    text = re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"", "…", text.split("\n")[0])
    text = re.sub(r"\b(?:Timestamp|Decimal\d+|List|LargeList|FixedSizeList|ListView|LargeListView|Struct|Map|Dictionary|Union|Time\d+|Duration|RunEndEncoded)\(.*\)", "…", text)
    text = re.sub(r"\b(?:U?Int\d+|Float\d+|Large\w+|Utf8\w*|Binary\w*|Boolean|Date\d+|Interval\(\w+\)|Null)\b", "…", text)
    return f"{code} {re.sub(r'[0-9]+', 'N', text)[:160]}"


def print_refusals(outcomes):
    refused = collections.defaultdict(list)
    for o in outcomes:
        if o.status == "refused":
            refused[pattern(o.reason)].append(o)
    passed = sum(o.status in ("equal", "rows", "order", "schema") for o in outcomes)
    total = sum(map(len, refused.values()))
    out = ["# What is refused", "", "Printed by `make prove`: the queries of DataFusion's own test files that DataFusion runs and Belvedere refuses, by reason. A refusal says so before anything",
           f"runs; nothing is guessed. Of {passed + total} queries {total} are refused.", "", "| queries | code | reason | one of them |", "|---:|---|---|---|"]
    for text, those in sorted(refused.items(), key=lambda item: (-len(item[1]), item[0])):
        code, reason = text.split(" ", 1)
        one = min(those, key=lambda o: (len(o.sql), o.place))
        sql = " ".join(one.sql.split()).replace("|", "\\|")
        out.append(f"| {len(those)} | {code} | {reason.replace('|', chr(92) + '|')} | `{sql[:120] + ('…' if len(sql) > 120 else '')}` ({one.place}) |")
    return "\n".join(out) + "\n"


def update_set_aside(outcomes):
    different = collections.defaultdict(list)
    for o in outcomes:
        if o.status in ("rows", "order"):
            different[o.place.rsplit(":", 1)[0]].append(o)
    listed, kept = set_aside(), {}
    for o in outcomes:
        if o.place in listed and not listed[o.place].startswith("DataFusion alone"):
            kept[o.place] = listed[o.place]  # written by hand
    for name, those in sorted(different.items()):
        place_of = {o.place for o in those if o.place not in kept}
        whole = name if name.endswith(".slt") else None
        for candidate in [whole] if whole else including(name):
            kept.update(equivalence.unstable(candidate, place_of))
    write_list(SET_ASIDE, "# Queries whose rows may differ, by reason: `file:line` of DataFusion's test files. Written by `prove.py --update`.\n", kept)


def update_known(outcomes):
    listed, aside = known(), set_aside()
    now = {line: listed.get(line, "not yet") for o in outcomes for line in wrong(o, aside)}
    write_list(KNOWN, "# What differs from DataFusion, by reason: `aspect file:line` of its test files. New ones and stale ones fail. Written by `prove.py --update`.\n", now)


def wrong(o, aside):
    """{"aspect place": text} of one outcome."""
    out = {}
    if o.status in ("accepted", "rows", "order", "schema", "broken", "ended") and not (o.place in aside and o.status in ("rows", "order")):
        out[f"{o.status} {o.place}"] = f"{o.detail}\n    {o.sql[:500]}"
    if o.lane:
        out[f"lane {o.place}"] = f"{o.lane}\n    {o.sql[:500]}"
    return out


def including(part):
    """A file that includes this one."""
    for name in equivalence.files():
        if any(r.place.rsplit(":", 1)[0] == part for r in equivalence.script(name)):
            return [name]
    return []


def report(outcomes, listed, whole=False):
    """Numbers as text, and what is wrong as a list of texts."""
    count = collections.Counter(o.status for o in outcomes)
    aside = [o for o in outcomes if o.place in listed and o.status in ("rows", "order")]
    ran = [o for o in outcomes if o.status not in ("failed", "accepted", "ended")]
    compared = [o for o in ran if o.status not in ("refused", "broken")]
    listed_wrong, met = known(), set()
    bad = []
    for o in outcomes:
        for line, why in wrong(o, listed).items():
            met.add(line)
            if line not in listed_wrong:
                bad.append(f"{line}: {why}")
    if whole:
        bad += [f"known.txt: `{line}` holds by now, or is not in the suite" for line in listed_wrong if line not in met]
    per_cent = lambda n, of: 100.0 * n / of if of else 100.0
    nullable = sum(o.nullability for o in compared)
    passed = per_cent(len(compared), len(ran))
    numbers = (f"{len(outcomes)} queries: DataFusion runs {len(ran)}, both refuse {count['failed']}; {len(compared)} ran on both sides ({passed:.2f} %), {count['refused']} refused, "
               f"{count['equal']} equal, {len(aside)} set aside; schema: {count['schema']} differ in names or types, nullability is the same for "
               f"{per_cent(len(compared) - nullable, len(compared)):.2f} %; {sum(bool(o.lane) for o in outcomes)} not idempotent or without fingerprint; {count['accepted']} run that DataFusion refuses; "
               f"{len(met)} wrong, {len(bad)} of them new")
    return numbers, bad, passed, per_cent(len(aside), len(ran)), per_cent(len(compared) - nullable, len(compared))


def main():
    update, dump = "--update" in sys.argv, None
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--dump" in sys.argv:
        dump = sys.argv[sys.argv.index("--dump") + 1]
        names.remove(dump)
    chosen = names or equivalence.files()
    outcomes = equivalence.run_files(chosen, progress=sys.stderr.isatty())
    if dump:
        with open(dump, "w", encoding="utf-8") as f:
            for o in outcomes:
                f.write(json.dumps(vars(o)) + "\n")
    if update and not names:
        update_set_aside(outcomes)
        update_known(outcomes)
        REFUSALS.write_text(print_refusals(outcomes), encoding="utf-8")
    listed = set_aside()
    numbers, bad, passed, aside, nullable = report(outcomes, listed, not names)
    print(numbers)
    for b in bad[:200]:
        print(b)
    if not names:
        if passed < PASS_AT_LEAST:
            bad.append(f"{passed:.2f} % of what DataFusion runs passes the lane; {PASS_AT_LEAST} % are wanted")
        if aside > SET_ASIDE_AT_MOST:
            bad.append(f"{aside:.2f} % are set aside; {SET_ASIDE_AT_MOST} % may be")
        if nullable < NULLABILITY_AT_LEAST:
            bad.append(f"nullability is the same for {nullable:.2f} %; {NULLABILITY_AT_LEAST} % are wanted")
        if REFUSALS.read_text(encoding="utf-8") != print_refusals(outcomes):
            bad.append("docs/refusals.md is not what this run gives; --update writes it")
        for b in bad[-4:]:
            if "\n" not in b:
                print(b)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
