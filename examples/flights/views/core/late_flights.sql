-- A plain view: nothing is stored, its readers get its query. They become stale with what it reads.
CREATE VIEW core.late_flights
COMMENT 'Flights that arrived more than a quarter of an hour late'
WITH (tags = ('core'))
AS
SELECT
	flight_date,
	flight_month,
	carrier_code,
	airline,
	origin_code,
	destination_code,
	departure_delay,
	arrival_delay
FROM core.flights
WHERE arrival_delay > 15
