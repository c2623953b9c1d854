"""The charts, drawn for each environment and with every optional part."""

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import helm_python as helm
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHARTS = ["database", "damacorch"]
ENVIRONMENTS = ["dev", "stg", "prod"]

# What is off in every environment, and must be right when it is turned on.
OPTIONAL = {
    "damacorch": {
        "canary": {"enabled": True},
        "monitoring": {"serviceMonitors": True, "rules": True, "labels": {"release": "stack"}, "customMetrics": True},
        "namespace": {"create": True},
        "cognito": {"region": "ap-northeast-2", "userPoolId": "ap-northeast-2_a", "clientId": "a"},
        "image": {"pullSecrets": ["registry"], "tags": {"quest": "main-1a2b3c4"}},
        "ingress": {"annotations": {"a/b": "c"}},
        "services": {"auth": {"mails": True}},
    },
    "database": {
        "storage": {"className": "fast"},
        "cnpg": {
            "pooler": {"enabled": True},
            "recover": {"objectStore": "a", "serverName": "postgres", "targetTime": "2026-01-01T00:00:00Z"},
        },
    },
}

# What must be refused, and what the refusal must say.
REFUSED = {
    "damacorch": [
        ("prod", {"secrets": {"generate": True}}, "secrets.generate is for dev"),
        ("stg", {"defaults": {"autoscaling": {"max": 50}}}, "the database gives 800"),
        ("dev", {"services": {"quest": {"replica": 3}}}, "replica"),
        ("dev", {"services": {"quest": {"config": {"JWT_SECRET": "a"}}}}, "JWT_SECRET"),
        ("dev", {"image": {"tag": "latest"}}, "tag"),
        ("prod", {"image": {"tags": {"quest": "latest"}}}, "tags"),
        ("prod", {"cognito": {"userPoolId": "a"}}, "cognito"),
    ],
    "database": [
        ("prod", {"kind": "mysql"}, "kind"),
        ("prod", {"cnpg": {"recover": {"objectStore": "a"}}}, "serverName"),
    ],
}


@dataclass
class Drawing:
    """A chart with some values."""

    chart: str
    environment: str
    extra: dict = field(default_factory=dict)

    @property
    def name(self):
        return f"{self.chart}-{self.environment}" + ("-optional" if self.extra else "")

    @property
    def path(self):
        return ROOT / "helm" / self.chart

    @property
    def namespace(self):
        return f"damacorch-{self.environment}"

    @property
    def values(self):
        """Those of the environment, over them the images that CI writes, and what is extra."""
        values = read(self.path / f"values-{self.environment}.yaml")
        images = self.path / f"images-{self.environment}.yaml"
        return merged(merged(values, read(images) if images.exists() else {}), self.extra)

    def lint(self):
        """What Helm finds, strictly: warnings too, but no recommendations (an icon)."""
        with silence():
            found = helm.lint(self.path, self.values, strict=True, namespace=self.namespace)
        messages = (message for message in found["messages"] if message["severity"] > 1)
        return [*found["errors"], *(f"{message['path']}: {message['error']}" for message in messages)]

    def resources(self):
        """What the cluster would be given, in a stable order."""
        with silence(), helm.Chart.load(self.path) as chart:
            chart.validate_schema(self.values)
            texts = chart.render(self.values, name=self.chart, namespace=self.namespace)
        files = (text for name, text in sorted(texts.items()) if name.endswith(".yaml"))
        return [resource for text in files for resource in yaml.safe_load_all(text) if resource]


@contextmanager
def silence():
    """Helm tells whoever listens of every link that it follows (`rules`). What is wrong it returns."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def drawings():
    """All that are checked."""
    for chart in CHARTS:
        for environment in ENVIRONMENTS:
            yield Drawing(chart, environment)
            yield Drawing(chart, environment, OPTIONAL[chart])


def read(path):
    return yaml.safe_load(path.read_text()) or {}


def merged(under, over):
    """As Helm merges values: maps key by key, all else replaced."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return under | {key: merged(under.get(key), value) for key, value in over.items()}
