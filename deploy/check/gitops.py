"""deploy/argocd: what the project allows is what the charts draw, and each application draws nothing else."""

import re

import yaml

import schemas
from charts import ROOT, Drawing, drawings, read

FOLDER = ROOT / "deploy/argocd"
# Which somebody outside keeps, and what CreateNamespace makes.
NOT_SYNCED = {("", "Secret"), ("", "Namespace")}


def wrong(node):
    project, applications = read(FOLDER / "project.yaml"), read(FOLDER / "applications.yaml")
    made = [expanded(applications, element) for element in elements(applications)]
    yield from schemas.wrong_custom([project, applications, *made], node)

    allowed = kinds_of_project(project)
    drawn = {kind for drawing in drawings() for kind in kinds(drawing)} - NOT_SYNCED
    if allowed != drawn:
        yield f"kinds of the project: too many {sorted(allowed - drawn)}, missing {sorted(drawn - allowed)}"
    for application in made:
        yield from (f"{application['metadata']['name']}: {found}" for found in wrong_application(application, project))
    chart_and_place = {(one["spec"]["source"]["path"], one["spec"]["destination"]["namespace"]) for one in made}
    for drawing in drawings():
        if (f"helm/{drawing.chart}", drawing.namespace) not in chart_and_place:
            yield f"no application for {drawing.name}"


def wrong_application(application, project):
    spec, name = application["spec"], project["metadata"]["name"]
    source, destination = spec["source"], spec["destination"]
    if spec["project"] != name or source["repoURL"] not in project["spec"]["sourceRepos"]:
        yield f"not of the project {name}, or not from its repository"
    if destination not in project["spec"]["destinations"]:
        yield f"the project does not let it into {destination['namespace']}"
    chart, environment = source["helm"]["releaseName"], destination["namespace"].removeprefix("damacorch-")
    there = [path.name for path in (ROOT / source["path"]).glob(f"*-{environment}.yaml")]
    if not set(there) <= set(source["helm"]["valueFiles"]):
        yield f"its values are {sorted(there)}"
    drawing = Drawing(chart, environment, yaml.safe_load(source["helm"]["values"]))
    outside = set(kinds(drawing)) - kinds_of_project(project)
    if outside:
        yield f"the project does not let it draw {sorted(outside)}"


def elements(applications):
    return applications["spec"]["generators"][0]["list"]["elements"]


def expanded(applications, element):
    """The application of one element, as Argo CD makes it: only fields are put in."""
    template = applications["spec"]["template"]
    return {"apiVersion": applications["apiVersion"], "kind": "Application"} | filled(template, element)


def filled(value, element):
    if isinstance(value, dict):
        return {key: filled(one, element) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, element) for one in value]
    if isinstance(value, str):
        return re.sub(r"{{ \.(\w+) }}", lambda found: element[found[1]], value)
    return value


def kinds(drawing):
    return {(group(one["apiVersion"]), one["kind"]) for one in drawing.resources()}


def kinds_of_project(project):
    return {(one["group"], one["kind"]) for one in project["spec"]["namespaceResourceWhitelist"]}


def group(version):
    return version.rpartition("/")[0]
