SELECT count(*), min(id), max(id) FROM sale;
PRAGMA page_count;
SELECT sum(count), avg(count), total(price), min(price), max(price) FROM sale;
SELECT count(note), count(*) - count(note), count(DISTINCT note), min(note), max(note) FROM sale WHERE id < 25000;
EXPLAIN QUERY PLAN SELECT * FROM sale WHERE customer = 7 AND day > '2020-06-01';
EXPLAIN QUERY PLAN SELECT * FROM sale WHERE price > 1550;
EXPLAIN QUERY PLAN SELECT * FROM customer WHERE lower(name) = 'customer 007 of new town';
EXPLAIN QUERY PLAN SELECT c.name FROM sale s JOIN customer c ON c.id = s.customer WHERE s.product = 3;
ANALYZE;
SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx;
EXPLAIN QUERY PLAN SELECT * FROM sale WHERE product = 3 AND customer = 4;
SELECT id, name, initials(name) FROM customer WHERE lower(name) = 'customer 007 of new town';
SELECT id, customer, day, count, price FROM sale WHERE customer = 7 AND day > '2020-06-01' ORDER BY day, id LIMIT 12;
SELECT id, price FROM sale WHERE price > 1550 ORDER BY price DESC, id LIMIT 12;
SELECT r.name, count(*), sum(s.count), sum(s.count * s.price) FROM sale s JOIN customer c ON c.id = s.customer
  JOIN region r ON r.id = c.region GROUP BY r.id ORDER BY r.name;
SELECT r.name, count(c.id) FROM region r LEFT JOIN customer c ON c.region = r.id GROUP BY r.id ORDER BY r.id;
SELECT r.name FROM region r WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.region = r.id);
SELECT p.name, p.price, p.taxed, p.tags FROM product p WHERE p.name LIKE 'PRODUCT c%' ORDER BY p.id;
SELECT p.name FROM product p WHERE p.name GLOB 'product [D-F]*' ORDER BY p.name;
SELECT name FROM product WHERE name = 'PRODUCT B1';
SELECT region, product, amount FROM turnover WHERE product IN (1, 2, 3) ORDER BY region, product;
SELECT region, product, amount, rank() OVER (PARTITION BY region ORDER BY amount DESC) AS place FROM turnover
  WHERE product < 10 ORDER BY region, place, product;
SELECT day, sum(count) AS n, sum(sum(count)) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM sale
  WHERE day BETWEEN '2020-02-01' AND '2020-02-29' GROUP BY day ORDER BY day;
SELECT id, price, lag(price) OVER w, lead(price, 2, -1) OVER w, ntile(4) OVER w, first_value(id) OVER w FROM sale
  WHERE id <= 12 WINDOW w AS (ORDER BY price, id) ORDER BY price, id;
SELECT row_number() OVER (ORDER BY id DESC), dense_rank() OVER (ORDER BY count), percent_rank() OVER (ORDER BY count),
  cume_dist() OVER (ORDER BY count), id FROM sale WHERE id <= 10 ORDER BY id;
SELECT strftime('%Y', day) AS year, strftime('%m', day) AS month, count(*), round(sum(price), 3) FROM sale
  WHERE id <= 20000 GROUP BY year, month ORDER BY year, month;
SELECT strftime('%w', day) AS weekday, count(*), avg(price) FROM sale WHERE id > 80000 GROUP BY weekday ORDER BY weekday;
SELECT count, count(*), group_concat(DISTINCT product % 3) FROM sale WHERE id < 500 GROUP BY count HAVING count(*) > 50
  ORDER BY count;
SELECT customer, count(*) AS n FROM sale GROUP BY customer ORDER BY n DESC, customer LIMIT 10;
SELECT customer, sum(price) AS s FROM sale WHERE id < 10000 GROUP BY customer HAVING s > (SELECT avg(x) * 1.2 FROM
  (SELECT sum(price) AS x FROM sale WHERE id < 10000 GROUP BY customer)) ORDER BY s DESC;
SELECT product, count(*) FROM sale WHERE customer IN (SELECT id FROM customer WHERE region = 2 AND since IS NULL)
  GROUP BY product ORDER BY 2 DESC, 1 LIMIT 5;
SELECT a.id, b.id FROM sale a JOIN sale b ON a.price = b.price AND a.id < b.id WHERE a.id < 3000 AND b.id < 3000
  ORDER BY a.id, b.id LIMIT 10;
SELECT c1.id, c2.id FROM customer c1 CROSS JOIN customer c2 WHERE c1.id < 4 AND c2.id BETWEEN c1.id AND 4;
SELECT id FROM customer WHERE region = 1 INTERSECT SELECT customer FROM sale WHERE count = 9 ORDER BY id LIMIT 8;
SELECT id FROM customer EXCEPT SELECT customer FROM sale WHERE product = 50 ORDER BY id LIMIT 8;
SELECT 'a' AS k, 1 AS v UNION SELECT 'b', 2 UNION ALL SELECT 'a', 1 ORDER BY k, v;
WITH RECURSIVE path (id, name) AS (SELECT id, '/' FROM node WHERE parent IS NULL UNION ALL
  SELECT n.id, rtrim(p.name, '/') || '/' || n.name FROM node n JOIN path p ON n.parent = p.id)
  SELECT * FROM path ORDER BY name;
