"""What scripts of ``benchmarks/`` measured with the book's networks: files that ship with the package, with keys."""

import dataclasses
import importlib.resources
import json
from collections.abc import Mapping
from pathlib import Path

from cnnbook.records import RecordError
from cnnbook.records.keys import measurement_key, run_key, script_digest
from cnnbook.training.recipe import Recipe

FOLDER = Path(str(importlib.resources.files("cnnbook")))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """A recipe that a script trains `seeds` times and does something with, by its `settings` (plain JSON types)."""

    name: str  # of the script in benchmarks/ and of the file
    recipe: Recipe
    seeds: int
    settings: Mapping
    beside: tuple[Recipe, ...] = ()  # what else was measured, from seed 0

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.json"

    @property
    def key(self) -> str:
        """Changes with everything that a run of the recipes depends on, and with the settings."""
        others = {"beside": [run_key(recipe, 0) for recipe in self.beside]} if self.beside else {}
        return measurement_key(self.recipe, self.seeds, {**self.settings, **others})

    def read(self) -> dict:
        """What was measured; a `RecordError` says that the recipe or the settings have changed since then."""
        content = json.loads(self.path.read_text("utf-8"))
        if content["key"] != self.key:
            raise RecordError(
                f"{self.path.name} is stale: its recipe, builder, settings or data, or the meaning of training, has "
                f"changed since it was measured; make it again with `python benchmarks/{self.name}.py --write`"
            )
        return content

    def write(self, content: Mapping, script: str | Path) -> None:
        """Keep what a `script` measured, with the key, the settings and the script's digest of today.

        The package has no scripts, so a test of the repository compares that digest, and `read` does not.
        """
        digest = script_digest(Path(script).read_text("utf-8"))
        whole = {"key": self.key, "script": digest, "recipe": self.recipe.name, **self.settings, **content}
        self.path.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
