-- The instruments give two decimals, so DECIMAL is exact, and averages of it do not depend on the order of the rows.
CREATE MATERIALIZED VIEW staging.weather
COMMENT 'Hourly weather at the three airports of New York'
WITH (tags = ('staging'))
AS
SELECT
	origin AS airport_code,
	time_hour AS hour_utc,
	CAST((temp - 32) / 1.8 AS DECIMAL(5, 1)) AS temperature_c,
	CAST(humid AS DECIMAL(5, 2)) AS humidity,
	CASE WHEN wind_speed < 150 THEN CAST(wind_speed AS DECIMAL(6, 2)) END AS wind_mph, -- one reading of 1048 mph is an error
	CAST(wind_gust AS DECIMAL(6, 2)) AS gust_mph,
	CAST(precip AS DECIMAL(5, 2)) AS precipitation_in,
	CAST(visib AS DECIMAL(5, 2)) AS visibility_mi
FROM raw.weather
QUALIFY row_number() OVER (PARTITION BY origin, time_hour ORDER BY year, month, day, hour) = 1
