CREATE MATERIALIZED VIEW staging.flights
COMMENT 'One row a scheduled departure'
WITH (tags = ('staging'))
AS
SELECT
	make_date(year, month, day) AS flight_date,
	time_hour AS hour_utc,
	carrier AS carrier_code,
	flight AS flight_number,
	tailnum AS tail_number,
	origin AS origin_code,
	dest AS destination_code,
	-- 517 is 5:17 in the morning
	sched_dep_time / 100 * 60 + sched_dep_time % 100 AS scheduled_minute,
	dep_delay AS departure_delay,
	arr_delay AS arrival_delay,
	dep_time IS NULL AS cancelled,
	air_time AS air_minutes,
	distance AS distance_mi
FROM raw.flights
