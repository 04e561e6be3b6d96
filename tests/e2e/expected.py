"""What the flights example's views must hold, computed by DuckDB from the CSV files: other SQL than the views', on purpose."""
import os

from harness import CSV, duck, rows

_COMMON = """
CREATE TEMP TABLE f AS SELECT year, month, day, dep_time, sched_dep_time, dep_delay, arr_delay, carrier, flight, tailnum, origin, dest, air_time, distance, time_hour
	FROM read_csv('{csv}/flights.csv', nullstr = 'NA', sample_size = -1);
CREATE TEMP TABLE al AS SELECT carrier, name FROM read_csv('{csv}/airlines.csv');
CREATE TEMP TABLE ap AS SELECT faa, name, alt FROM read_csv('{csv}/airports.csv', nullstr = 'NA');
CREATE TEMP TABLE pl AS SELECT tailnum, year, manufacturer, seats FROM read_csv('{csv}/planes.csv', nullstr = 'NA', sample_size = -1);
CREATE TEMP TABLE w AS SELECT origin, time_hour, min(temp) AS temp, min(wind_speed) AS wind, min(precip) AS precip, min(visib) AS visib, count(*) AS n
	FROM read_csv('{csv}/weather.csv', nullstr = 'NA', sample_size = -1) GROUP BY ALL ORDER BY 1, 2;
"""

EXPECTED = {
	"staging.airlines": "SELECT carrier, name FROM al",
	"staging.planes": """SELECT tailnum, year, manufacturer, model, engines, seats, speed, engine
		FROM read_csv('{csv}/planes.csv', nullstr = 'NA', sample_size = -1, types = {{'model': 'VARCHAR'}})""",
	"core.flights": """
		SELECT f.month, make_date(f.year, f.month, f.day), f.time_hour, f.carrier, al.name, f.flight, f.tailnum, f.origin,
			ao.name, f.dest, ad.name,
			(f.sched_dep_time // 100) * 60 + f.sched_dep_time % 100, f.dep_delay, f.arr_delay, f.dep_time IS NULL, f.air_time, f.distance,
			pl.manufacturer, pl.seats, 2013 - pl.year,
			round((w.temp - 32) / 1.8, 1)::DECIMAL(5, 1), CASE WHEN w.wind < 150 THEN round(w.wind, 2)::DECIMAL(6, 2) END, w.precip::DECIMAL(5, 2), w.visib::DECIMAL(5, 2)
		FROM ap AS ad RIGHT JOIN f ON ad.faa = f.dest JOIN al ON f.carrier = al.carrier JOIN ap AS ao ON ao.faa = f.origin
			LEFT JOIN pl ON f.tailnum = pl.tailnum LEFT JOIN w ON w.origin = f.origin AND w.time_hour = f.time_hour""",
	"core.routes": """
		SELECT origin, dest, carrier, name, count(*), sum(CASE WHEN dep_time IS NULL THEN 1 ELSE 0 END)::BIGINT, min(distance), sum(arr_delay)::DOUBLE / count(arr_delay)
		FROM f JOIN al USING (carrier) GROUP BY ALL""",
	"marts.airline_punctuality": """
		SELECT name, count(*), 1 - count(dep_time)::DOUBLE / count(*), sum((arr_delay > 15)::INT)::DOUBLE / count(arr_delay), avg(dep_delay), avg(arr_delay)
		FROM f JOIN al USING (carrier) GROUP BY name""",
	"marts.busiest_routes": """
		WITH r AS (SELECT origin, dest, count(*) AS n, count(DISTINCT carrier) AS airlines FROM f GROUP BY ALL)
		SELECT * FROM (
			SELECT origin, dest, n, airlines,
				(SELECT count(*) FROM r AS s WHERE s.origin = r.origin AND (s.n > r.n OR (s.n = r.n AND s.dest <= r.dest))) AS place,
				n::DOUBLE / (SELECT count(*) FROM f WHERE f.origin = r.origin)
			FROM r) WHERE place <= 10""",
	"marts.airline_network": """
		WITH r AS (SELECT name, origin, dest, count(*) AS n, avg(arr_delay) AS d FROM f JOIN al USING (carrier) GROUP BY ALL ORDER BY n DESC, origin, dest)
		SELECT name, count(*), list({{'origin': origin, 'destination': dest, 'flights': n, 'average_arrival_delay': d}} ORDER BY n DESC, origin, dest) FROM r GROUP BY name""",
	"marts.daily_delays": """
		WITH d AS (SELECT origin, make_date(year, month, day) AS day, count(*) AS n, max(arr_delay) AS worst FROM f WHERE arr_delay > 15 GROUP BY ALL),
			k AS (SELECT *, row_number() OVER (PARTITION BY origin ORDER BY day) AS i FROM d)
		SELECT origin, day, n, worst, (SELECT avg(n) FROM k AS b WHERE b.origin = a.origin AND b.i BETWEEN a.i - 6 AND a.i) FROM k AS a""",
	"marts.fleet_age": """
		WITH t AS (SELECT DISTINCT al.name, pl.tailnum, 2013 - pl.year AS age, pl.seats FROM f JOIN al USING (carrier) JOIN pl USING (tailnum) WHERE pl.year IS NOT NULL)
		SELECT name, if(age >= 15, '15 and over', if(age >= 5, '5 to 14', 'under 5')) AS band, count(*), sum(seats)::BIGINT, min(age), max(age) FROM t GROUP BY ALL""",
	"marts.monthly_summary": """
		WITH m AS (SELECT month, origin, count(*) AS n, sum(distance)::BIGINT AS miles FROM f WHERE dep_time IS NOT NULL GROUP BY ALL),
			b AS (SELECT month, origin, name, count(*) AS n FROM f JOIN al USING (carrier) WHERE dep_time IS NOT NULL GROUP BY ALL)
		SELECT month, origin, m.n, miles, (SELECT name FROM b WHERE b.month = m.month AND b.origin = m.origin ORDER BY n DESC, name LIMIT 1) FROM m""",
}


def compute(names=None):
	"""{view: rows}"""
	with duck() as connection:
		connection.execute(_COMMON.format(csv=CSV))
		return {n: rows(connection.execute(EXPECTED[n].format(csv=CSV)).fetch_arrow_table()) for n in names or EXPECTED}
