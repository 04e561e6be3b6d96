"""Random schemas, data and queries over what the lane rewrites, the same for a seed on every machine; a failing query is shrunk to a small one.

A query is a tree of parts (text and parts), each of a sort: a query, a relation, a condition, a number, a text, a clause. To shrink is to put in a part's place
one of the same sort from inside it, the smallest of its sort, or, for a clause, nothing."""
import made_data

# Names say what is in a column, so that tables share names whose types can be compared but differ.
TYPES = {
    "a": ["INT", "BIGINT", "SMALLINT"], "b": ["BIGINT", "INT"], "c": ["BIGINT", "INT UNSIGNED", "TINYINT"], "f": ["DOUBLE", "FLOAT"],
    "d": ["DECIMAL(10, 2)", "DECIMAL(6, 1)", "DECIMAL(20, 4)"], "s": ["VARCHAR"], "t": ["DATE", "TIMESTAMP"], "p": ["BOOLEAN"],
}
SORTS = {"a": "number", "b": "number", "c": "number", "f": "float", "d": "decimal", "s": "text", "t": "time", "p": "condition"}
SMALLEST = {"number": "1", "float": "CAST(1 AS DOUBLE)", "decimal": "CAST(1 AS DECIMAL(10, 2))", "text": "'x'", "time": "DATE '2024-01-01'", "condition": "TRUE", "clause": ""}


class Part:
    __slots__ = ("sort", "parts")

    def __init__(self, sort, *parts):
        self.sort, self.parts = sort, list(parts)

    def text(self):
        return "".join(p if isinstance(p, str) else p.text() for p in self.parts)

    def inside(self):
        for p in self.parts:
            if isinstance(p, Part):
                yield p
                yield from p.inside()


