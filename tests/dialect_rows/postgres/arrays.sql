-- dialect: postgres. Arrays from 1.
SELECT (ARRAY[1, 2, 3])[1], (ARRAY[1, 2, 3])[0], (ARRAY[1, 2, 3])[4]
SELECT (ARRAY[1, 2, 3, 4])[2:3]
SELECT (ARRAY[1, 2, 3, 4])[:2]
SELECT (ARRAY[1, 2, 3, 4])[3:]
SELECT id, l[1], l[2], l[5] FROM na ORDER BY id
SELECT id, array_length(l, 1) FROM na ORDER BY id
SELECT id, cardinality(l) FROM na ORDER BY id
SELECT id, array_position(l, 5) FROM na ORDER BY id
SELECT id, array_append(l, 9), array_prepend(9, l) FROM na ORDER BY id
SELECT id, array_cat(l, ARRAY[1]) FROM na ORDER BY id
SELECT id, array_remove(l, 5) FROM na ORDER BY id
SELECT id, array_replace(l, 5, 6) FROM na ORDER BY id
SELECT id, array_positions(l, 5) FROM na ORDER BY id
SELECT id, array_to_string(l, ',') FROM na ORDER BY id
SELECT id, array_to_string(w, '-', '?') FROM na ORDER BY id
SELECT id, l || 9, 9 || l, l || l FROM na ORDER BY id
SELECT id, 5 = ANY(l), 5 <> ALL(l) FROM na ORDER BY id
SELECT id, 5 > ANY(l) FROM na ORDER BY id
SELECT id, l = ARRAY[3, 1, 2] FROM na ORDER BY id
SELECT id FROM na ORDER BY l, id
SELECT id, unnest(l) FROM na ORDER BY 1, 2
SELECT id, x FROM na, unnest(l) AS n(x) ORDER BY 1, 2
SELECT id, x, i FROM na, unnest(l) WITH ORDINALITY AS n(x, i) ORDER BY 1, 3
SELECT id, x FROM na LEFT JOIN LATERAL unnest(l) AS n(x) ON true ORDER BY 1, 2
SELECT array_agg(id ORDER BY id) FROM na
SELECT array_agg(x) FROM e
SELECT ARRAY(SELECT id FROM na ORDER BY id)
SELECT l @> ARRAY[5], ARRAY[1] <@ l FROM na ORDER BY id
SELECT l && ARRAY[5, 1] FROM na ORDER BY id
SELECT array_ndims(l) FROM na ORDER BY id
SELECT array_dims(l) FROM na ORDER BY id
SELECT g FROM generate_series(1, 3) g ORDER BY g
SELECT generate_series FROM generate_series(1, 3) ORDER BY 1
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS u(x, y) ORDER BY x
SELECT x FROM unnest(ARRAY[3, 1, 2]) x ORDER BY x
SELECT (array_agg(a ORDER BY id))[1] FROM t
SELECT l[-1], l[0], l[1], l[id] FROM na ORDER BY id
SELECT l[-1:], l[:2], l[2:], l[-1:1], l[0:1] FROM na ORDER BY id
SELECT l @> ARRAY[3], l @> ARRAY[NULL]::int[], l <@ ARRAY[1, 2, 3], l && ARRAY[NULL]::int[] FROM na ORDER BY id
SELECT NULL = ANY(l), 3 = ANY(l), 3 <> ALL(l) FROM na ORDER BY id
SELECT 1 = ANY(ARRAY[]::int[]), NULL = ANY(ARRAY[]::int[])
SELECT array_remove(ARRAY[1,NULL,3], NULL), array_remove(ARRAY[1,NULL,3], 1)
