"""Signing in at an OpenID Connect provider: a small real one, with keys, codes and PKCE."""

import base64
import dataclasses
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from config import load_config
from console.application import create_app
from domain.errors import InvalidInput
from storage import audit

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

CLIENT, SECRET = "vigil-here", "what the provider gave us"


class Provider(ThreadingHTTPServer):
    """Says of everybody who comes that she is ``claims``, in tokens that it signs."""

    def __init__(self, key):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = key
        self.claims = {"sub": "s-1", "preferred_username": "Anna"}
        self.codes = {}
        self.signed_with = key
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self):
        asked = urlsplit(self.path)
        url = self.server.url
        if asked.path.endswith("/openid-configuration"):
            self.say(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            )
        elif asked.path == "/keys":
            self.say({"keys": [self.server.key.as_dict(private=False)]})
        else:
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            assert (query["code_challenge_method"], query["prompt"]) == ("S256", "login")
            self.server.codes["c-1"] = query
            self.send_response(302)
            back = urlencode({"code": "c-1", "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.codes.pop(form["code"][0])
        challenge = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        assert self.headers["Authorization"] == f"Basic {basic}"
        assert asked["code_challenge"] == base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        now = int(time.time())
        claims = {
            "iss": self.server.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        } | self.server.claims
        header = {"alg": "RS256", "kid": self.server.key.kid}
        token = jwt.encode(header, claims, self.server.signed_with)
        self.say({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def say(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def keys():
    return [RSAKey.generate_key(2048, {"kid": f"k{number}"}) for number in (1, 2)]


@pytest.fixture
def provider(keys):
    server = Provider(keys[0])
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def console(config, database, provider, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    settings = dataclasses.replace(
        config,
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=secret,
    )
    return create_app(settings, database, secret=b"s" * 32, https=False)


def come_back(client, provider, *, to="/own", change=lambda address: address):
    """Go to the provider and come back with what it says."""
    there = client.get(f"/enter/provider?next={to}")
    assert there.status_code == 302
    assert there.location.startswith(provider.url)
    back = requests.get(there.location, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(change(back))
    return client.get(f"{parts.path}?{parts.query}")


def test_somebody_with_an_account_is_let_in_to_where_she_wanted(
    console, provider, person, database
):
    person("caseworker", name="anna")
    client = console.test_client()
    assert f"Sign in at {urlsplit(provider.url).hostname}" in client.get("/enter").text
    assert come_back(client, provider).location == "/own"
    assert "sign-in provider" in client.get("/own").text
    with database.reading() as session:
        actions = [entry.action for entry in audit.entries(session, limit=5)]
    assert actions == ["signed in", "sign-in provider linked"]


def test_nobody_without_an_account_gets_one(console, provider, person):
    person("caseworker", name="boris")
    client = console.test_client()
    assert come_back(client, provider).location == "/enter"
    assert "no account of that name here" in client.get("/enter").text
    assert client.get("/own").status_code == 302


def test_a_name_that_was_given_to_somebody_else_later_opens_nothing(console, provider, person):
    person("caseworker", name="anna")
    assert come_back(console.test_client(), provider).location == "/own"
    provider.claims = {"sub": "s-2", "preferred_username": "anna"}
    assert come_back(console.test_client(), provider).location == "/enter"
    # Whoever was Anna is Anna, under whatever name the provider has her now.
    provider.claims = {"sub": "s-1", "preferred_username": "anna.married"}
    assert come_back(console.test_client(), provider).location == "/own"


@pytest.mark.parametrize("wrong", ["nonce", "audience", "key", "late", "state", "again"])
def test_what_the_provider_did_not_say_now_to_us_is_refused(console, provider, person, keys, wrong):
    person("caseworker", name="anna")
    client = console.test_client()
    change = lambda address: address  # noqa: E731
    if wrong == "nonce":
        provider.claims["nonce"] = "of another time"
    elif wrong == "audience":
        provider.claims["aud"] = "somebody else"
    elif wrong == "key":
        provider.signed_with = keys[1]
    elif wrong == "late":
        provider.claims["exp"] = int(time.time()) - 3600
    elif wrong == "state":
        change = lambda address: address.replace("state=", "state=x")  # noqa: E731
    else:
        client.get("/enter/provider")
        client = console.test_client()  # a browser that was never sent there
        assert client.get("/enter/provider/back?code=c-1&state=s").location == "/enter"
        return
    assert come_back(client, provider, change=change).location == "/enter"
    assert "did not confirm who you are" in client.get("/enter").text
    assert client.get("/own").status_code == 302


def test_a_provider_that_is_away_is_said_to_be(console, provider):
    provider.shutdown()
    provider.server_close()
    client = console.test_client()
    assert client.get("/enter/provider").location == "/enter"
    assert "does not answer" in client.get("/enter").text


def test_without_a_provider_there_is_no_way_to_one(config, database):
    client = create_app(config, database, secret=b"s" * 32, https=False).test_client()
    assert "/enter/provider" not in client.get("/enter").text
    for address in ("/enter/provider", "/enter/provider/back?code=1&state=2"):
        assert client.get(address).location == "/enter"


def test_half_a_setting_is_said_to_be_half(environment):
    with pytest.raises(InvalidInput, match="without VIGIL_OIDC_CLIENT_SECRET_FILE"):
        load_config(
            environment
            | {"VIGIL_OIDC_ISSUER": "https://i.example", "VIGIL_OIDC_CLIENT_ID": "vigil"}
        )
    with pytest.raises(InvalidInput, match="begins with https"):
        load_config(
            environment
            | {
                "VIGIL_OIDC_ISSUER": "http://i.example",
                "VIGIL_OIDC_CLIENT_ID": "vigil",
                "VIGIL_OIDC_CLIENT_SECRET_FILE": "f",
            }
        )
