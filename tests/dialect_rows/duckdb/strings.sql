-- dialect: duckdb. Text: places from 1, from the end, patterns, NULL in concatenations, comparison by bytes.
SELECT id, upper(s) FROM t ORDER BY id
SELECT id, lower(s) FROM t ORDER BY id
SELECT id, length(s) FROM t ORDER BY id
SELECT id, reverse(s) FROM t ORDER BY id
SELECT id, s || '!' FROM t ORDER BY id
SELECT id, concat(s, '!', NULL) FROM t ORDER BY id
SELECT id, concat_ws('-', s, NULL, 'x') FROM t ORDER BY id
SELECT 'a' || NULL
SELECT concat('a', NULL)
SELECT concat(NULL, NULL)
SELECT concat_ws('-', 'a', NULL, 'b')
SELECT concat_ws(NULL, 'a', 'b')
SELECT concat(1, 'a', 2.5, TRUE)
SELECT id, substr(s, 2, 3) FROM t ORDER BY id
SELECT id, substring(s, 2) FROM t ORDER BY id
SELECT id, substring(s FROM 2 FOR 2) FROM t ORDER BY id
SELECT id, s[2] FROM t ORDER BY id
SELECT id, s[2:3] FROM t ORDER BY id
SELECT substr('hello', -3)
SELECT substr('hello', -3, 2)
SELECT substr('hello', 0)
SELECT substr('hello', 0, 2)
SELECT substr('hello', 10)
SELECT substr('hello', 2, 0)
SELECT substr('hello', 2, -1)
SELECT substring('hello', -3, 2)
SELECT substr('héllo', 2, 1)
SELECT 'hello'[1]
SELECT 'hello'[-1]
SELECT 'hello'[2:4]
SELECT 'hello'[:2]
SELECT 'hello'[-2:]
SELECT 'hello'[0]
SELECT left('hello', 2)
SELECT right('hello', 2)
SELECT left('hello', -2)
SELECT right('hello', -2)
SELECT left('hello', 10)
SELECT position('l' IN 'hello')
SELECT strpos('hello', 'l')
SELECT instr('hello', 'z')
SELECT position('' IN 'hello')
SELECT trim('  x ')
SELECT ltrim('  x ')
SELECT rtrim('  x ')
SELECT trim('xxaxx', 'x')
SELECT ltrim('xyxa', 'xy')
SELECT rtrim('axyx', 'xy')
SELECT trim(BOTH 'x' FROM 'xax')
SELECT trim(LEADING 'x' FROM 'xax')
SELECT trim(TRAILING FROM ' a ')
SELECT lpad('a', 3, 'xy')
SELECT rpad('a', 4, 'xy')
SELECT lpad('abcd', 2, 'x')
SELECT rpad('abcd', 2, 'x')
SELECT lpad('a', 0, 'x')
SELECT lpad('a', -1, 'x')
SELECT repeat('ab', 3)
SELECT repeat('ab', 0)
SELECT repeat('ab', -1)
SELECT replace('banana', 'an', 'x')
SELECT replace('banana', '', 'x')
SELECT translate('banana', 'an', 'xy')
SELECT translate('banana', 'an', 'x')
SELECT split_part('a,b,c', ',', 2)
SELECT split_part('a,b,c', ',', -1)
SELECT split_part('a,b,c', ',', 5)
SELECT split_part('a,b', ',', 0)
SELECT string_split('a,b,c', ',')
SELECT str_split('a b', ' ')
SELECT split('a-b', '-')
SELECT string_split('', ',')
SELECT string_split('abc', '')
SELECT string_to_array('a,b', ',')
SELECT ascii('a')
SELECT ascii('é')
SELECT chr(97)
SELECT chr(233)
SELECT ord('a')
SELECT unicode('é')
SELECT ascii('')
SELECT starts_with('hello', 'he')
SELECT ends_with('hello', 'lo')
SELECT contains('hello', 'ell')
SELECT prefix('hello', 'he')
SELECT suffix('hello', 'lo')
SELECT id FROM t WHERE s LIKE 'a%' ORDER BY id
SELECT id FROM t WHERE s LIKE '_pple' ORDER BY id
SELECT id FROM t WHERE s ILIKE 'A%' ORDER BY id
SELECT id FROM t WHERE s NOT LIKE '%a%' ORDER BY id
SELECT id FROM t WHERE s LIKE 'a!%b!_c' ESCAPE '!' ORDER BY id
SELECT 'a\b' LIKE 'a\b'
SELECT 'a%b' LIKE 'a\%b'
SELECT 'axb' LIKE 'a\%b'
SELECT 'a%b' LIKE 'a\%b' ESCAPE '\'
SELECT 'abc' SIMILAR TO 'a.*'
SELECT 'abc' SIMILAR TO 'b'
SELECT 'abc' SIMILAR TO '(abc|x)'
SELECT 'abc' ~ 'a.*'
SELECT 'abc' ~ 'b'
SELECT 'abc' !~ 'x.*'
SELECT 'abc' GLOB 'a*'
SELECT 'abc' GLOB 'A*'
SELECT 'abc' ~~ 'a%'
SELECT 'abc' !~~ 'a%'
SELECT 'ABC' ~~* 'a%'
SELECT regexp_matches('hello', 'l+')
SELECT regexp_matches('hello', '^l')
SELECT regexp_matches('HELLO', 'l', 'i')
SELECT regexp_full_match('hello', 'h.*o')
SELECT regexp_full_match('hello', 'ell')
SELECT regexp_replace('banana', 'a', 'x')
SELECT regexp_replace('banana', 'a', 'x', 'g')
SELECT regexp_replace('banana', '(b)(a)', '\2\1')
SELECT regexp_extract('abc123', '[0-9]+')
SELECT regexp_extract('abc123', '([a-z]+)([0-9]+)', 2)
SELECT regexp_extract('abc', 'x')
SELECT regexp_extract_all('a1b22', '[0-9]+')
SELECT regexp_split_to_array('a1b22c', '[0-9]+')
SELECT id FROM t ORDER BY s, id
SELECT id FROM t ORDER BY s DESC, id
SELECT 'a' < 'B'
SELECT 'Z' < 'a'
SELECT 'a' < 'ä'
SELECT '' < 'a'
SELECT 'a' = 'a '
SELECT min(s), max(s) FROM t
SELECT lower('ÄÖÜ')
SELECT length('東京')
SELECT strlen('é')
SELECT bit_length('é')
SELECT octet_length('é'::BLOB)
SELECT char_length('é')
SELECT character_length('é')
SELECT length('')
SELECT md5('a')
SELECT sha256('a')
SELECT 'it''s'
SELECT E'a\nb'
SELECT 'a\nb'
SELECT $$a'b$$
SELECT hex('abc')
SELECT to_hex(255)
SELECT bin(5)
SELECT to_base(10, 2)
SELECT levenshtein('kitten', 'sitting')
SELECT hamming('abc', 'abd')
SELECT jaccard('abc', 'abd')
SELECT format('{} and {}', 1, 'x')
SELECT printf('%d-%s', 1, 'x')
SELECT base64('abc'::BLOB)
SELECT from_base64('YWJj')
SELECT encode('abc')
SELECT decode('abc'::BLOB)
SELECT nullif('a', 'a')
SELECT nullif('a', 'b')
SELECT ifnull(NULL, 'x')
SELECT coalesce(NULL, NULL, 'y')
SELECT concat_ws(',', [1, 2])
SELECT id, s COLLATE NOCASE FROM t ORDER BY id
SELECT strip_accents('é')
SELECT nfc_normalize('é')
SELECT array_to_string(['a', NULL, 'b'], ',')
SELECT list_aggregate(['a', 'b'], 'string_agg', ',')
SELECT string_agg(s, ',' ORDER BY s) FROM t
SELECT group_concat(s, ';' ORDER BY id) FROM t
SELECT string_agg(DISTINCT v, ',' ORDER BY v) FROM u
SELECT listagg(s, ',' ORDER BY id DESC) FROM t WHERE id < 4
SELECT 'x' IN ('x', NULL)
SELECT 'y' IN ('x', NULL)
SELECT 'y' NOT IN ('x', NULL)
SELECT NULL IN ('x')
SELECT url_encode('a b&c')
SELECT url_decode('a%20b')
SELECT 'abc' LIKE 'ab'
SELECT 'abc' LIKE NULL
SELECT NULL LIKE 'a'
SELECT '' LIKE ''
SELECT '' LIKE '%'
SELECT like_escape('a%b', 'a$%b', '$')
SELECT not_like_escape('a', 'b', '$')
SELECT concat('[', s, ']') FROM t ORDER BY id
SELECT left(s, 1) AS l, count(*) FROM t GROUP BY l ORDER BY l
SELECT s.upper() FROM t ORDER BY id
SELECT ('ab').length()
SELECT 'abc'[0:2], 'abc'[1:2], 'abc'[0:0], 'abc'[:2]
SELECT ord(''), unicode('é')
SELECT split_part('a,b', '', 1)
SELECT string_agg(s, '-' ORDER BY s) FROM t
