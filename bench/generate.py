"""Synthetic projects: N views in layers, each reading a few of the layer above, statements of 1–3 KB as people write them. The same arguments
give the same bytes on every machine.

    generate.py DIRECTORY [--views N] [--depth D] [--fan-in F] [--seed S]

Every view has the columns id, day, region, amount, quantity, label and a few of its own, so that any view can read any other."""
import argparse
import os
import random

SOURCE = """name: synthetic
warehouse: warehouse
dialect: datafusion
defaults: {materialized: true}
sources:
"""
COLUMNS = "{id: BIGINT, day: DATE, region: VARCHAR, amount: \"DECIMAL(15, 2)\", quantity: INT, label: VARCHAR}"
REGIONS = ("north", "south", "east", "west", "centre", "overseas")
WORDS = "order return stock price margin budget claim visit quote parcel transfer refund audit forecast lead churn".split()


def measures(r, alias, n):
	"""Output expressions over one relation, as reports have them."""
	out = []
	for i in range(n):
		name = f"{r.choice(WORDS)}_{r.choice(WORDS)}_{i}"
		kind = r.randrange(6)
		a, b = r.randrange(1, 500), r.randrange(500, 5000)
		if kind == 0:
			text = f"CASE WHEN {alias}.amount > {b}.00 THEN 'large' WHEN {alias}.amount > {a}.00 THEN 'medium' ELSE 'small' END"
		elif kind == 1:
			text = f"coalesce({alias}.quantity, 0) * {a} + {b}"
		elif kind == 2:
			text = f"upper(trim({alias}.label)) || '-' || lower({alias}.region)"
		elif kind == 3:
			text = f"CAST(date_part('month', {alias}.day) AS INT) = {r.randrange(1, 13)} AND {alias}.region IN ('{r.choice(REGIONS)}', '{r.choice(REGIONS)}')"
		elif kind == 4:
			text = f"round({alias}.amount * 0.{r.randrange(10, 99)}, 2)"
		else:
			text = f"NULLIF(substr({alias}.label, 1, {r.randrange(2, 20)}), '')"
		out.append(f"\t{text} AS {name}")
	return out


def where(r, alias, n):
	out = []
	for _ in range(n):
		kind = r.randrange(4)
		if kind == 0:
			out.append(f"({alias}.region = '{r.choice(REGIONS)}' OR {alias}.amount BETWEEN {r.randrange(10, 100)} AND {r.randrange(1000, 9000)})")
		elif kind == 1:
			out.append(f"{alias}.day >= DATE '20{r.randrange(10, 24)}-0{r.randrange(1, 10)}-01'")
		elif kind == 2:
			out.append(f"{alias}.label NOT LIKE '%{r.choice(WORDS)}%'")
		else:
			out.append(f"({alias}.quantity > {r.randrange(1, 50)} OR {alias}.quantity IS NULL)")
	return "\n\tAND ".join(out)


def statement(r, reads):
	"""One view of 1–3 KB over the tables that it reads: the first is the main one, the others are joined or counted."""
	main, others = reads[0], reads[1:]
	lines = ["-- " + " ".join(r.choice(WORDS) for _ in range(8)), "WITH base AS ("]
	lines += ["\tSELECT id, day, region, amount, quantity, label", f"\tFROM {main} AS t", f"\tWHERE {where(r, 't', r.randrange(2, 5))}", ")"]
	for i, other in enumerate(others):
		lines[-1] += f", side_{i} AS ("
		lines += ["\tSELECT", "\t\tt.id,", "\t\tcount(*) AS n,", "\t\tsum(t.amount) AS total,", f"\t\tmax(t.day) FILTER (WHERE {where(r, 't', 1)}) AS last_day",
			f"\tFROM {other} AS t", f"\tWHERE {where(r, 't', r.randrange(1, 3))}", "\tGROUP BY t.id", ")"]
	columns = ["\tb.id", "\tb.day", "\tb.region", "\tCAST(b.amount AS DECIMAL(15, 2)) AS amount", "\tb.quantity", "\tb.label"]
	columns += measures(r, "b", r.randrange(5, 14))
	for i in range(len(others)):
		columns += [f"\tside_{i}.n AS n_{i}", f"\tcoalesce(side_{i}.total, 0) AS total_{i}", f"\tside_{i}.last_day AS last_{i}"]
	columns.append("\trow_number() OVER (PARTITION BY b.region ORDER BY b.amount DESC, b.id) AS place")
	lines += ["SELECT", ",\n".join(columns), "FROM base AS b"]
	lines += [f"LEFT JOIN side_{i} ON side_{i}.id = b.id" for i in range(len(others))]
	lines.append(f"WHERE {where(r, 'b', r.randrange(1, 4))}")
	return "\n".join(lines) + "\n"


def generate(directory, views=1000, depth=10, fan_in=3, seed=1):
	r = random.Random(seed)
	sources = [f"raw.t{i:02}" for i in range(20)]
	os.makedirs(os.path.join(directory, "views"), exist_ok=True)
	with open(os.path.join(directory, "belvedere.yaml"), "w", encoding="utf-8") as f:
		f.write(SOURCE + "".join(f"  {s}: {{location: warehouse/raw/{s[4:]}, columns: {COLUMNS}}}\n" for s in sources))
	per_layer = max(1, views // depth)
	layers, names, size = [sources], [], 0
	for i in range(views):
		layer = min(i // per_layer, depth - 1) + 1
		if layer == len(layers):
			layers.append([])
		# Mostly from the layer above, sometimes from any higher one.
		reads = []
		while len(reads) < min(fan_in, 1 + r.randrange(fan_in)):
			from_layer = layers[layer - 1] if r.random() < 0.8 else r.choice(layers[:layer])
			pick = r.choice(from_layer)
			if pick not in reads:
				reads.append(pick)
			elif len(from_layer) < fan_in:
				break
		name = f"layer{layer:02}.v{i:05}"
		layers[layer].append(name)
		names.append(name)
		folder = os.path.join(directory, "views", name.split(".")[0])
		os.makedirs(folder, exist_ok=True)
		text = statement(r, reads)
		size += len(text)
		with open(os.path.join(folder, name.split(".")[1] + ".sql"), "w", encoding="utf-8") as f:
			f.write(text)
	return names, size


if __name__ == "__main__":
	arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	arguments.add_argument("directory")
	arguments.add_argument("--views", type=int, default=1000)
	arguments.add_argument("--depth", type=int, default=10)
	arguments.add_argument("--fan-in", type=int, default=3)
	arguments.add_argument("--seed", type=int, default=1)
	o = arguments.parse_args()
	names, size = generate(o.directory, o.views, o.depth, o.fan_in, o.seed)
	print(f"{len(names)} views, {size / len(names):.0f} bytes each")
