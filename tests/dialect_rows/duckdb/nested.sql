-- dialect: duckdb. Lists from 1, structs, maps, lambdas.
SELECT [1, 2, 3][1]
SELECT [1, 2, 3][0]
SELECT [1, 2, 3][-1]
SELECT [1, 2, 3][4]
SELECT [1, 2, 3, 4][2:3]
SELECT [1, 2, 3, 4][:2]
SELECT [1, 2, 3, 4][3:]
SELECT [1, 2, 3, 4][-2:]
SELECT [1, 2, 3, 4][0:2]
SELECT list_slice([1, 2, 3, 4], 2, 3)
SELECT list_slice([1, 2, 3, 4], -2, 4)
SELECT array_slice([1, 2, 3], 1, 2)
SELECT [1, 2, 3, 4, 5][1:5:2]
SELECT [1, 2, 3, 4][3:2]
SELECT [1, 2, 3][2:-1]
SELECT [1, 2, 3][5:6]
SELECT id, l[1] FROM na ORDER BY id
SELECT id, l[2] FROM na ORDER BY id
SELECT id, l[-1] FROM na ORDER BY id
SELECT id, len(l) FROM na ORDER BY id
SELECT id, length(l) FROM na ORDER BY id
SELECT id, array_length(l) FROM na ORDER BY id
SELECT id, list_contains(l, 5) FROM na ORDER BY id
SELECT id, list_has(l, 1) FROM na ORDER BY id
SELECT id, array_contains(l, 7) FROM na ORDER BY id
SELECT id, 5 IN l FROM na ORDER BY id
SELECT id, list_position(l, 5) FROM na ORDER BY id
SELECT id, list_indexof(l, 2) FROM na ORDER BY id
SELECT id, array_position(l, 7) FROM na ORDER BY id
SELECT list_position([1, 2], 3)
SELECT list_position([1, NULL], NULL)
SELECT list_contains([1, NULL], NULL)
SELECT id, list_sort(l) FROM na ORDER BY id
SELECT id, list_reverse_sort(l) FROM na ORDER BY id
SELECT id, list_sort(list_distinct(l)) FROM na ORDER BY id
SELECT id, list_reverse(l) FROM na ORDER BY id
SELECT list_sort([3, 1, NULL, 2])
SELECT list_sort([3, 1, NULL, 2], 'DESC')
SELECT list_sort([3, 1, NULL], 'ASC', 'NULLS FIRST')
SELECT id, list_sum(l) FROM na ORDER BY id
SELECT id, list_min(l) FROM na ORDER BY id
SELECT id, list_max(l) FROM na ORDER BY id
SELECT id, list_avg(l) FROM na ORDER BY id
SELECT id, list_count(l) FROM na ORDER BY id
SELECT list_concat([1], [2, 3])
SELECT [1] || [2]
SELECT list_append([1], 2)
SELECT list_prepend(0, [1])
SELECT array_append([1], NULL)
SELECT array_push_back([1], 2)
SELECT [1] || NULL
SELECT list_concat([1], NULL)
SELECT list_append(NULL, 1)
SELECT id, list_transform(l, x -> x + 1) FROM na ORDER BY id
SELECT id, list_filter(l, x -> x > 2) FROM na ORDER BY id
SELECT list_transform([1, 2], lambda x : x * 2)
SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1]
SELECT list_transform([10, 20], (x, i) -> x + i)
SELECT list_reduce([1, 2, 3], (a, b) -> a + b)
SELECT list_any_value([NULL, 2])
SELECT list_zip([1, 2], ['a', 'b'])
SELECT flatten([[1], [2, 3]])
SELECT list_unique([1, 1, NULL])
SELECT list_resize([1], 3)
SELECT flatten([[1, 2], NULL, [3]])
SELECT list_sort(list_intersect([1, 2, 3], [2, 3, 4]))
SELECT list_has_any([1, 2], [2])
SELECT list_has_all([1, 2], [2])
SELECT array_to_string([1, 2, NULL], '-')
SELECT list_string_agg(['a', 'b'])
SELECT range(3)
SELECT range(1, 7, 2)
SELECT generate_series(1, 3)
SELECT generate_series(3, 1, -1)
SELECT range(0)
SELECT generate_series(1, 5, 2)
SELECT range(5, 1, -2)
SELECT id, p.x FROM st ORDER BY id
SELECT id, p['y'] FROM st ORDER BY id
SELECT id, struct_extract(p, 'x') FROM st ORDER BY id
SELECT {'a': 1, 'b': 'x'}
SELECT {'a': 1}.a
SELECT row(1, 'x')
SELECT struct_pack(a := 1, b := 'y')
SELECT p FROM st ORDER BY id
SELECT id, p.* FROM st ORDER BY id
SELECT id, ll[1], ll[1][2], ls[1].q FROM st ORDER BY id
SELECT id, unnest(ll) FROM st ORDER BY 1, 2
SELECT id, q.q FROM st, unnest(ls) AS x(q) ORDER BY 1, 2
SELECT unnest({'a': 1, 'b': 2})
SELECT MAP {'a': 1, 'b': 2}
SELECT MAP {'a': 1}['a']
SELECT MAP {'a': 1}['z']
SELECT map(['k'], [1])
SELECT map_keys(MAP {'a': 1})
SELECT map_values(MAP {'a': 1})
SELECT cardinality(MAP {'a': 1})
SELECT element_at(MAP {'a': 1}, 'a')
SELECT map_entries(MAP {'a': 1})
SELECT map_extract(MAP {'a': 1}, 'a')
SELECT [1, 2] = [1, 2]
SELECT [1, 2] < [1, 3]
SELECT [1, NULL] = [1, NULL]
SELECT {'a': 1} = {'a': 1}
SELECT []
SELECT [[]]
SELECT [NULL]
SELECT len([])
SELECT len(NULL)
SELECT id FROM na ORDER BY l, id
SELECT l, count(*) FROM na GROUP BY l ORDER BY l
SELECT list_value(1, 2)
SELECT array_value(1, 2)
SELECT list_sort(array_distinct([1, 1, 2]))
SELECT array_unique([1, 1])
SELECT array_cat([1], [2])
SELECT array_has([1], 1)
SELECT array_has_any([1], [2])
SELECT array_has_all([1], [1])
SELECT array_sort([2, 1])
SELECT array_reverse_sort([2, 1])
SELECT array_reverse([1, 2])
SELECT array_indexof([1, 2], 2)
SELECT array_concat([1], [2])
SELECT list_extract([1, 2], 1)
SELECT list_element([1, 2], 2)
SELECT array_extract([1, 2], 1)
SELECT list_extract('abc', 2)
SELECT list_where([1, 2, 3], [true, false, true])
SELECT list_select([1, 2, 3], [3, 1])
SELECT list_grade_up([3, 1, 2])
SELECT list_aggregate([1, 2], 'sum')
SELECT list_cosine_similarity([1.0, 2.0], [1.0, 2.0])
SELECT list_distance([1.0, 2.0], [1.0, 3.0])
SELECT array_transform([1], x -> x)
SELECT apply([1], x -> x + 1)
SELECT list_apply([1], x -> x)
SELECT filter([1, 2], x -> x > 1)
SELECT array_filter([1], x -> true)
SELECT struct_insert({'a': 1}, b := 2)
SELECT {'a': {'b': 3}}.a.b
SELECT (SELECT list(x ORDER BY x) FROM (VALUES (2), (1)) v(x))
SELECT array_agg(a ORDER BY id)[1:2] FROM t
SELECT unnest([1, 2])
SELECT unnest(['a', 'b', 'c'])
SELECT unnest([[1, 2], [3]], recursive := true)
SELECT list_transform(l, x -> x + id) FROM na ORDER BY id
SELECT l[id] FROM na ORDER BY id
SELECT len('abc')
SELECT len([1, 2])
SELECT array_pop_back([1, 2])
SELECT array_pop_front([1, 2])
SELECT 3 IN [1, 2, 3]
SELECT [1, 2] @> [1]
SELECT [1] <@ [1, 2]
SELECT [1, 2] && [2]
SELECT string_split('a b', ' ')[1]
SELECT split_part('a b', ' ', 1)
SELECT CAST({'a': 1} AS STRUCT(a BIGINT))
SELECT CAST([1] AS VARCHAR[])
SELECT CAST([1, 2] AS VARCHAR)
SELECT CAST({'a': 1} AS VARCHAR)
SELECT id, l[2:], l[:1], l[2:3] FROM na ORDER BY id
SELECT id, l || l, list_concat(l, [9]), list_append(l, 9), list_prepend(9, l) FROM na ORDER BY id
SELECT substr('abcdef', -10, 3), substr('abcdef', -10), substr('abcdef', -4, 2), substr('abcdef', -6, 2), substr('abcdef', -7, 2)
SELECT id, substr(s, a) FROM t WHERE a IS NOT NULL ORDER BY id
SELECT id, substr(s, a, 2) FROM t WHERE a IS NOT NULL ORDER BY id
SELECT id, s[a] FROM t ORDER BY id
SELECT s[1] || s[2:], s[-2:] FROM t ORDER BY id
SELECT array_distance([1.0, 2.0]::DOUBLE[2], [1.0, 3.0]::DOUBLE[2])
SELECT list_sort(array_intersect([1, 2], [2, 3]))
SELECT array_prepend(0, [1])
SELECT array_push_front([1], 0)
SELECT array_resize([1, 2], 1)
SELECT array_resize([1], 3)
SELECT list_cat([1], [2])
SELECT list_first([1, 2])
SELECT list_first([])
SELECT union_tag(union_value(k := 1))
SELECT union_extract(union_value(k := 1), 'k')
SELECT cast_to_type('1', 1)
SELECT array_to_string([], ',')
SELECT array_to_string(l, ','), array_to_string(w, '-') FROM na ORDER BY id
SELECT unnest FROM unnest([1, 2])
SELECT x.unnest FROM u, unnest([k, 2]) AS x ORDER BY 1
SELECT v FROM unnest([1, 2]) AS v
SELECT l @> [3], l @> [NULL]::INT[], l <@ [1, 2, 3], l && [5, NULL]::INT[], list_has_all(l, [NULL, 7]), list_has_any(l, [NULL]::INT[]) FROM na ORDER BY id
SELECT NULL = ANY(l), 3 = ANY(l) FROM na ORDER BY id
SELECT list_distance([1.0::REAL], [2.5::REAL])
SELECT greatest([1], [2])
