-- Nested output: the column is a list of structs, in Arrow and in Delta alike.
CREATE MATERIALIZED VIEW marts.airline_network
COMMENT 'One row an airline, with its routes as a list of structs'
WITH (tags = ('marts'))
AS
SELECT
	airline,
	count(*) AS route_count,
	array_agg(
		named_struct(
			'origin', origin_code,
			'destination', destination_code,
			'flights', flights,
			'average_arrival_delay', average_arrival_delay
		)
		ORDER BY flights DESC, origin_code, destination_code
	) AS routes
FROM core.routes
GROUP BY airline