WITH RECURSIVE fibonacci (n, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT n + 1, b, a + b FROM fibonacci WHERE n < 90)
  SELECT n, a FROM fibonacci WHERE n % 10 = 0;
WITH RECURSIVE p (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM p WHERE n < 120)
  SELECT group_concat(n) FROM p WHERE NOT EXISTS (SELECT 1 FROM p AS d WHERE d.n < p.n AND p.n % d.n = 0);
WITH RECURSIVE row (y) AS (SELECT -1.2 UNION ALL SELECT y + 0.2 FROM row WHERE y < 1.1),
  column (x) AS (SELECT -2.0 UNION ALL SELECT x + 0.06 FROM column WHERE x < 0.7),
  point (n, cx, cy, x, y) AS (SELECT 0, x, y, 0.0, 0.0 FROM row, column UNION ALL
    SELECT n + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM point WHERE x * x + y * y < 4.0 AND n < 20),
  picture (n, cx, cy) AS (SELECT max(n), cx, cy FROM point GROUP BY cx, cy)
  SELECT group_concat(substr(' .:+*#', 1 + min(n / 4, 5), 1), '') FROM picture GROUP BY cy ORDER BY cy;
SELECT 1 / 3, 1 / 3.0, -7 / 2, -7 % 3, 7.5 % 2, 1 << 40, ~5, 6 & 3, 6 | 3;
SELECT 1e15, 1e16, 123456789012345678, 0.1, 0.1 + 0.2, 1.0 / 7, 1e300 * 1e300, -1e300 * 1e300, 2.5e-310;
SELECT 9223372036854775807, 9223372036854775807 + 1, -9223372036854775808, 9223372036854775808;
SELECT round(2.5), round(-2.5), round(3.14159, 3), round(1e20, 2), abs(-3.5), abs(-9), sign(-2.0);
SELECT 3.0, 100.0, 1e2, 1.5e10, 123456.789e3, 5e-324, 1.7976931348623157e308;
SELECT CAST('12abc' AS INTEGER), CAST('1.5e3x' AS REAL), CAST(3.99 AS INTEGER), CAST(12 AS TEXT) || 'x', CAST(x'616263' AS TEXT);
SELECT typeof(1), typeof(1.0), typeof('1'), typeof(x'01'), typeof(NULL), typeof(1 + '2'), typeof('1' || 2);
SELECT printf('%d|%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%s|%10s|%-10s|%%', 42, 42, 42, 42, 42, 255, 255, 8, 'xyz', 'text', 'right', 'left');
SELECT printf('%f|%.3f|%e|%.10e|%g|%g|%G|%10.2f|%-10.1f|%,d', 3.14159265358979, 2.0 / 3, 12345.678, 1.0 / 3, 1e-5, 123456789.0, 1e20, 2.5, 2.25, 1234567);
SELECT printf('%q|%Q|%w', 'it''s', 'it''s', 'a"b'), quote(x'0102ff'), quote('it''s'), quote(NULL), quote(1.5);
SELECT length('héllo'), length(x'0102'), upper('straße'), lower('ÄBC'), unicode('é'), char(72, 233, 8364);
SELECT substr('process', 2, 3), substr('process', -3), instr('process', 'cess'), replace('banana', 'an', '<>'), trim('  x '), ltrim('xxy', 'x');
SELECT hex('abc'), hex(x'00ff'), hex(zeroblob(4)), x'4142' || x'43', 'a' < 'B', 'a' < 'B' COLLATE NOCASE, NULL = NULL, NULL IS NULL;
SELECT coalesce(NULL, NULL, 3), ifnull(NULL, 'x'), nullif(1, 1), iif(1 > 2, 'yes', 'no'), max(3, 1, 2), min('b', 'a'), likely(1);
SELECT date('2024-02-28', '+2 days'), date('2023-01-31', '+1 month'), time('12:00', '-90 minutes'), datetime(1700000000, 'unixepoch');
SELECT julianday('2000-01-01 12:00:00'), strftime('%s', '2038-01-19 03:14:07'), strftime('%j %W %H:%M:%f', '2021-12-31 23:59:59.875');
SELECT date('2024-05-15', 'start of month', '+1 month', '-1 day'), date('2024-05-15', 'weekday 0'), date('not a date');
SELECT json('{"a": [1, 2.50, "x"], "b": null}'), json_extract('{"a": [1, 2.50, "x"]}', '$.a[1]'), json_type('[1]', '$[0]');
SELECT key, value, type, path FROM json_each('{"one": 1, "two": [2, 3], "three": "3"}');
SELECT fullkey, atom FROM json_tree('{"a": {"b": [true, false, null]}}') WHERE atom IS NOT NULL OR type = 'null';
SELECT json_group_array(id), json_group_object(name, id) FROM region WHERE id < 4;
SELECT tags -> 0, tags ->> 0, count(*) FROM product GROUP BY tags ->> 0 ORDER BY 2;
SELECT json_set('{"a": 1}', '$.b', json('[1,2]')), json_remove('[0,1,2]', '$[1]'), json_patch('{"a":1,"b":2}', '{"b":null,"c":3}');
INSERT INTO setting VALUES ('user', 'size', 14) ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value RETURNING *;
UPDATE setting SET value = value || '!' WHERE scope = 'user' RETURNING name, value;
UPDATE setting SET value = value;
SELECT * FROM audit ORDER BY id;
SELECT * FROM setting ORDER BY scope, name;
INSERT OR IGNORE INTO setting VALUES ('user', 'size', 99);
INSERT OR REPLACE INTO setting VALUES ('user', 'size', 100);
SELECT changes(), total_changes() > 100, last_insert_rowid();
INSERT INTO setting VALUES ('user', 'size', 1);
INSERT INTO customer (id, name, region) VALUES (999, 'nobody', 77);
INSERT INTO customer (id, name, region) VALUES (999, NULL, 1);
INSERT INTO customer (id, name, region, since) VALUES (999, 'bad', 1, 'yesterday');
INSERT INTO product (id, name) VALUES (999, 'PRODUCT B1');
DELETE FROM customer WHERE id = 1;
SELECT nothing FROM nowhere;
SELECT 1 +;
SELECT abs(-9223372036854775807 - 1);
SELECT json('{broken');
SELECT date('now');
INSERT INTO customer (id, name, region) VALUES (1000, 'Brief Visitor', 5);
DELETE FROM customer WHERE id = 1000;
SELECT count(*), max(what), max(old) FROM audit;
BEGIN;
UPDATE sale SET price = price * 2 WHERE customer = 3;
SELECT sum(price) FROM sale WHERE customer = 3;
SAVEPOINT one;
DELETE FROM sale WHERE id % 2 = 0 AND id < 20000;
SELECT count(*) FROM sale;
SAVEPOINT two;
DROP TABLE setting;
SELECT count(*) FROM sqlite_schema WHERE name = 'setting';
ROLLBACK TO two;
SELECT count(*) FROM sqlite_schema WHERE name = 'setting';
ROLLBACK TO one;
SELECT count(*) FROM sale;
RELEASE one;
ROLLBACK;
SELECT sum(price) FROM sale WHERE customer = 3;
BEGIN IMMEDIATE;
DELETE FROM sale WHERE day < '2020-03-01';
SELECT changes();
COMMIT;
SELECT count(*), min(day) FROM sale;
PRAGMA freelist_count;
VACUUM;
PRAGMA freelist_count;
PRAGMA page_count;
ALTER TABLE setting RENAME TO preference;
ALTER TABLE preference ADD COLUMN remark TEXT DEFAULT 'none';
ALTER TABLE preference RENAME COLUMN value TO content;
SELECT * FROM preference ORDER BY scope, name;
ALTER TABLE preference DROP COLUMN remark;
SELECT sql FROM sqlite_schema WHERE name = 'preference';
CREATE TEMP TABLE wide AS SELECT s.id, s.note, c.name, p.name AS product FROM sale s JOIN customer c ON c.id = s.customer
  JOIN product p ON p.id = s.product WHERE s.id <= 20000;
