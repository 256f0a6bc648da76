PRAGMA page_size = 4096;
PRAGMA foreign_keys = ON;
PRAGMA journal_mode;
PRAGMA encoding;
CREATE TABLE region (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region INTEGER NOT NULL REFERENCES region (id),
  credit REAL DEFAULT 100.5, since TEXT CHECK (since IS NULL OR length(since) = 10));
CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, price NUMERIC, tags TEXT,
  taxed AS (round(price * 1.2, 2)) STORED);
CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer (id),
  product INTEGER NOT NULL REFERENCES product (id), day TEXT NOT NULL, count INTEGER NOT NULL, price REAL NOT NULL,
  note TEXT);
CREATE TABLE setting (scope TEXT, name TEXT, value, PRIMARY KEY (scope, name)) WITHOUT ROWID;
CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, old, new);
CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES node (id), name TEXT);
INSERT INTO region VALUES (1, 'north'), (2, 'south'), (3, 'east'), (4, 'west'), (5, 'nowhere');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
  INSERT INTO customer (id, name, region, since)
  SELECT i, printf('Customer %03d of %s', i, CASE i % 3 WHEN 0 THEN 'Old' WHEN 1 THEN 'New' ELSE 'Other' END || ' Town'),
    i % 4 + 1, CASE WHEN i % 5 = 0 THEN NULL ELSE date('2000-01-01', (i * 13) || ' days') END FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
  INSERT INTO product (id, name, price, tags)
  SELECT i, printf('product %s%d', char(65 + i % 26), i), i * 1.75 + i % 7, json_array('tag' || (i % 5), i % 3 = 0) FROM n;
INSERT INTO node VALUES (1, NULL, 'root'), (2, 1, 'bin'), (3, 1, 'lib'), (4, 3, 'wasm'), (5, 4, 'process'), (6, 1, 'tmp');
INSERT INTO setting VALUES ('user', 'colour', 'blue'), ('user', 'size', 12), ('system', 'size', 3.25);
CREATE INDEX sale_customer ON sale (customer, day);
CREATE INDEX sale_product ON sale (product);
CREATE INDEX sale_dear ON sale (price) WHERE price > 1500;
CREATE INDEX customer_lower ON customer (lower(name));
CREATE UNIQUE INDEX product_name ON product (name);
CREATE VIEW turnover AS SELECT c.region AS region, s.product AS product, sum(s.count * s.price) AS amount
  FROM sale s JOIN customer c ON c.id = s.customer GROUP BY c.region, s.product;
CREATE TRIGGER setting_changed AFTER UPDATE OF value ON setting WHEN old.value IS NOT new.value BEGIN
  INSERT INTO audit (what, old, new) VALUES (new.scope || '.' || new.name, old.value, new.value); END;
CREATE TRIGGER customer_gone BEFORE DELETE ON customer BEGIN
  INSERT INTO audit (what, old) VALUES ('customer', old.name); END;
SELECT type, name, tbl_name FROM sqlite_schema ORDER BY type, name;
