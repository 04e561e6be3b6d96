"""Every two operators, one inside the other on each side, with and without parentheses: the text that the generator writes, whose parentheses are only those
that are needed, has the value of the original. What the engine does not take (types that do not go together) says nothing and is left out."""
import engines

COMMON = ["{} + {}", "{} - {}", "{} * {}", "{} / {}", "{} % {}", "{} ^ {}", "{} || {}", "{} & {}", "{} | {}", "{} << {}", "{} >> {}", "{} = {}", "{} <> {}", "{} < {}", "{} >= {}", "{} AND {}", "{} OR {}",
	"{} IS DISTINCT FROM {}", "{} LIKE {}", "{} NOT LIKE {}", "{} IN ({}, 4)", "{} NOT IN ({}, 4)", "{} BETWEEN {} AND 6", "{} NOT BETWEEN 1 AND {}", "- {}", "NOT {}", "~ {}", "{} IS NULL", "{} IS NOT TRUE",
	"CASE WHEN {} THEN {} END"]
OPERATORS = {
	"duckdb": COMMON + ["{} // {}", "{} ** {}", "{}::VARCHAR", "{}::INT", "{} ILIKE {}", "{} SIMILAR TO {}", "{} ~ {}", "{} GLOB {}", "[{}, 1][1]", "{} IN [{}]", "{} ISNULL"],
	"postgres": COMMON + ["{} # {}", "{}::text", "{}::int", "{} ILIKE {}", "{} SIMILAR TO {}", "{} ~ {}", "{} !~* {}", "@ {}", "(ARRAY[{}, 1])[1]", "{} ISNULL", "{} AT TIME ZONE 'UTC' IS NULL", "{} COLLATE \"C\""],
}
OPERANDS = [("7", "2", "3"), ("TRUE", "FALSE", "NULL"), ("'a'", "'b'", "'a%'"), ("7", "'2'", "TRUE")]


def places(template):
	return template.count("{}")


def expressions(dialect):
	seen = set()
	for outer in OPERATORS[dialect]:
		for inner in OPERATORS[dialect]:
			for at in range(places(outer)):
				for x, y, z in OPERANDS:
					inside = inner.format(*(x, y)[:places(inner)])
					# BETWEEN's lower bound may be a comparison without parentheses in these grammars: nobody writes that.
					for inside in (inside, f"({inside})") if "BETWEEN {} AND" not in outer or at == 0 else (f"({inside})",):
						rest = [z, x]
						text = outer.format(*(inside if i == at else rest[i % 2] for i in range(places(outer))))
						if text not in seen:
							seen.add(text)
							yield text


def check(engine, belvedere, step):
	"""(how many were compared, what is wrong); of each `step` expressions one."""
	count, wrong = 0, []
	for i, text in enumerate(expressions(engine.name)):
		if i % step:
			continue
		sql = "SELECT " + text
		try:
			wanted = engine.ask(sql)
		except engines.Refused:
			continue
		try:
			written = belvedere.written(sql, engine.name)
		except engines.Refused as e:
			wrong.append(f"{engine.name} reads {sql}\n      we do not: {e}")
			continue
		count += 1
		try:
			got = engine.ask(written)
		except engines.Refused as e:
			got = str(e)
		if repr(got) != repr(wanted):
			wrong.append(f"{engine.name}: {sql}\n      text   {written}\n      wanted {wanted}\n      got    {got}")
	return count, wrong