class Made:
    """One seed: its tables and its queries."""

    def __init__(self, seed):
        self.r = made_data.Numbers(seed * 7919 + 1)
        for _ in range(4):
            self.r.below(2)
        self.names = 0
        self.tables = {}
        self.ddl = [self.table(f"t{i}") for i in range(1, 5)]

    # ---- chance ----

    def below(self, n):
        return self.r.below(n)

    def chance(self, n):
        """One in n."""
        return self.r.below(n) == 0

    def pick(self, them):
        return them[self.r.below(len(them))]

    def some(self, them, least=1):
        """A few of them, in their order."""
        out = [x for x in them if self.r.below(2)]
        while len(out) < min(least, len(them)):
            x = self.pick(them)
            if x not in out:
                out.append(x)
        return out

    def fresh(self, stem):
        self.names += 1
        return f"{stem}{self.names}"

    # ---- tables ----

    def value(self, name, kind):
        if self.chance(5):
            return f"CAST(NULL AS {kind})"
        text = {
            "number": lambda: str(self.below(4) - (0 if kind.endswith("UNSIGNED") else 1)),
            "float": lambda: self.pick(["'NaN'", "-0.0", "0.0", "1.5", "-2.25", "1e30", "'Infinity'"]),
            "decimal": lambda: self.pick(["0", "1.5", "-2.5", "100.1", "0.1"]),
            "text": lambda: self.pick(["''", "'x'", "'X'", "'y%'", "'ä'", "'1'"]),
            "time": lambda: self.pick(["'2024-01-01'", "'2024-02-29'", "'1969-12-31'"]),
            "condition": lambda: self.pick(["TRUE", "FALSE"]),
        }[SORTS[name]]()
        return f"CAST({text} AS {kind})"

    def table(self, name):
        columns = [(n, self.pick(TYPES[n])) for n in self.some(list(TYPES), 3)]
        if not any(n == "a" for n, _ in columns):
            columns.append(("a", self.pick(TYPES["a"])))
        self.tables[name] = [(n, SORTS[n]) for n, _ in columns]
        rows = self.pick([0, 1, 5, 12, 12])
        heads = ", ".join(f"column{i + 1} AS {n}" for i, (n, _) in enumerate(columns))
        values = ", ".join("(" + ", ".join(self.value(n, k) for n, k in columns) + ")" for _ in range(rows or 1))
        return f"CREATE TABLE {name} AS SELECT {heads} FROM (VALUES {values}){'' if rows else ' WHERE false'}"

    # ---- expressions; a scope is a list of (text, name, sort) ----

    def column(self, scope, sort):
        fit = [c for c in scope if c[2] == sort]
        return Part(sort, self.pick(fit)[0]) if fit else None

    def value_of(self, scope, sort, depth):
        if sort == "condition":
            return self.condition(scope, depth)
        found = self.column(scope, sort)
        if depth <= 0 or self.chance(3):
            return found if found and not self.chance(4) else self.constant(sort)
        more = lambda s: self.value_of(scope, s, depth - 1)
        kind = self.below(6)
        if kind == 0:
            return Part(sort, "CASE WHEN ", self.condition(scope, depth - 1), " THEN ", more(sort), *([" ELSE ", more(sort)] if self.chance(2) else []), " END")
        if kind == 1:
            return Part(sort, "coalesce(", more(sort), ", ", more(sort), ")")
        if kind == 2:
            return Part(sort, "nullif(", more(sort), ", ", more(sort), ")")
        if sort == "text":
            return Part(sort, self.pick(["upper(", "lower(", "trim("]), more(sort), ")") if self.chance(2) else Part(sort, "(", more(sort), " || ", more(sort), ")")
        if sort in ("number", "decimal"):
            if self.chance(6):
                return Part(sort, "(- ", more(sort), ")")
            return Part(sort, "(", more(sort), self.pick([" + ", " - ", " * "]), more("number" if self.chance(3) else sort), ")")
        if sort == "float":
            return Part(sort, "(", more(sort), self.pick([" + ", " - ", " * ", " / "]), more(self.pick(["float", "number"])), ")")
        return found or self.constant(sort)

    def constant(self, sort):
        return Part(sort, {
            "number": lambda: str(self.below(4)), "float": lambda: self.pick(["1.5", "0.0", "2e0"]), "decimal": lambda: "CAST(1.5 AS DECIMAL(5, 1))",
            "text": lambda: self.pick(["'x'", "''", "'y%'"]), "time": lambda: self.pick(["DATE '2024-01-01'", "DATE '2024-02-29'"]), "condition": lambda: self.pick(["TRUE", "FALSE", "NULL"]),
        }[sort]())

    def condition(self, scope, depth, queries=True):
        if depth <= 0:
            found = self.column(scope, "condition")
            if found and self.chance(3):
                return found
        kind = self.below(16 if depth > 0 else 7)
        sort = self.pick([c[2] for c in scope if c[2] != "condition"] or ["number"])
        x = lambda: self.value_of(scope, sort, 0 if self.below(3) else depth - 1)
        if kind < 3:
            return Part("condition", x(), self.pick([" = ", " <> ", " != ", " < ", " <= ", " > ", " >= ", " IS DISTINCT FROM ", " IS NOT DISTINCT FROM "]), x())
        if kind == 3:
            return Part("condition", x(), self.pick([" IS NULL", " IS NOT NULL"]))
        if kind == 4:
            return Part("condition", x(), self.pick([" BETWEEN ", " NOT BETWEEN "]), x(), " AND ", x())
        if kind == 5:
            return Part("condition", x(), self.pick([" IN (", " NOT IN ("]), x(), ", ", x(), *([", NULL"] if self.chance(3) else []), ")")
        if kind == 6:
            text = self.column(scope, "text")
            return Part("condition", text, self.pick([" LIKE ", " NOT LIKE ", " ILIKE "]), self.pick(["'x%'", "'%'", "'y\\%'", "'_'"])) if text else Part("condition", x(), " = ", x())
        more = lambda: self.condition(scope, depth - 1, queries)
        if kind < 9:
            return Part("condition", "(", more(), " AND ", more(), *([" AND ", more()] if self.chance(2) else []), ")")
        if kind < 12:
            return Part("condition", "(", more(), " OR ", more(), *([" OR ", more()] if self.chance(2) else []), ")")
        if kind < 14:
            return Part("condition", "(NOT ", more(), ")")
        if kind == 14 and queries:
            name, columns = self.pick(list(self.tables.items()))
            inner = [c for c in columns if c[1] == sort]
            if inner:
                alias = self.fresh("q")
                own = [(f"{alias}.{n}", n, s) for n, s in columns]
                where = [" WHERE ", self.condition(own + (scope if self.chance(3) else []), 1, False)] if self.chance(2) else []
                return Part("condition", x(), self.pick([" IN (", " NOT IN ("]), f"SELECT {alias}.{inner[0][0]} FROM {name} AS {alias}", Part("clause", *where), ")")
        if kind == 15 and queries:
            name, columns = self.pick(list(self.tables.items()))
            alias = self.fresh("q")
            inner = [(f"{alias}.{n}", n, s) for n, s in columns]
            same = [(i, o) for i in inner for o in scope if i[2] == o[2]]
            if same:
                i, o = self.pick(same)
                return Part("condition", self.pick(["EXISTS (", "NOT EXISTS ("]), f"SELECT {self.pick(['1', '*', i[0]])} FROM {name} AS {alias} WHERE {i[0]} = {o[0]}", Part("clause", " AND ", self.condition(inner, 1, False)), ")")
        return more()

    # ---- relations: a part, what a star gives, what names may be used ----

    def relation(self, depth):
        if depth <= 0 or self.chance(3):
            return self.leaf(depth)
        left, left_star, left_scope = self.relation(depth - 1)
        right, right_star, right_scope = self.leaf(depth - 1)
        scope = self.visible(left_scope + right_scope)
        kind = self.below(10)
        lefts, rights = {c[1] for c in left_star}, {c[1] for c in right_star}
        once = lambda star, n: sum(c[1] == n for c in star) == 1
        shared = [c[1] for c in left_star if c[1] in rights and once(left_star, c[1]) and once(right_star, c[1])]
        if kind < 3 and shared:
            using = self.some(shared)
            # RIGHT and FULL give the merged column as SQL has it, from either side; DataFusion shows the left one (exceptions.txt).
            join = self.pick([" JOIN ", " LEFT JOIN "])
            merged = [(c[1], c[1], c[2]) for c in left_star if c[1] in using]
            rest = [c for c in scope if c[0] not in using]
            star = left_star + [c for c in right_star if c[1] not in using]
            return Part("relation", left, join, right, f" USING ({', '.join(using)})"), star, rest + merged
        if kind == 3 and shared and lefts & rights == set(shared):
            join = self.pick([" NATURAL JOIN ", " NATURAL LEFT JOIN "])
            return Part("relation", left, join, right), left_star + [c for c in right_star if c[1] not in shared], [c for c in scope if "." in c[0]] + [(c[1], c[1], c[2]) for c in left_star if c[1] in shared]
        if kind == 4:
            return Part("relation", left, " CROSS JOIN ", right), left_star + right_star, scope
        on = self.equality(left_scope, right_scope)
        if kind == 5:
            return Part("relation", left, self.pick([" LEFT SEMI JOIN ", " LEFT ANTI JOIN "]), right, " ON ", on), left_star, left_scope
        if kind == 6:
            return Part("relation", left, self.pick([" RIGHT SEMI JOIN ", " RIGHT ANTI JOIN "]), right, " ON ", on), right_star, right_scope
        join = self.pick([" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " INNER JOIN "])
        return Part("relation", left, join, right, " ON ", on), left_star + right_star, scope

    def equality(self, left, right):
        same = [(l, r) for l in left for r in right if l[2] == r[2] and "." in l[0] and "." in r[0]]
        if not same:
            return Part("condition", "TRUE")
        l, r = self.pick(same)
        first = Part("condition", l[0], " = ", r[0])
        return Part("condition", first, " AND ", self.condition([c for c in left + right if "." in c[0]], 1, False)) if self.chance(3) else first

    @staticmethod
    def visible(scope):
        """Names without a qualifier are ambiguous where two relations have them."""
        plain = [c[0] for c in scope if "." not in c[0]]
        return [c for c in scope if "." in c[0] or plain.count(c[0]) == 1]

    def leaf(self, depth):
        alias = self.fresh("r")
        if depth > 0 and self.chance(3):
            inner, columns = self.query(depth - 1, True)
            source, columns = Part("relation", "(", inner, ") AS ", alias), columns
        else:
            name = self.pick(list(self.tables))
            columns = self.tables[name]
            source = Part("relation", name, " AS ", alias)
        qualified = [(f"{alias}.{n}", n, s) for n, s in columns]
        return source, qualified, qualified + [(n, n, s) for n, s in columns]

    # ---- queries: a part and its columns ----

    def ordering(self, names, total):
        """ORDER BY over outputs: all of them in some order where it has to be total."""
        names = list(names)
        keys = []
        for at in range(len(names)):
            item = self.pick([str(at + 1), names[at]]) if names[at] else str(at + 1)
            keys.append(item + self.pick(["", " DESC", " ASC", " NULLS FIRST", " DESC NULLS LAST"]))
        if not total:
            keys = self.some(keys)
        elif self.chance(2):
            keys.reverse()
        return ", ".join(keys)

    def tail(self, columns, inner):
        names = [n for n, _ in columns]
        if inner or not columns or len(set(names)) < len(names):
            return Part("clause", "")
        if self.chance(3):
            return Part("clause", " ORDER BY ", self.ordering(names, True), Part("clause", f" LIMIT {self.below(5)}", Part("clause", f" OFFSET {self.below(3)}")))
        return Part("clause", " ORDER BY ", self.ordering(names, False)) if self.chance(2) else Part("clause", "")

    def query(self, depth, inner=False, may_with=True):
        kind = self.below(12)
        if depth > 0 and kind == 0:
            return self.set_operation(depth, inner)
        if depth > 0 and kind == 1 and may_with:
            return self.with_query(depth, inner)
        return self.pick([self.plain, self.plain, self.grouped, self.windowed, self.distinct_on, self.starred])(depth, inner)

    def outputs(self, scope, depth, inner):
        columns, items = [], []
        for i in range(1 + self.below(3)):
            sort = self.pick([c[2] for c in scope] or ["number"])
            name = self.fresh("c") if inner or not self.chance(6) else None
            value = self.value_of(scope, sort, self.below(2 + depth))
            if name and self.chance(8) and not inner:
                name = self.pick(["a", "b", "s"])  # hides a column
            items.append(Part("item", value, f" AS {name}") if name else Part("item", value))
            columns.append((name, sort))
        return columns, items

    @staticmethod
    def listed(items):
        return [x for i, item in enumerate(items) for x in ([", ", item] if i else [item])]

    def where(self, scope, depth):
        return Part("clause", " WHERE ", self.condition(scope, depth)) if self.chance(2) else Part("clause", "")

    def plain(self, depth, inner):
        source, _, scope = self.relation(depth)
        columns, items = self.outputs(scope, depth, inner)
        distinct = Part("clause", "DISTINCT ") if self.chance(5) else ""
        return Part("query", "SELECT ", distinct, *self.listed(items), " FROM ", source, self.where(scope, depth), self.tail(columns, inner)), columns

    def starred(self, depth, inner):
        source, star, scope = self.relation(min(depth, 1))
        names = [c[1] for c in star]
        columns = [(c[1], c[2]) for c in star]
        if len(set(names)) < len(names):
            if inner:
                return self.plain(depth, inner)
            return Part("query", "SELECT * FROM ", source, self.where(scope, depth)), columns
        text = "*"
        if self.chance(3) and len(names) > 1:
            gone = self.pick(names)
            text, columns = f"* EXCLUDE ({gone})", [c for c in columns if c[0] != gone]
        return Part("query", f"SELECT {text} FROM ", source, self.where(scope, depth), self.tail(columns, inner)), columns

    def grouped(self, depth, inner):
        source, _, scope = self.relation(depth)
        keys = self.some([c for c in scope if "." in c[0]])[:2]
        items, columns = [], []
        for text, _, sort in keys:
            name = self.fresh("c")
            items.append(Part("item", text, f" AS {name}"))
            columns.append((name, sort))
        for _ in range(1 + self.below(2)):
            items.append(Part("item", value := self.aggregate(scope), f" AS {(name := self.fresh('c'))}"))
            columns.append((name, value.sort))
        groups = [self.pick([keys[i][0], str(i + 1), columns[i][0]]) for i in range(len(keys))]
        form = self.below(8)
        if form == 0:
            by = f" GROUP BY ROLLUP ({', '.join(k[0] for k in keys)})"
        elif form == 1:
            by = f" GROUP BY CUBE ({', '.join(k[0] for k in keys)})"
        elif form == 2:
            by = " GROUP BY ALL"
        else:
            by = f" GROUP BY {', '.join(groups)}"
        having = Part("clause", "")
        if self.chance(3):
            having = Part("clause", " HAVING ", self.pick([f"{columns[-1][0]} IS NOT NULL", "count(*) > 1", f"{columns[-1][0]} IS NULL OR count(*) >= 1"]))
        return Part("query", "SELECT ", *self.listed(items), " FROM ", source, self.where(scope, depth), by, having, self.tail(columns, inner)), columns

    def aggregate(self, scope):
        numbers = [c for c in scope if c[2] in ("number", "decimal")]
        every = self.pick(scope)
        filtered = Part("clause", " FILTER (WHERE ", self.condition(scope, 1, False), ")") if self.chance(4) else ""
        if numbers and self.chance(2):
            number = self.pick(numbers)
            return Part(number[2], "sum(", self.pick(["", "DISTINCT "]), number[0], ")", filtered)
        if every[2] in ("condition",) or self.chance(2):
            return Part("number", self.pick(["count(", "count(DISTINCT "]), every[0], ")", filtered)
        return Part(every[2], self.pick(["min(", "max("]), every[0], ")", filtered)

    def windowed(self, depth, inner):
        source, _, scope = self.relation(depth)
        keys = [c[0] for c in scope if "." in c[0]]
        if not keys:
            return self.plain(depth, inner)
        order = ", ".join(keys)  # all of them: then ties are equal rows
        window = f"PARTITION BY {self.pick(keys)} ORDER BY {order}" if self.chance(2) else f"ORDER BY {order}"
        call = self.pick(["rank()", "dense_rank()", "count(*)", f"max({self.pick(keys)})"])
        named = self.chance(3)
        columns, items = self.outputs(scope, 0, inner)
        name = self.fresh("c")
        value = Part("number", call, " OVER ", "w" if named else f"({window})")
        shown = self.chance(2)
        if shown:
            items.append(Part("item", value, f" AS {name}"))
            columns.append((name, "number"))
        test = Part("number", name) if shown and self.chance(2) else Part("number", "rank() OVER ", "w" if named else f"({window})")
        clause = Part("clause", f" WINDOW w AS ({window})") if named else ""
        qualify = Part("clause", " QUALIFY ", test, self.pick([" <= 2", " = 1", " > 1"]))
        distinct = Part("clause", "DISTINCT ") if self.chance(4) else ""
        return Part("query", "SELECT ", distinct, *self.listed(items), " FROM ", source, self.where(scope, depth), clause, qualify, self.tail(columns, inner)), columns

    def distinct_on(self, depth, inner):
        source, _, scope = self.relation(depth)
        keys = [c for c in scope if "." in c[0] and c[2] != "condition"] or [c for c in scope if "." in c[0]]
        on = self.pick(keys)
        items, columns = [], []
        for text, _, sort in self.some(keys)[:3]:
            name = self.fresh("c")
            items.append(Part("item", text, f" AS {name}"))
            columns.append((name, sort))
        order = [on[0] + self.pick(["", " DESC", " NULLS FIRST"])] + [c[0] for c in scope if "." in c[0] and c[0] != on[0]]
        return Part("query", f"SELECT DISTINCT ON ({on[0]}) ", *self.listed(items), " FROM ", source, self.where(scope, depth), f" ORDER BY {', '.join(order)}"), columns

    def set_operation(self, depth, inner):
        name, columns = self.pick(list(self.tables.items()))
        other = self.pick([n for n in self.tables])
        shared = [c for c in columns if c in self.tables[other]]
        op = self.pick([" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " INTERSECT ALL ", " EXCEPT ALL "])
        if self.chance(4):
            op, kept = self.pick([" UNION BY NAME ", " UNION ALL BY NAME "]), [n for n, _ in shared]
            right = ", ".join(reversed(kept))
        else:
            right = ", ".join(n for n, _ in shared)
        left = ", ".join(n for n, _ in shared)
        side = lambda items, table: Part("query", f"SELECT {items} FROM {table}", self.where([(n, n, s) for n, s in self.tables[table]], depth))
        return Part("query", side(left, name), op, side(right, other), self.tail(shared, inner)), shared

    def with_query(self, depth, inner):
        body, columns = self.query(depth - 1, True)
        name = self.pick([self.fresh("w"), self.pick(list(self.tables))])  # a CTE may hide a table
        kept = dict(self.tables)
        self.tables[name] = columns
        main, out = self.query(depth - 1, inner, False)
        self.tables = kept
        return Part("query", f"WITH {name} AS (", body, ") ", main), out


def queries(seed, count, depth=3):
    """The statements that make the tables, and `count` parts."""
    made = Made(seed)
    return made.ddl, [made.query(1 + made.below(depth))[0] for _ in range(count)]


def shrink(part, fails, tries=400):
    """A smaller query for which fails(text) is still true."""
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for inner in [part, *part.inside()]:
            options = [p.parts for p in inner.inside() if p.sort == inner.sort]
            if inner.sort in SMALLEST:
                options.append([SMALLEST[inner.sort]])
            if inner.sort == "relation":
                options += [[p] for p in inner.inside() if p.sort == "relation"]
            kept = inner.parts
            size = len(part.text())
            for option in sorted(options, key=lambda o: len(Part("", *o).text())):
                inner.parts = option
                if len(part.text()) < size:
                    tries -= 1
                    if fails(part.text()):
                        smaller = True
                        break
                inner.parts = kept
            if smaller or tries <= 0:
                break
    return part.text()
