"""What is asked of moto beside what Cognito does for everybody: pools, administrators' calls, tokens of any claims."""

import gzip
import json
import sys
from importlib.resources import files
from urllib.request import Request, urlopen


def call(url, operation, body):
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    with urlopen(Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def pool(url, secret, settings):
    pool = call(url, "CreateUserPool", {"PoolName": "damacorch", **settings})["UserPool"]
    wanted = {
        "UserPoolId": pool["Id"],
        "ClientName": "auth",
        "GenerateSecret": bool(secret),
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    }
    client = call(url, "CreateUserPoolClient", wanted)["UserPoolClient"]
    return "\n".join([pool["Id"], client["ClientId"], client.get("ClientSecret", "")])


def mint(all_claims):
    from joserfc import jwk, jwt

    key = files("moto.cognitoidp") / "resources" / "jwks-private.json.gz"
    key = jwk.RSAKey.import_key(json.loads(gzip.decompress(key.read_bytes())))
    header = {"kid": "dummy", "alg": "RS256"}
    return "\n".join(jwt.encode(header, claims, key) for claims in all_claims)


match sys.argv[1:], json.load(sys.stdin):
    case ["pool", url, secret], settings:
        print(pool(url, secret, settings))
    case ["call", url, operation], body:
        print(json.dumps(call(url, operation, body)))
    case ["mint"], all_claims:
        print(mint(all_claims))
