"""scratch"""
import itertools, pytest
from tests.console.every_page import every_page, _known
from console.access import is_open
ROLES=("operator","caseworker","analyst","supervisor","auditor")
BAD=["0","-1","9"*30,"99999999999999999999","\x00","a\x00b","M-","'","é"*300,"2026-99-99","9999-12-31","0001-01-01","=1","x"*5000,"%00","1e400","nan"]
PARAMS=["after","before","q","show","sort","from","to","actor","action","subject","what","outcome","state","site","number","looks","gone","shown","case","strength","next","example","weeks","first","last","of","by","unsure","mine"]
def test_fuzz(console, filled, as_role, database):
    client=as_role(*ROLES,name="fuzzer")
    out=[]
    import logging
    for page in every_page(console, filled):
        sep="&" if "?" in page.address else "?"
        for bad in ["a\x00b","9"*30,"-1","9999-12-31","0001-01-01"]:
            from urllib.parse import quote
            b=quote(bad.encode("utf-8","surrogatepass"))
            for ps in [PARAMS]:
                pass
            for p in PARAMS:
                r=client.get(page.address+sep+p+"="+b)
                if r.status_code>=500: out.append((page.endpoint,p,bad[:12],r.status_code))
    seen=set()
    for e in out:
        k=(e[0],e[1])
        print(e)
    assert not out
def test_path_fuzz(console, filled, as_role):
    client=as_role(*ROLES,name="fuzzer")
    from urllib.parse import quote
    out=[]
    known=None
    for rule in console.url_map.iter_rules():
        if rule.endpoint=="static" : continue
        for bad in BAD:
            b=quote(bad.encode("utf-8","surrogatepass"),safe="")
            url=rule.rule
            if not rule.arguments: 
                if bad!="0": continue
            import re
            url=re.sub(r"<(?:[a-z]+:)?[a-z_]+>",b,rule.rule)
            for m in rule.methods-{"HEAD","OPTIONS"}:
                if rule.endpoint=="sign_in.leave": continue
                if m=="GET": r=client.get(url)
                else: r=client.post(url,data={"reason":bad.replace("\ud800","?"),"name":"a\x00","judgement":"confirmed","changes":"9"*40,"query":"SELECT 1","format":"csv","form":"csv","until":"x","again":"M","password":"x\x00","code":"\x00"})
                if r.status_code>=500: out.append((rule.endpoint,m,bad[:12],r.status_code))
    for e in sorted(set((x[0],x[1],x[2]) for x in out)): print(e)
    assert not out
