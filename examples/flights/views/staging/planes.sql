CREATE MATERIALIZED VIEW staging.planes
COMMENT 'One row an aircraft. raw.planes holds texts only, with NA for what is not known'
WITH (tags = ('staging'))
AS
SELECT
	tailnum AS tail_number,
	CAST(nullif(year, 'NA') AS INT) AS year_built,
	manufacturer,
	model,
	CAST(engines AS INT) AS engines,
	CAST(seats AS INT) AS seats,
	CAST(nullif(speed, 'NA') AS INT) AS cruise_speed,
	engine AS engine_type
FROM raw.planes
