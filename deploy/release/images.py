"""Which image runs where (helm/damacorch/images-<environment>.yaml), and which has to be built anew. Standard library only.

    images.py changed                       those whose code has changed since the commit that dev runs, as JSON
    images.py write dev ghcr.io/us main-1a2b3c4 quest
                                            dev runs this tag of quest (of every image, where none is named)
    images.py promote stg                   stg runs what dev runs, prod what stg runs
    images.py show dev                      each image that dev names, and where it is
"""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
BEFORE = {"stg": "dev", "prod": "stg"}
RELEASE = re.compile(r"\d+\.\d+\.\d+")
# What any image may depend on: the build itself, and every version of what is not ours.
COMMON = {".dockerignore", "Cargo.lock", "Cargo.toml", "deploy/Dockerfile"}
INCLUDED = re.compile(r'include_(?:str|bytes)!\(\s*"((?:\.\./)+[^"]+)"')


def images():
    """Every image, as the Makefile lists them."""
    return re.search(r"^IMAGES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()


def changed():
    """The images whose code differs from what dev's tag was built of, or that were never built."""
    found = []
    for image in images():
        commit = read("dev")[1].get(image, "").rpartition("-")[2]
        paths = diff(commit) if commit else None
        if paths is None or touches(paths, Sources.of(image)):
            found.append(image)
    return found


def diff(commit):
    """The paths that differ between a commit and now; none if nobody knows the commit (any more)."""
    told = subprocess.run(["git", "diff", "--name-only", commit, "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return told.stdout.splitlines() if told.returncode == 0 else None


def touches(paths, sources):
    return any(sources.hold(path) for path in paths)


class Sources:
    """What one image is made of."""

    def __init__(self, folders, files):
        self.folders, self.files = folders, files

    @classmethod
    def of(cls, image):
        """The folder of its package and those of all that it depends on, and files that their code includes from elsewhere."""
        packages = workspace()
        names, todo = set(), [image]
        while todo:
            name = todo.pop()
            if name not in names:
                names.add(name)
                todo += packages[name]["needs"]
        folders = {packages[name]["folder"] for name in names}
        return cls(folders, {file for folder in folders for file in included(folder)})

    def hold(self, path):
        if path in COMMON or path in self.files:
            return True
        # As .dockerignore has it: the build does not see them.
        parts = PurePosixPath(path).parts
        if path.endswith(".md") or "tests" in parts:
            return False
        return any(path.startswith(f"{folder}/") for folder in self.folders)


@cache
def workspace():
    """Our packages: the folder of each, and what of ours it needs to run."""
    command = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return {
        package["name"]: {
            "folder": str(Path(package["manifest_path"]).parent.relative_to(ROOT)),
            "needs": [one["name"] for one in package["dependencies"] if one.get("path") and one["kind"] != "dev"],
        }
        for package in told["packages"]
    }


def included(folder):
    """Files outside a package's folder that stand in its code."""
    for source in (ROOT / folder).rglob("src/**/*.rs"):
        for path in INCLUDED.findall(source.read_text()):
            file = (source.parent / path).resolve().relative_to(ROOT)
            if not file.is_relative_to(folder):
                yield str(file)


def path_of(environment):
    return ROOT / f"helm/damacorch/images-{environment}.yaml"


def read(environment):
    """The registry of an environment, if one is named, and the tag of each image."""
    text = path_of(environment).read_text()
    registry = re.search(r"^  registry: (\S+)$", text, re.MULTILINE)
    return registry and registry[1], dict(re.findall(r"^    (\w+): (\S+)$", text, re.MULTILINE))


def write(environment, registry, tags):
    lines = ["# Written by CI (deploy/release/images.py): what runs there. What has no tag is the chart's version.", "image:"]
    lines += [f"  registry: {registry}"] if registry else []
    lines += ["  tags:", *(f"    {name}: {tag}" for name, tag in sorted(tags.items()))] if tags else ["  tags: {}"]
    path_of(environment).write_text("\n".join(lines) + "\n")


def put(environment, registry, tag, names):
    """The environment runs a tag of some images, or of all."""
    if environment == "prod":
        sys.exit("prod runs what stg runs: promote")
    unknown = set(names) - set(images())
    if unknown:
        sys.exit(f"no images: {', '.join(sorted(unknown))}")
    write(environment, registry, read(environment)[1] | dict.fromkeys(names or images(), tag))


def promote(environment):
    """The environment runs what the one before it runs; prod runs releases only."""
    registry, tags = read(BEFORE[environment])
    lacking = sorted(set(images()) - tags.keys())
    if lacking:
        sys.exit(f"{BEFORE[environment]} names no image of {', '.join(lacking)}")
    if environment == "prod":
        unreleased = sorted(f"{name}:{tag}" for name, tag in tags.items() if not RELEASE.fullmatch(tag))
        if unreleased:
            sys.exit(f"no releases: {', '.join(unreleased)}")
    write(environment, registry, tags)


def main(arguments):
    match arguments:
        case ["changed"]:
            print(json.dumps(changed()))
        case ["write", environment, registry, tag, *names]:
            put(environment, registry, tag, names)
        case ["promote", environment]:
            promote(environment)
        case ["show", environment]:
            registry, tags = read(environment)
            for name, tag in sorted(tags.items()):
                print(name, f"{registry}/{name}:{tag}")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
