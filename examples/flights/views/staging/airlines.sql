-- A bare query: its name is its path (staging.airlines), and `defaults` in belvedere.yaml makes it materialised.
SELECT
	carrier AS carrier_code,
	trim(name) AS airline
FROM raw.airlines
