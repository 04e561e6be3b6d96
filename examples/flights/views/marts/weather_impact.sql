CREATE MATERIALIZED VIEW marts.weather_impact
COMMENT 'Delays by what the weather was at departure'
WITH (tags = ('marts'))
AS
SELECT
	CASE
		WHEN temperature_c IS NULL THEN 'unknown'
		WHEN precipitation_in > 0.1 THEN 'heavy rain or snow'
		WHEN precipitation_in > 0 THEN 'rain or snow'
		WHEN visibility_mi < 2 THEN 'fog'
		WHEN wind_mph >= 25 THEN 'wind'
		ELSE 'fair'
	END AS weather,
	count(*) AS flights,
	avg(departure_delay) AS average_departure_delay,
	CAST(count(*) FILTER (WHERE cancelled) AS DOUBLE) / count(*) AS cancelled_share,
	avg(temperature_c) AS average_temperature_c
FROM core.flights
GROUP BY 1
