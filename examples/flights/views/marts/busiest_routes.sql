-- QUALIFY filters on a window. The destination breaks ties, so that the ten are the same ten on every run.
CREATE MATERIALIZED VIEW marts.busiest_routes
COMMENT 'The ten busiest routes from each airport'
WITH (tags = ('marts'))
AS
WITH totals AS (
	SELECT
		origin_code,
		destination_code,
		sum(flights) AS flights,
		count(DISTINCT carrier_code) AS airlines
	FROM core.routes
	GROUP BY origin_code, destination_code
)
SELECT
	origin_code,
	destination_code,
	flights,
	airlines,
	row_number() OVER (PARTITION BY origin_code ORDER BY flights DESC, destination_code) AS place,
	CAST(flights AS DOUBLE) / sum(flights) OVER (PARTITION BY origin_code) AS share_of_origin
FROM totals
QUALIFY row_number() OVER (PARTITION BY origin_code ORDER BY flights DESC, destination_code) <= 10
