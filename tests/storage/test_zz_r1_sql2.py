import pytest
from tests.storage.test_analyst_queries import *
from storage import analyst_query
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_more(database, analyst_url, filled, capsys):
    number=filled[0]
    for q in [f"SELECT count(*) FROM case_file NATURAL JOIN (SELECT '{number}' AS number)",
      "SELECT count(*) FROM case_file NATURAL JOIN (SELECT 'C-NO' AS number)",
      "SELECT count(*) FROM audit_entry JOIN (SELECT 'anna' AS actor, 'secret-why' AS reason) USING (actor, reason)",
      "SELECT count(*) FROM audit_entry JOIN (SELECT 'anna' AS actor, 'secret-whyx' AS reason) USING (actor, reason)",
      "SELECT count(*) FROM match NATURAL JOIN (SELECT 'M-SECRET' AS number)",
      "SELECT g.case_id, count(*) FROM (SELECT 1 AS case_id UNION SELECT 2) g JOIN match USING (case_id) GROUP BY g.case_id",
      "SELECT case_id FROM (SELECT 1 AS case_id UNION SELECT 2) g JOIN match USING (case_id)",
      "SELECT case_id FROM (SELECT 1 AS case_id UNION SELECT 2) g RIGHT JOIN match USING (case_id)",
      "SELECT case_id FROM (SELECT 7 AS case_id) g FULL JOIN match USING (case_id)",
      "SELECT number FROM (SELECT 7 AS number) g RIGHT JOIN case_file USING (number)",
      "SELECT number FROM (SELECT 7 AS number WHERE 0) g RIGHT JOIN case_file USING (number)",
      "SELECT * FROM (SELECT 7 AS number) g RIGHT JOIN case_file USING (number)",
      "SELECT number FROM (SELECT 7 AS number) g NATURAL FULL JOIN case_file",
      "SELECT number FROM (SELECT 7 AS number) a NATURAL FULL JOIN case_file NATURAL FULL JOIN (SELECT 8 AS number) b",
      ]:
        try:
            a=analyst_query.ask(database,q,analyst_url=analyst_url); print(q,"=>",a.rows)
        except QueryStopped as e: print(q,"=> no",e.trouble.value,e.detail)
    pass; assert 0
