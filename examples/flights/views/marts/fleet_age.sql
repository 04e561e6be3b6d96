CREATE MATERIALIZED VIEW marts.fleet_age
COMMENT 'Aircraft that each airline flew, by age in 2013'
WITH (tags = ('marts'))
AS
WITH fleet AS (
	SELECT DISTINCT airline, tail_number, aircraft_age, seats
	FROM core.flights
	WHERE aircraft_age IS NOT NULL
)
SELECT
	airline,
	CASE
		WHEN aircraft_age < 5 THEN 'under 5'
		WHEN aircraft_age < 15 THEN '5 to 14'
		ELSE '15 and over'
	END AS age_band,
	count(*) AS aircraft,
	sum(seats) AS seats,
	min(aircraft_age) AS youngest,
	max(aircraft_age) AS oldest
FROM fleet
GROUP BY airline, age_band
