"""Columns of one hash are equal: random queries and changed copies of them, compiled for the hashes of their outputs; where two queries share some, both run, and the
rows of the shared columns, side by side, must be the same bag. A copy has a part of one sort in the place of another; most copies change what their columns are, so
a hash that leaves something out is found by the rows that differ."""
import json

import equivalence
import made_data
import random_queries
from equivalence import ROOT

COPIES, COMPARED = 6, 4


def changed(part, pool, r):
    """The text of the query with one part put in another one's place."""
    at = [part, *part.inside()][r.below(1 + sum(1 for _ in part.inside()))]
    others = [p for p in pool[at.sort] if p is not at]
    small = at.sort in random_queries.SMALLEST and (not others or r.below(5) < 2)
    if not small and not others:
        return part.text()
    kept, at.parts = at.parts, [random_queries.SMALLEST[at.sort] if small else others[r.below(len(others))].text()]
    text = part.text()
    at.parts = kept
    return text


class Seed:
    def __init__(self, seed, count):
        self.ddl, self.parts = random_queries.queries(seed, count)
        self.r = made_data.Numbers(seed * 31 + 5)
        self.batch = equivalence.Batch(ROOT)
        self.hashes, self.rows, self.by_hash = {}, {}, {}
        for statement in self.ddl:
            self.batch.ask("baseline", sql=statement)

    def note(self, sql):
        if sql in self.hashes:
            return
        a = self.batch.ask("compile", sql=sql, options={"columns": True})
        self.hashes[sql] = [c["hash"] for c in a["columns"]["columns"]] if a["ok"] and a["ast_fingerprint"] else []
        for h in dict.fromkeys(self.hashes[sql]):
            self.by_hash.setdefault(h, []).append(sql)

    def run(self, sql):
        if sql not in self.rows:
            a = self.batch.ask("query", sql=sql)
            self.rows[sql] = a["rows"] if a["ok"] else None
        return self.rows[sql]

    def compare(self):
        """How many columns were compared, and what is wrong."""
        pool = {}
        for part in self.parts:
            for p in (part, *part.inside()):
                pool.setdefault(p.sort, []).append(p)
        for part in self.parts:
            self.note(part.text())
            for _ in range(COPIES):
                self.note(changed(part, pool, self.r))
        columns, bad = 0, []
        for queries in self.by_hash.values():
            sure = [q for q in queries if "LIMIT" not in q][:COMPARED]  # which rows a LIMIT leaves may be anybody's choice
            for other in sure[1:]:
                one, two = self.run(sure[0]), self.run(other)
                if one is None or two is None:
                    continue
                places = [(i, self.hashes[other].index(h)) for i, h in enumerate(self.hashes[sure[0]]) if h in self.hashes[other]]
                columns += len(places)
                if sorted(json.dumps([row[i] for i, _ in places]) for row in one) != sorted(json.dumps([row[k] for _, k in places]) for row in two):
                    bad.append(f"columns {[i for i, _ in places]} of\n    {sure[0]}\n  are other rows than columns {[k for _, k in places]} of\n    {other}")
        self.batch.close()
        return columns, bad


def columns(seeds, count):
    compared, bad = 0, []
    for seed in seeds:
        n, wrong = Seed(seed, count).compare()
        compared += n
        bad += [f"seed {seed}: {w}" for w in wrong]
    if not compared:
        bad.append("no two queries share a column")
    return f"{compared} columns that share a hash", bad
