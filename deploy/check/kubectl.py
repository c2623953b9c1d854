"""k8s/: the charts drawn for those who use kubectl, kustomize or Argo CD without Helm."""

import sys

import yaml

from charts import ENVIRONMENTS, ROOT, Drawing

K8S = ROOT / "k8s"
HEAD = "# Written by `make k8s` from helm/. Changes belong there, or into a kustomization of your own.\n"
# Without Helm nobody generates secrets: `make secrets` makes them (docs/deploy.md).
PLAIN = {
    "damacorch": {
        "secrets": {"generate": False},
        "namespace": {"create": True},
    },
    "database": {"generate": False},
}
OF_SETUP = {"database": {"admin": {"secret": "setup-secrets", "key": "ADMIN_DATABASE_URL"}}}


def files():
    """Every file below k8s/, by its path: three steps for each environment, one applied after the other."""
    for environment in ENVIRONMENTS:
        database = Drawing("database", environment, PLAIN["database"]).resources()
        plain = PLAIN["damacorch"] | (OF_SETUP if environment == "dev" else {})
        platform = Drawing("damacorch", environment, plain).resources()
        namespace = [one for one in platform if one["kind"] == "Namespace"]
        steps = {
            "1-database": namespace + database,
            "2-before": [one for one in platform if is_hook(one)],
            "3-platform": [one for one in platform if not is_hook(one) and one not in namespace],
        }
        for step, resources in steps.items():
            folder = K8S / environment / step
            kustomization = {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": ["resources.yaml"],
            }
            yield folder / "kustomization.yaml", HEAD + dump([kustomization])
            yield folder / "resources.yaml", HEAD + dump(resources)


def is_hook(resource):
    return "helm.sh/hook" in resource["metadata"].get("annotations", {})


def dump(resources):
    return yaml.safe_dump_all(resources, sort_keys=False, width=1000)


def stale():
    """What differs from what would be written."""
    wanted = dict(files())
    there = {path for path in K8S.rglob("*") if path.is_file()}
    wrong = [path for path, text in wanted.items() if path not in there or path.read_text() != text]
    return [str(path.relative_to(ROOT)) for path in [*wrong, *(there - wanted.keys())]]


def write():
    wanted = dict(files())
    for path in K8S.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    write()
    sys.stdout.write("k8s/ is as the charts say\n")
