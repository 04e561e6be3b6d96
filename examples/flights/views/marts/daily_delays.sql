CREATE MATERIALIZED VIEW marts.daily_delays
COMMENT 'Late flights a day and airport of departure, with the mean of the week that ends there'
WITH (tags = ('marts'))
AS
WITH days AS (
	SELECT
		origin_code,
		flight_date,
		count(*) AS late_flights,
		max(arrival_delay) AS worst_delay
	FROM core.late_flights
	GROUP BY origin_code, flight_date
)
SELECT
	origin_code,
	flight_date,
	late_flights,
	worst_delay,
	avg(late_flights) OVER (
		PARTITION BY origin_code
		ORDER BY flight_date
		ROWS BETWEEN 6 PRECEDING AND CURRENT ROW
	) AS weekly_mean
FROM days
