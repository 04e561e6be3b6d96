CREATE MATERIALIZED VIEW staging.airports
COMMENT 'One row an airport; altitude in metres'
WITH (tags = ('staging'))
AS
SELECT
	faa AS airport_code,
	trim(name) AS airport,
	lat AS latitude,
	lon AS longitude,
	CAST(alt * 0.3048 AS DECIMAL(7, 1)) AS altitude_m,
	tz AS utc_offset_hours,
	tzone AS time_zone
FROM raw.airports
