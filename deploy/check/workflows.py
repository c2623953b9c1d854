"""CI: actionlint for what is wrong, zizmor for what is dangerous, shellcheck for scripts, and what calls what of our own."""

import yaml

from charts import ROOT

FOLDER = ROOT / ".github"
# What GitHub runs `shell: bash` with.
BASH = "#!/bin/bash\nset -eo pipefail\n"


def workflows():
    return sorted((FOLDER / "workflows").glob("*.yml"))


def actions():
    return sorted((FOLDER / "actions").glob("*/action.yml"))


def steps():
    """Every job that calls a workflow, every step, and where it stands."""
    for path in [*workflows(), *actions()]:
        file = read(path)
        for job in [*file.get("jobs", {}).values(), *([file["runs"]] if "runs" in file else [])]:
            for step in [job, *job.get("steps", [])]:
                yield path.relative_to(ROOT), step


def wrong_calls():
    """actionlint sees one file at a time: whether what is called is there, and takes what it is given."""
    for path, step in steps():
        uses = step.get("uses", "")
        if uses.startswith("./"):
            callee = ROOT / uses
            callee = callee if callee.suffix == ".yml" else callee / "action.yml"
            if not callee.exists():
                yield f"{path}: {uses} is not there"
                continue
            inputs, given = inputs_of(read(callee)), set(step.get("with", {}))
            required = {name for name, of in inputs.items() if of.get("required") and "default" not in of}
            for name in sorted(given - inputs.keys()):
                yield f"{path}: {uses} takes no {name}"
            for name in sorted(required - given):
                yield f"{path}: {uses} needs {name}"


def scripts():
    """Every script in a step, as it is run."""
    for path, step in steps():
        if "run" in step:
            yield f"{path}: {step.get('name') or step.get('id') or step['run'].splitlines()[0]}", BASH + step["run"]


def inputs_of(file):
    called = file["on"]["workflow_call"] if "on" in file else file
    return (called or {}).get("inputs", {})


class Loader(yaml.SafeLoader):
    """YAML 1.2 as GitHub reads it: `on` is no truth."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path):
    return yaml.load(path.read_text(), Loader)
