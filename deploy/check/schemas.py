"""Kubernetes' own schemas, and for kinds that others define their published types."""

import json
import subprocess

import kubernetes_validate as kubernetes

# By kind: whose types, from npm. `tsc` finds keys that are not there, too.
CUSTOM = {
    "AppProject": "@kubernetes-models/argo-cd",
    "Application": "@kubernetes-models/argo-cd",
    "ApplicationSet": "@kubernetes-models/argo-cd",
    "ServiceMonitor": "@kubernetes-models/prometheus-operator",
    "PrometheusRule": "@kubernetes-models/prometheus-operator",
    "Rollout": "@kubernetes-models/argo-rollouts",
    "AnalysisTemplate": "@kubernetes-models/argo-rollouts",
    "Cluster": "@kubernetes-models/cloudnative-pg",
    "Pooler": "@kubernetes-models/cloudnative-pg",
    "ScheduledBackup": "@kubernetes-models/cloudnative-pg",
}


def newest():
    """The three newest versions of Kubernetes that are known."""
    return list(dict.fromkeys(kubernetes.utils.all_versions()))[-3:]


def wrong(resources):
    """What does not fit Kubernetes' schemas; an unknown kind does not."""
    for resource in (one for one in resources if one["kind"] not in CUSTOM):
        what = f"{resource['kind']}/{resource['metadata']['name']}"
        for version in newest():
            try:
                kubernetes.validate(resource, version, strict=True)
            except kubernetes.ValidationError as error:
                yield f"{what}: {version}: {'.'.join(map(str, error.path))}: {error.message}"
            except kubernetes.SchemaNotFoundError as error:
                yield f"{what}: {error.message}"


def wrong_custom(resources, node):
    """What does not fit the types of those who define the kinds; `node` is the folder of what npm installed."""
    custom = [one for one in resources if one["kind"] in CUSTOM]
    lines = []
    for number, resource in enumerate(custom):
        kind = resource["kind"]
        path = f"{CUSTOM[kind]}/{resource['apiVersion']}/{kind}"
        lines.append(f'import type {{ I{kind} as T{number} }} from "{path}";')
        lines.append(f"export const r{number}: T{number} = {json.dumps(resource)};")
    (node / "custom.ts").write_text("\n".join(lines))
    tsc = [node / "node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"]
    found = subprocess.run([*tsc, "custom.ts"], cwd=node, capture_output=True, text=True)
    yield from found.stdout.splitlines()
    if not custom:
        yield "no resource of any custom kind was drawn"
