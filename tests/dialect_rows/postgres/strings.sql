-- dialect: postgres. Text: places from 1, patterns, NULL in concatenations, comparison by bytes.
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
SELECT id, substring(s FOR 2) FROM t ORDER BY id
SELECT substr('hello', -1)
SELECT substr('hello', 0)
SELECT substr('hello', 0, 2)
SELECT substr('hello', -1, 3)
SELECT substr('hello', 10)
SELECT substr('hello', 2, 0)
SELECT substr('hello', 2, -1)
SELECT left('hello', 2)
SELECT right('hello', 2)
SELECT left('hello', -2)
SELECT right('hello', -2)
SELECT left('hello', 10)
SELECT position('l' IN 'hello')
SELECT strpos('hello', 'l')
SELECT strpos('hello', 'z')
SELECT position('' IN 'hello')
SELECT trim('  x ')
SELECT ltrim('  x ')
SELECT rtrim('  x ')
SELECT btrim('xxaxx', 'x')
SELECT ltrim('xyxa', 'xy')
SELECT rtrim('axyx', 'xy')
SELECT trim(BOTH 'x' FROM 'xax')
SELECT trim(LEADING 'x' FROM 'xax')
SELECT trim(TRAILING FROM ' a ')
SELECT trim('x' FROM 'xax')
SELECT trim(E'\t a \n')
SELECT lpad('a', 3, 'xy')
SELECT rpad('a', 4, 'xy')
SELECT lpad('abcd', 2, 'x')
SELECT rpad('abcd', 2, 'x')
SELECT lpad('a', 3)
SELECT lpad('a', 0, 'x')
SELECT lpad('a', -1, 'x')
SELECT repeat('ab', 3)
SELECT repeat('ab', 0)
SELECT repeat('ab', -1)
SELECT lpad('a', 3, '')
SELECT replace('banana', 'an', 'x')
SELECT replace('banana', '', 'x')
SELECT translate('banana', 'an', 'xy')
SELECT translate('banana', 'an', 'x')
SELECT split_part('a,b,c', ',', 2)
SELECT split_part('a,b,c', ',', -1)
SELECT split_part('a,b,c', ',', 5)
SELECT split_part('a,b', ',', 0)
SELECT string_to_array('a,b', ',')
SELECT string_to_array('a,,b', ',')
SELECT string_to_array('abc', NULL)
SELECT string_to_array('', ',')
SELECT string_to_array('a,b', ',', 'b')
SELECT array_to_string(ARRAY['a', NULL, 'b'], ',')
SELECT array_to_string(ARRAY['a', NULL], ',', '*')
SELECT ascii('a')
SELECT ascii('é')
SELECT chr(97)
SELECT chr(233)
SELECT ascii('')
SELECT starts_with('hello', 'he')
SELECT 'hello' ^@ 'he'
SELECT id FROM t WHERE s LIKE 'a%' ORDER BY id
SELECT id FROM t WHERE s LIKE '_pple' ORDER BY id
SELECT id FROM t WHERE s ILIKE 'A%' ORDER BY id
SELECT id FROM t WHERE s NOT LIKE '%a%' ORDER BY id
SELECT id FROM t WHERE s LIKE 'a!%b!_c' ESCAPE '!' ORDER BY id
SELECT 'a\b' LIKE 'a\b'
SELECT 'a%b' LIKE 'a\%b'
SELECT 'axb' LIKE 'a\%b'
SELECT 'a\b' LIKE 'a\\b'
SELECT 'a%b' LIKE 'a\%b' ESCAPE ''
SELECT 'abc' SIMILAR TO 'a%'
SELECT 'abc' SIMILAR TO 'b'
SELECT 'abc' SIMILAR TO '(abc|x)'
SELECT 'abc' ~ 'a.*'
SELECT 'abc' ~ 'b'
SELECT 'abc' !~ 'x.*'
SELECT 'ABC' ~* 'abc'
SELECT 'ABC' !~* 'x'
SELECT id FROM t WHERE s ~ '^[a-z]+$' ORDER BY id
SELECT 'abc' ~~ 'a%'
SELECT 'abc' !~~ 'a%'
SELECT 'ABC' ~~* 'a%'
SELECT regexp_replace('banana', 'a', 'x')
SELECT regexp_replace('banana', 'a', 'x', 'g')
SELECT regexp_replace('banana', '(b)(a)', '\2\1')
SELECT regexp_match('abc123', '[0-9]+')
SELECT regexp_match('abc123', '([a-z]+)([0-9]+)')
SELECT regexp_matches('a1b22', '[0-9]+', 'g')
SELECT regexp_split_to_array('a1b22c', '[0-9]+')
SELECT regexp_count('banana', 'a')
SELECT regexp_like('Hello', 'L', 'i')
SELECT regexp_substr('abc123', '[0-9]+')
SELECT regexp_instr('abc123', '[0-9]')
SELECT substring('abc123' FROM '[0-9]+')
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
SELECT octet_length('é')
SELECT bit_length('é')
SELECT char_length('é')
SELECT character_length('é')
SELECT initcap('hello wORLD foo-bar')
SELECT initcap(s) FROM t ORDER BY id
SELECT md5('a')
SELECT to_hex(255)
SELECT to_hex(-1)
SELECT sha256('a')
SELECT 'it''s'
SELECT 'a' || 'b'
SELECT E'a\nb'
SELECT 'a\nb'
SELECT $$a'b$$
SELECT U&'\00e9'
SELECT overlay('hello' PLACING 'XX' FROM 2)
SELECT format('%s and %s', 1, 'x')
SELECT encode('abc'::bytea, 'base64')
SELECT encode('abc'::bytea, 'hex')
SELECT decode('YWJj', 'base64')
SELECT nullif('a', 'a')
SELECT nullif('a', 'b')
SELECT coalesce(NULL, NULL, 'y')
SELECT string_agg(s, ',' ORDER BY s) FROM t
SELECT string_agg(DISTINCT v, ',') FROM u
SELECT string_agg(v, '' ORDER BY id DESC) FROM u
SELECT 'x' IN ('x', NULL)
SELECT 'y' IN ('x', NULL)
SELECT 'y' NOT IN ('x', NULL)
SELECT NULL IN ('x')
SELECT 'abc' LIKE 'ab'
SELECT 'abc' LIKE NULL
SELECT NULL LIKE 'a'
SELECT '' LIKE ''
SELECT '' LIKE '%'
SELECT concat('[', s, ']') FROM t ORDER BY id
SELECT left(s, 1) AS l, count(*) FROM t GROUP BY l ORDER BY l
SELECT quote_literal('a''b')
SELECT quote_ident('A b')
SELECT unistr('\00e9')
SELECT normalize('é')
SELECT to_char(1234.5, '9999.99')
SELECT to_char(DATE '2024-01-02', 'YYYY-MM-DD')
SELECT to_char(ts, 'YYYY-MM-DD HH24:MI:SS') FROM t ORDER BY id
SELECT to_number('12.5', '99.9')
SELECT to_date('2024-01-02', 'YYYY-MM-DD')
SELECT to_timestamp('2024-01-02', 'YYYY-MM-DD')
SELECT reverse(NULL)
SELECT upper(NULL)
SELECT length('')
SELECT 'a' COLLATE "C" < 'B'
SELECT bool 'true' AND 'false'
SELECT strpos(s, 'p') FROM t ORDER BY id
SELECT substring('Thomas' from 2 for 3)
SELECT substring('hello', 2, 3)
SELECT s LIKE '%' || 'p' || '%' FROM t ORDER BY id
SELECT upper(s) || lower(s) FROM t ORDER BY id
SELECT regexp_replace('a.b', '.', 'x')
SELECT regexp_replace('a.b', '\.', '-')
SELECT regexp_replace('AbC', 'b', 'x', 'i')
SELECT btrim('  x  '), length(trim(s)) FROM t ORDER BY id
SELECT id, substr(s, a) FROM t WHERE a IS NOT NULL ORDER BY id
SELECT id, substr(s, a, 2) FROM t WHERE a IS NOT NULL ORDER BY id
SELECT 'a' || x FROM fl ORDER BY id
SELECT 'a' LIKE 'b' ESCAPE '$'::text
SELECT regexp_replace('abc', 'b*', '-', 'g')
SELECT regexp_replace('abcb', 'b+', '-', 'g'), regexp_replace('abcb', 'b*', '-')
SELECT POSITION(B'1010' IN B'0000101'), strpos('abc', 'c'), position('a' || 'b' in s), position('c' in 'abc') FROM t ORDER BY id
SELECT SUBSTRING('01010101'::bit(8) FROM 2 FOR 3), substring('abc', 2), substring('abc' from 2 for 1), substr('abc'::bytea, 2, 1)
SELECT SUBSTRING('abcdefg' SIMILAR 'a#"(b_d)#"%' ESCAPE '#')
SELECT encode('abc', 'hex')
SELECT encode('abc'::bytea, 'hex'), encode('abc'::bytea, 'base64')
