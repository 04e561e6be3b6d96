CREATE MATERIALIZED VIEW marts.airline_punctuality (
	airline COMMENT 'Name of the airline',
	flights COMMENT 'Scheduled departures',
	cancelled_share COMMENT 'Of the scheduled departures',
	late_share COMMENT 'Of the flights that arrived: more than a quarter of an hour late',
	average_departure_delay COMMENT 'Minutes',
	average_arrival_delay COMMENT 'Minutes'
)
COMMENT 'How punctual each airline is'
WITH (tags = ('marts', 'nightly'))
AS
SELECT
	airline,
	count(*),
	CAST(count(*) FILTER (WHERE cancelled) AS DOUBLE) / count(*),
	CAST(count(*) FILTER (WHERE arrival_delay > 15) AS DOUBLE) / nullif(count(arrival_delay), 0),
	avg(departure_delay),
	avg(arrival_delay)
FROM core.flights
GROUP BY airline
