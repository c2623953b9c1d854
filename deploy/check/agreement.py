"""What the charts and compose say twice, because the code has said it already: it must be the same."""

import base64
import re
import tomllib

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from charts import ROOT, Drawing, read

PACKAGE = re.compile(r"--package (\w+)")
SERVICE = re.compile(r"service::<(\w+)::")
ASKED = re.compile(r"pub (\w+)_base_url: String")
# Of a query: what is no metric, and what is left then.
LABELS = re.compile(r'\{[^}]*\}|"[^"]*"|\b(?:by|on)\s*\([^)]*\)|\bgroup_left\b(?:\s*\([^)]*\))?')
METRIC = re.compile(r"\b[a-z]+(?:_[a-z\d]+)+\b(?!\s*\()")
# Of a process, by the library that counts; of the cluster.
NOT_OURS = re.compile(r"process_|kube_|certmanager_|probe_")


def wrong():
    values = read(ROOT / "helm/damacorch/values.yaml")
    compose = read(ROOT / "docker-compose.yml")
    services = set(SERVICE.findall((ROOT / "crates/platform/src/services.rs").read_text()))
    routes = tomllib.loads((ROOT / "gateway/routes.toml").read_text())["route"]

    yield from differ("services of the chart", set(values["services"]), services | {"gateway"})
    migrated = {name.removesuffix("-migrate") for name in compose["services"] if name.endswith("-migrate")}
    yield from differ("services of compose that migrate", migrated, services)
    made = compose["services"]["secrets"]["command"]
    yield from differ("services that get secrets in compose", set(made[made.index("--database") + 2 :]), services)
    open_to_all = {name for name, of in compose["services"].items() if "ports" in of and "profiles" not in of}
    yield from differ("open ports of compose", open_to_all, {"gateway"})

    images = services | {"gateway", "setup"}
    yield from differ("packages of the Dockerfile", set(PACKAGE.findall((ROOT / "deploy/Dockerfile").read_text())), images)
    made = re.search(r"^IMAGES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    yield from differ("IMAGES of the Makefile", set(made.split()), images)

    upstreams = {route["upstream"] for route in routes} - {"gateway"}
    for name, service in values["services"].items():
        config = ROOT / f"services/{name}/src/config.rs"
        code = config.read_text() if config.exists() else ""
        asked = upstreams if name == "gateway" else set(ASKED.findall(code))
        yield from differ(f"whom {name} calls", set(service.get("calls", [])), asked)

    paths = set(values["ingress"]["paths"])
    used = {path for route in routes for path in paths if is_below(route["path"], path)}
    yield from differ("paths of the ingress", paths, used)
    for route in routes:
        if not any(is_below(route["path"], path) for path in paths):
            yield f"the ingress does not let through {route['path']}"

    told = {rule["name"]["as"] for rule in read(ROOT / "deploy/metrics-adapter.yaml")["rules"]["custom"]}
    scaled = (service.get("autoscaling", {}).get("perPod", {}) for service in values["services"].values())
    yield from differ("metrics by which pods are scaled", {metric for metrics in scaled for metric in metrics}, told)

    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    chart = read(ROOT / "helm/damacorch/Chart.yaml")
    yield from differ("versions of the chart", {chart["version"], chart["appVersion"]}, {version})

    rules = {path.name for path in (ROOT / "deploy/prometheus/rules").glob("*.yml")}
    yield from differ("rules in the chart", {path.name for path in (ROOT / "helm/damacorch/rules").glob("*.yml")}, rules)
    yield from unknown_metrics()
    yield from wrong_keys()


def is_below(path, prefix):
    return path == prefix or path.startswith(prefix + "/")


def differ(what, said, true):
    if said != true:
        yield f"{what}: too many {sorted(said - true)}, missing {sorted(true - said)}"


def unknown_metrics():
    """What a rule asks for and nobody counts: it would never fire."""
    code = " ".join(path.read_text() for room in ["crates", "services", "gateway"] for path in (ROOT / room).rglob("src/**/*.rs"))
    known = set(re.findall(r'"(\w+)"', code))
    for path in (ROOT / "deploy/prometheus/rules").glob("*.yml"):
        for rule in (rule for group in read(path)["groups"] for rule in group["rules"]):
            for word in LABELS.sub(" ", rule["expr"]).split():
                for metric in METRIC.findall(word) if ":" not in word else []:
                    name = re.sub("_(bucket|count|sum)$", "", metric)
                    if name not in known and not NOT_OURS.match(name):
                        yield f"{path.name}: nobody counts {metric}"


def wrong_keys():
    """The public halves of the keys that the chart generates in dev, which it takes out of a certificate."""
    secrets = [one for one in Drawing("damacorch", "dev").resources() if one["kind"] == "Secret"]
    data = [{key: base64.b64decode(text) for key, text in one["data"].items()} for one in secrets]
    signing = [one for one in data if "ASSERTION_KEY" in one]
    for one in signing:
        public = load_pem_private_key(one["ASSERTION_KEY"], None).public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        if not all(pem in other["ASSERTION_PUBLIC_KEYS"] for other in signing):
            yield "a generated key's public half is not in ASSERTION_PUBLIC_KEYS"
    if not signing:
        yield "no keys were generated"
