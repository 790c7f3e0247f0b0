"""Statements of an analyst who wants more than she may have. None gives it to her."""

ON_BOTH = """
SELECT * FROM case_file
SELECT pin_hash FROM case_file
SELECT url FROM page
SELECT url FROM image_url
SELECT links_to FROM sighting
SELECT number FROM match
SELECT reason, actor FROM review_decision
SELECT reason FROM audit_entry
SELECT session_key FROM account
SELECT value FROM signal
SELECT number FROM registration
SELECT cookies FROM site
SELECT reason FROM crawl
SELECT analyst_site.cookies FROM analyst_site
SELECT 1 UNION SELECT number FROM case_file
SELECT (SELECT pin_hash FROM case_file LIMIT 1) FROM analyst_site
SELECT site FROM analyst_site WHERE EXISTS (SELECT 1 FROM case_file WHERE number LIKE 'C%')
SELECT site FROM analyst_site ORDER BY (SELECT pin_hash FROM case_file LIMIT 1)
SELECT count(*) FROM analyst_site GROUP BY (SELECT pin_hash FROM case_file LIMIT 1)
SELECT c.number FROM analyst_site a JOIN case_file c ON 1 = 1
SELECT * FROM (SELECT number FROM case_file) AS analyst_match
SELECT * FROM (WITH analyst_site AS (SELECT pin_hash FROM case_file) SELECT * FROM analyst_site) x
WITH analyst_match AS (SELECT * FROM case_file) SELECT * FROM analyst_match
WITH analyst_site AS (SELECT number AS site FROM case_file) SELECT site FROM analyst_site
WITH match AS (SELECT number FROM case_file) SELECT * FROM match
WITH RECURSIVE site(n) AS (SELECT number FROM case_file UNION SELECT n FROM site) SELECT n FROM site
WITH x AS (DELETE FROM match RETURNING number) SELECT * FROM x
SELECT 1; SELECT number FROM case_file
SELECT 1; DELETE FROM match
SELECT * INTO taken FROM analyst_site
DELETE FROM match
DELETE FROM match RETURNING number
UPDATE case_file SET pin_hash = 'mine'
INSERT INTO analyst_site VALUES ('x', '2026-01-01', 'watched', 1)
DROP TABLE match
DROP VIEW analyst_match
CREATE TABLE taken (number text)
CREATE VIEW taken AS SELECT * FROM case_file
ALTER TABLE match RENAME TO taken
VACUUM
BEGIN
COMMIT
SELECT load_extension('/tmp/x.so')
SELECT readfile('/etc/passwd')
""".strip().splitlines()

ON_SQLITE = """
SELECT * FROM main.analyst_match
SELECT rowid FROM case_file
SELECT "number" FROM "case_file"
SELECT count(*) FROM case_file
SELECT count(*) FROM audit_entry
SELECT sql FROM sqlite_master
SELECT sql FROM (SELECT 1 AS sql) NATURAL FULL JOIN sqlite_temp_schema
SELECT seq FROM (SELECT 1 AS seq) NATURAL FULL JOIN "sqlite_sequence"
SELECT number FROM (SELECT 1 AS number) RIGHT JOIN case_file USING (number)
SELECT sql FROM sqlite_schema
SELECT sql FROM sqlite_temp_master
SELECT sql FROM temp.sqlite_temp_schema
SELECT * FROM pragma_table_info('case_file')
SELECT * FROM dbstat
SELECT * FROM sqlite_stmt
SELECT * FROM json_each('[1]')
SELECT fts3_tokenizer('simple')
SELECT zeroblob(100000000)
SELECT randomblob(1000000)
SELECT sqlite_source_id()
PRAGMA table_list
PRAGMA query_only=OFF
PRAGMA writable_schema=ON
PRAGMA temp_store_directory='/tmp'
ATTACH DATABASE ':memory:' AS other
DETACH DATABASE main
CREATE TEMP VIEW taken AS SELECT * FROM case_file
CREATE TEMP TRIGGER taken INSTEAD OF INSERT ON analyst_site BEGIN SELECT 1; END
SAVEPOINT here
REINDEX
ANALYZE
""".strip().splitlines()

ON_POSTGRESQL = """
SELECT pg_read_file('/etc/passwd')
SELECT pg_read_binary_file('PG_VERSION')
SELECT pg_ls_dir('.')
SELECT lo_import('/etc/passwd')
SELECT query_to_xml('SELECT * FROM case_file', true, true, '')
SELECT table_to_xml('case_file', true, true, '')
SELECT database_to_xml(true, true, '')
SELECT cursor_to_xml('asked', 1, true, true, '')
SELECT ts_stat('SELECT to_tsvector(number) FROM case_file')
SELECT * FROM pg_authid
SELECT * FROM pg_shadow
SELECT * FROM pg_statistic
SELECT * FROM pg_hba_file_rules
SELECT 1) AS asked; RESET ROLE; SELECT * FROM (SELECT number FROM case_file
SELECT 1) AS asked UNION SELECT number FROM case_file --
SELECT 1) AS asked UNION SELECT * FROM (SELECT pin_hash FROM case_file
SELECT set_config('role', 'postgres', true)
SELECT set_config('session_authorization', 'postgres', true)
SELECT U&"set!005fconfig"('role', 'postgres', true) UESCAPE '!'
SELECT nextval('match_match_id_seq')
SELECT site FROM analyst_site FOR UPDATE
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
SELECT pg_advisory_lock(1)
SELECT pg_reload_conf()
SELECT pg_stat_reset()
SELECT lo_create(0)
SELECT dblink('dbname=postgres', 'SELECT 1')
COPY (SELECT 1) TO PROGRAM 'id'
COPY case_file TO STDOUT
DO $$ BEGIN PERFORM 1; END $$
SET ROLE postgres
RESET ROLE
SHOW data_directory
LISTEN everything
EXPLAIN ANALYZE SELECT * FROM case_file
CALL nothing()
TABLE case_file
VALUES ((SELECT number FROM case_file LIMIT 1))
""".strip().splitlines()
