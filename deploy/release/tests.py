"""Tests of images.py, on our own packages."""

import contextlib
import io
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import images

ALL = ["gateway", "auth", "catalog", "analysis", "quest", "sns", "setup"]
SERVICES = ["auth", "catalog", "analysis", "quest", "sns"]


class Changed(unittest.TestCase):
    """Which images a changed path makes anew."""

    def made(self, *paths):
        return [image for image in images.images() if images.touches(paths, images.Sources.of(image))]

    def test_a_service_makes_its_own_image(self):
        self.assertEqual(self.made("services/quest/src/lib.rs"), ["quest"])
        self.assertEqual(self.made("services/quest/migrations/a/up.sql"), ["quest"])
        self.assertEqual(self.made("gateway/routes.toml"), ["gateway"])

    def test_a_shared_crate_makes_the_images_of_those_who_need_it(self):
        self.assertEqual(self.made("crates/problem/src/lib.rs"), ALL)
        self.assertEqual(self.made("crates/events/src/lib.rs"), SERVICES)
        self.assertEqual(self.made("crates/setup/src/main.rs"), ["setup"])

    def test_the_build_and_the_lock_file_make_all(self):
        for path in ["Cargo.lock", "Cargo.toml", ".dockerignore", "deploy/Dockerfile", "deploy/database/setup.sql"]:
            self.assertEqual(self.made(path), ALL, path)

    def test_a_file_that_is_included_makes_who_includes_it(self):
        self.assertEqual(self.made("docs/openapi.yaml"), ["gateway"])

    def test_what_no_image_holds_makes_none(self):
        paths = ["README.md", "services/quest/README.md", "services/quest/tests/api/main.rs", "crates/testkit/src/lib.rs"]
        self.assertEqual(self.made(*paths, "docs/deploy.md", "helm/damacorch/values.yaml", "questions/src/lib.rs"), [])


class Environments(unittest.TestCase):
    """What is written for each environment."""

    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        here = patch.object(images, "path_of", lambda environment: Path(folder.name) / environment)
        here.start()
        self.addCleanup(here.stop)
        for environment in ["dev", "stg", "prod"]:
            images.write(environment, None, {})

    def run_it(self, *arguments):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            images.main(list(arguments))
        return said.getvalue()

    def refused(self, *arguments):
        with self.assertRaises(SystemExit) as refusal:
            self.run_it(*arguments)
        return str(refusal.exception)

    def test_one_image_is_written_and_the_others_stay(self):
        self.run_it("write", "dev", "ghcr.io/us", "main-1a2b3c4")
        self.run_it("write", "dev", "ghcr.io/us", "main-5d6e7f8", "quest")
        registry, tags = images.read("dev")
        self.assertEqual(registry, "ghcr.io/us")
        self.assertEqual(tags, dict.fromkeys(ALL, "main-1a2b3c4") | {"quest": "main-5d6e7f8"})
        self.assertIn("quest ghcr.io/us/quest:main-5d6e7f8\n", self.run_it("show", "dev"))

    def test_an_unknown_image_is_refused(self):
        self.assertIn("quests", self.refused("write", "dev", "ghcr.io/us", "main-1a2b3c4", "quests"))

    def test_each_environment_runs_what_the_one_before_it_ran(self):
        self.run_it("write", "dev", "ghcr.io/us", "main-1a2b3c4")
        self.run_it("promote", "stg")
        self.assertEqual(images.read("stg"), images.read("dev"))

    def test_prod_runs_releases_that_stg_runs_and_nothing_else(self):
        self.assertIn("promote", self.refused("write", "prod", "ghcr.io/us", "1.2.3"))
        self.assertIn("names no image", self.refused("promote", "prod"))
        self.run_it("write", "stg", "ghcr.io/us", "1.2.3")
        self.run_it("write", "stg", "ghcr.io/us", "main-1a2b3c4", "quest")
        self.assertIn("no releases: quest:main-1a2b3c4", self.refused("promote", "prod"))
        self.run_it("write", "stg", "ghcr.io/us", "1.2.3", "quest")
        self.run_it("promote", "prod")
        self.assertEqual(images.read("prod"), ("ghcr.io/us", dict.fromkeys(ALL, "1.2.3")))

    def test_what_was_never_built_or_of_an_unknown_commit_is_built(self):
        self.assertEqual(images.changed(), ALL)
        self.run_it("write", "dev", "ghcr.io/us", "main-0000000")
        self.assertEqual(images.changed(), ALL)

    def test_only_what_differs_from_its_own_commit_is_built(self):
        self.run_it("write", "dev", "ghcr.io/us", "feature-a-1a2b3c4")
        self.run_it("write", "dev", "ghcr.io/us", "main-5d6e7f8", "quest")
        since = {"1a2b3c4": ["services/quest/src/lib.rs", "services/sns/src/lib.rs"], "5d6e7f8": ["services/sns/src/lib.rs"]}
        with patch.object(images, "diff", since.get):
            self.assertEqual(images.changed(), ["sns"])


if __name__ == "__main__":
    unittest.main()
