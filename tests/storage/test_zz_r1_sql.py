import pytest
from tests.storage.test_analyst_queries import *
from storage import analyst_query
MORE_SQLITE = r"""
SELECT * FROM main.case_file
SELECT 1 FROM case_file
SELECT 1 FROM main.match
SELECT 1 FROM match NATURAL JOIN site
SELECT 1 FROM match JOIN review_decision USING (match_id)
SELECT count(*) FROM match WHERE rowid = 1
SELECT count(*) FROM match WHERE _rowid_ = 1
SELECT count(*) FROM match WHERE oid=1
SELECT count(*) FROM match WHERE match MATCH 'x'
SELECT count(*) FROM match WHERE number LIKE 'M%'
SELECT max(rowid) FROM match
SELECT count(number) FROM match
SELECT count(*) FROM match GROUP BY number
SELECT count(*) FROM match ORDER BY number
SELECT count(*) FILTER (WHERE number > 'A') FROM match
SELECT count(*) FROM match m, site s
SELECT count(*) FROM match INDEXED BY sqlite_autoindex_match_1
SELECT count(*) FROM site WHERE cookies IS NOT NULL
SELECT (SELECT count(*) FROM match WHERE match.number = 'M-SECRET') FROM analyst_site
SELECT quote(x) FROM (SELECT site x FROM analyst_site)
SELECT (SELECT hex(cookies) FROM site)
SELECT analyst_match.rowid FROM analyst_match
SELECT m.number FROM analyst_match
SELECT f.links_to FROM analyst_sighting_day
SELECT * FROM analyst_site WHERE s.cookies IS NOT NULL
SELECT * FROM analyst_site, main.site
SELECT * FROM analyst_site JOIN main.site USING(name)
WITH v AS MATERIALIZED (SELECT * FROM main.site) SELECT * FROM v
SELECT * FROM analyst_site WHERE site IN main.site
SELECT * FROM analyst_site WHERE site IN case_file
SELECT 1 IN case_file
SELECT 1 WHERE 1 IN (SELECT case_id FROM main.case_file)
SELECT 'x' IN (TABLE case_file)
VALUES (1) UNION SELECT number FROM match
VALUES ((SELECT number FROM match))
SELECT json_extract('{}','$')
SELECT * FROM generate_series(1,3)
SELECT * FROM sqlite_dbpage
SELECT * FROM sqlite_sequence
SELECT * FROM sqlite_stat1
SELECT * FROM pragma_database_list
SELECT * FROM pragma_function_list
SELECT writefile('/tmp/r1/x', 'x')
SELECT edit('x')
SELECT printf('%.*c', 900000000, 'x')
SELECT group_concat(number) FROM match
SELECT first_value(number) OVER () FROM match
EXPLAIN SELECT * FROM analyst_site
EXPLAIN QUERY PLAN SELECT * FROM analyst_site
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c
SELECT count(*) FROM analyst_site a, analyst_site b, analyst_site c GROUP BY nosuch
SELECT sqlite_rename_table(1,2,3,4,5,6,7)
SELECT * FROM fts5vocab
WITH analyst_site AS (SELECT * FROM main.site) SELECT * FROM analyst_site
WITH main AS (SELECT 1) SELECT * FROM main.site
SELECT likelihood(1,0.5)
SELECT * FROM analyst_site AS site WHERE site.cookies = 1
SELECT nosuch FROM analyst_match
SELECT nosuch.* FROM analyst_match
SELECT * FROM analyst_match(1)
SELECT * FROM analyst_match INDEXED BY nosuch
SELECT * FROM analyst_match NOT INDEXED
SELECT temp.analyst_match.nosuch FROM analyst_match
SELECT changes(), last_insert_rowid(), total_changes()
SELECT * FROM analyst_site LIMIT (SELECT count(*) FROM case_file)
SELECT * FROM analyst_site LIMIT (SELECT cookies FROM main.site)
SELECT max(x) FROM (SELECT length(number) x FROM match UNION SELECT 0)
SELECT EXISTS (SELECT * FROM match WHERE number = 'M-SECRET')
SELECT count(*) FROM (SELECT DISTINCT number FROM match)
SELECT count(DISTINCT number) FROM match
SELECT count(*) FROM (SELECT number FROM match INTERSECT SELECT 'M-SECRET')
SELECT (SELECT 1 FROM match ORDER BY number LIMIT 1)
SELECT CASE WHEN number='M' THEN 1 ELSE 0 END FROM match
SELECT ROW_NUMBER() OVER (ORDER BY number) FROM match
SELECT strftime('%s','now')
""".strip().splitlines()
MORE_PG = r"""
SELECT * FROM pg_stat_activity
SELECT query FROM pg_stat_activity
SELECT current_setting('vigil.query')
SELECT inet_server_addr(), current_user, version()
SELECT * FROM information_schema.columns WHERE table_name='case_file'
SELECT relname, reltuples FROM pg_class
SELECT * FROM pg_stats
SELECT most_common_vals FROM pg_stats WHERE tablename='case_file'
SELECT * FROM pg_stat_user_tables
SELECT pg_get_viewdef('analyst_match'::regclass)
SELECT rolpassword FROM pg_roles
SELECT * FROM pg_user_mappings
SELECT * FROM pg_settings
SELECT * FROM pg_file_settings
SELECT pg_current_logfile()
SELECT * FROM pg_prepared_statements
SELECT * FROM pg_cursors
SELECT ctid FROM analyst_match
SELECT xmin FROM match
SELECT pg_relation_filepath('case_file')
SELECT pg_size_pretty(pg_relation_size('case_file'))
SELECT * FROM pg_catalog.pg_largeobject
SELECT lowrite(1,'x')
SELECT loread(1,10)
SELECT pg_notify('a','b')
SELECT txid_current()
SELECT pg_export_snapshot()
SELECT pg_sleep(30)
SELECT query_to_xml_and_xmlschema('SELECT number FROM case_file',true,true,'')
SELECT schema_to_xml('public',true,true,'')
SELECT xpath('/x', xmlparse(document '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'))
SELECT has_table_privilege('case_file','select')
SELECT col_description('case_file'::regclass,1)
SELECT * FROM analyst_match TABLESAMPLE SYSTEM(1)
SELECT currval('match_match_id_seq')
SELECT last_value FROM match_match_id_seq
SELECT pg_sequence_last_value('match_match_id_seq'::regclass)
SELECT pg_rotate_logfile()
SELECT pg_log_backend_memory_contexts(pg_backend_pid())
SELECT pg_try_advisory_xact_lock(1)
SELECT pg_input_is_valid('x','int')
SELECT to_regclass('case_file')
SELECT currtid2('case_file', '(0,1)')
SELECT binary_upgrade_set_next_pg_type_oid(1)
SELECT pg_stat_get_backend_activity(1)
SELECT dblink_connect('x')
SELECT pg_create_restore_point('x')
SELECT heap_page_items(NULL)
SELECT * FROM pg_ls_tmpdir()
SELECT * FROM pg_stat_statements
SELECT repeat('x', 900000000)
SELECT string_agg(repeat('x',1000000),'') FROM generate_series(1,1000)
SELECT array_fill(0, ARRAY[100000000])
SELECT 1/0
SELECT cast('x' as int)
SELECT site FROM analyst_site WHERE 1/(length(site)-length(site)) = 1
SELECT generate_series(1,100000000)
SELECT count(*) FROM generate_series(1,10000000000)
SELECT 1 LIMIT NULL
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname='refuse_audit_change'
SELECT * FROM information_schema.role_table_grants
SELECT 1 AS "a""b"
(SELECT 1) UNION ALL (SELECT 2)
SELECT 1 --
SELECT 1 /*
SELECT 1) AS asked(c0) LIMIT 1; SELECT (1
SELECT 'it''s' AS a, $$x$$ AS b
SELECT 1 FROM (SELECT set_config/**/('role','postgres',true)) x
SELECT pg_catalog."set_config"('role','postgres',true)
SELECT pg_catalog."set_confi""g"('role','x',true)
SELECT * FROM json_populate_recordset(null::case_file, '[{}]')
SELECT null::case_file
SELECT (null::case_file).number
""".strip().splitlines()
@pytest.mark.parametrize("database_kind", ["sqlite","postgresql"], indirect=True)
def test_more(database, analyst_url, filled, capsys):
    qs = MORE_SQLITE if database.dialect=="sqlite" else MORE_PG
    import time
    for q in qs:
        t=time.time()
        try:
            a=analyst_query.ask(database,q,analyst_url=analyst_url)
            res="OK "+repr(a.rows)[:160]+f" n={len(a.rows)}"
            bad=[s for s in filled if s in repr(a.rows)]
            if bad: res="LEAK!! "+str(bad)+res
        except QueryStopped as e:
            res=f"no {e.trouble.value} {e.detail[:120]}"
        print(f"{time.time()-t:.1f} {q[:90]} => {res}")
    assert 0
