CREATE MATERIALIZED VIEW marts.monthly_summary
COMMENT 'Traffic a month and airport of departure, with the airline that flew most'
WITH (tags = ('marts', 'nightly'))
AS
WITH by_airline AS (
	SELECT
		flight_month,
		origin_code,
		airline,
		count(*) AS flights,
		sum(distance_mi) AS miles
	FROM core.flights
	WHERE NOT cancelled
	GROUP BY flight_month, origin_code, airline
),
ranked AS (
	SELECT
		flight_month,
		origin_code,
		airline,
		sum(flights) OVER (PARTITION BY flight_month, origin_code) AS flights,
		sum(miles) OVER (PARTITION BY flight_month, origin_code) AS miles,
		rank() OVER (PARTITION BY flight_month, origin_code ORDER BY flights DESC, airline) AS place
	FROM by_airline
)
SELECT
	flight_month,
	origin_code,
	flights,
	miles,
	airline AS biggest_airline
FROM ranked
WHERE place = 1
