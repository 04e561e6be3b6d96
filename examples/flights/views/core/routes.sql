CREATE MATERIALIZED VIEW core.routes
COMMENT 'One row a route and airline'
WITH (tags = ('core'))
AS
SELECT
	origin_code,
	destination_code,
	carrier_code,
	airline,
	count(*) AS flights,
	count(*) FILTER (WHERE cancelled) AS cancelled,
	min(distance_mi) AS distance_mi,
	avg(arrival_delay) AS average_arrival_delay
FROM core.flights
GROUP BY origin_code, destination_code, carrier_code, airline
