-- The wide table that the marts read. Left joins: a flight stays, whatever is not known about its aircraft or the weather.
CREATE MATERIALIZED VIEW core.flights
COMMENT 'Departures with their airline, airports, aircraft and the weather at departure'
WITH (tags = ('core', 'nightly'), partition_by = ('flight_month'))
AS
SELECT
	CAST(date_part('month', f.flight_date) AS INT) AS flight_month,
	f.flight_date,
	f.hour_utc,
	f.carrier_code,
	a.airline,
	f.flight_number,
	f.tail_number,
	f.origin_code,
	o.airport AS origin,
	f.destination_code,
	d.airport AS destination,
	f.scheduled_minute,
	f.departure_delay,
	f.arrival_delay,
	f.cancelled,
	f.air_minutes,
	f.distance_mi,
	p.manufacturer,
	p.seats,
	2013 - p.year_built AS aircraft_age,
	w.temperature_c,
	w.wind_mph,
	w.precipitation_in,
	w.visibility_mi
FROM staging.flights AS f
LEFT JOIN staging.airlines AS a ON a.carrier_code = f.carrier_code
LEFT JOIN staging.airports AS o ON o.airport_code = f.origin_code
LEFT JOIN staging.airports AS d ON d.airport_code = f.destination_code
LEFT JOIN staging.planes AS p ON p.tail_number = f.tail_number
LEFT JOIN staging.weather AS w ON w.airport_code = f.origin_code AND w.hour_utc = f.hour_utc
