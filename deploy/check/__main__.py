"""`make check-deploy`: images, compose, charts and k8s/, checked by tools."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

import agreement
import kubectl
import schemas
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


def said(program, *arguments):
    """What a program says when it fails."""
    path = Path(sys.prefix) / "bin" / program
    done = subprocess.run([path, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        yield (done.stdout + done.stderr).strip() or f"{program} failed"


CHECKS = [charts, custom_kinds, refusals, agreement.wrong, stale, policies, dockerfile, compose]


def main():
    failed = False
    for check in CHECKS:
        name = "agreement" if check is agreement.wrong else check.__name__
        found = list(check())
        failed |= bool(found)
        print(f"{'FAILED' if found else 'ok':8}{name.replace('_', ' ')}", *found, sep="\n        ", flush=True)
    print(f"        Kubernetes {', '.join(schemas.newest())}")
    return failed


sys.exit(main())