SELECT count(*), count(DISTINCT name), count(DISTINCT product) FROM wide;
SELECT id, note, name, product FROM wide ORDER BY note, id LIMIT 10;
SELECT id, note FROM wide WHERE note IS NOT NULL ORDER BY note DESC, id LIMIT 10;
SELECT name, product, count(*) FROM wide GROUP BY name, product ORDER BY 3 DESC, 1, 2 LIMIT 10;
CREATE INDEX temp.wide_note ON wide (note, id);
SELECT note, min(id), count(*) AS n FROM wide WHERE note IS NOT NULL GROUP BY note ORDER BY n DESC, note LIMIT 5;
DROP TABLE wide;
SELECT count(*) FROM sale s1 WHERE s1.id < 500 AND s1.price > (SELECT avg(s2.price) FROM sale s2 WHERE s2.customer = s1.customer
  AND s2.day < '2020-05-01');
UPDATE product SET price = price + 0.01 WHERE id IN (SELECT product FROM sale WHERE price > 1561) RETURNING id, price, taxed;
SELECT quote(sum(price)), quote(sum(taxed)), quote(avg(taxed)) FROM product;
DELETE FROM sale WHERE rowid IN (SELECT id FROM sale ORDER BY price DESC, id LIMIT 100);
SELECT max(price), count(*) FROM sale;
REINDEX sale_product;
PRAGMA integrity_check;
PRAGMA foreign_key_check;
PRAGMA index_list(sale);
PRAGMA table_info(product);
PRAGMA user_version = 42;
PRAGMA user_version;
ATTACH ':memory:' AS other;
CREATE TABLE other.copy AS SELECT id, name FROM customer WHERE id <= 5;
SELECT c.id, c.name = o.name FROM customer c JOIN other.copy o USING (id);
SELECT * FROM other.copy NATURAL JOIN (SELECT id, region FROM customer);
DETACH other;
