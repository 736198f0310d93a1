"""Three files say how to cite the book, each for other readers, and all say what the package and the site say."""

import json
import tomllib
from pathlib import Path

import yaml

import cnnbook

ROOT = Path(__file__).parents[1]


def content(name):
    text = (ROOT / name).read_text("utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


def test_the_files_to_cite_from_say_what_the_package_and_the_site_say():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    book = content("_config.yml")
    expected = (
        *(book["title"], [book["author"]], project["description"], cnnbook.__version__),
        *(project["license"], project["keywords"]),
    )
    cff, codemeta, zenodo = map(content, ("CITATION.cff", "codemeta.json", ".zenodo.json"))
    license_name = codemeta["license"].removeprefix("https://spdx.org/licenses/")
    assert {
        "CITATION.cff": (
            *(cff["title"], [author["name"] for author in cff["authors"]], cff["abstract"], cff["version"]),
            *(cff["license"], cff["keywords"]),
        ),
        "codemeta.json": (
            *(codemeta["name"], [author["name"] for author in codemeta["author"]], codemeta["description"]),
            *(codemeta["version"], license_name, codemeta["keywords"]),
        ),
        ".zenodo.json": (
            *(zenodo["title"], [creator["name"] for creator in zenodo["creators"]], zenodo["description"]),
            *(zenodo["version"], zenodo["license"], zenodo["keywords"]),
        ),
    } == dict.fromkeys(("CITATION.cff", "codemeta.json", ".zenodo.json"), expected)


def test_the_page_cites_the_book_as_the_files_do():
    book, page = content("_config.yml"), (ROOT / "book/status.md").read_text("utf-8")
    assert f"{book['author']}: *{book['title']}*, version {{glue:text}}`book_version`" in page
