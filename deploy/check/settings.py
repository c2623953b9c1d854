"""What the chart and compose tell processes, against docs/configure.md, which is written from the code."""

import json
import re

from charts import ENVIRONMENTS, ROOT, Drawing, read

SETTING = re.compile(r"^\| `(\w+)`(, secret)? \|", re.MULTILINE)


def wrong():
    """A setting that nobody reads does nothing, and a secret is none of a ConfigMap's."""
    documented = documented_settings()
    for environment in ENVIRONMENTS:
        for resource in Drawing("damacorch", environment).resources():
            if resource["kind"] == "ConfigMap":
                yield from unread(f"{environment}: {resource['metadata']['name']}", resource["data"], documented)
    for name, service in read(ROOT / "docker-compose.yml")["services"].items():
        if service["image"].startswith("damacorch/"):
            told = {setting.removesuffix("_FILE") for setting in service.get("environment", {})}
            yield from (f"compose: {name}: nobody reads {setting}" for setting in sorted(told - set().union(*documented.values())))
    yield from unrefused()


def documented_settings():
    """By section of the page: each process, each service, and what one of them has."""
    _, *sections = re.split(r"^## ", (ROOT / "docs/configure.md").read_text(), flags=re.MULTILINE)
    return {section.splitlines()[0]: {name for name, _ in SETTING.findall(section)} for section in sections}


def unread(where, data, documented):
    name = where.split(": ")[1].removesuffix("-config")
    read_by_all = documented["Every process"] | (set() if name == "gateway" else documented["Every service"])
    for setting in sorted(data.keys() - read_by_all - documented[name]):
        yield f"{where}: nobody reads {setting}"


def unrefused():
    """Secrets that the chart would take among `config`."""
    schema = json.loads((ROOT / "helm/damacorch/values.schema.json").read_text())
    refused = re.compile(schema["$defs"]["config"]["propertyNames"]["not"]["pattern"])
    for setting, secret in SETTING.findall((ROOT / "docs/configure.md").read_text()):
        if secret and not refused.search(setting):
            yield f"the chart takes {setting} among config, and it is a secret"
