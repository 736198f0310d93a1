"""Put every edition of the book into a site, as the folders v1, v2 and so on.

    python3 .github/scripts/add_editions.py SITE

An edition is the site of a commit that has such a tag. The first time that this commit is published, its site is kept
as an archive with the tag's release, and nothing replaces it afterwards. A tag v2 asks for a version 2 of the book,
which is what its pages say of themselves.
"""

import json
import os
import re
import sys
import tarfile
import tempfile
from pathlib import Path

from github import gh

ARCHIVE = "site.tar.gz"

#: Says which version of the book this commit is.
CODEMETA = Path(__file__).parents[2] / "codemeta.json"

_EDITION = re.compile(r"v[1-9][0-9]*")


def editions_of(commit: str, tags: list[dict]) -> list[str]:
    """The editions that are the site of this commit: one, unless somebody has tagged it twice."""
    return [tag["name"] for tag in tags if tag["commit"]["sha"] == commit and _EDITION.fullmatch(tag["name"])]


def main(site: str) -> None:
    repository, folder = os.environ["GITHUB_REPOSITORY"], Path(tempfile.mkdtemp())
    tags, releases = (_all(f"repos/{repository}/{name}?per_page=100") for name in ("tags", "releases"))
    files = {entry["tag_name"]: {file["name"] for file in entry["assets"]} for entry in releases if not entry["draft"]}
    kept = {tag for tag in files if _EDITION.fullmatch(tag) and ARCHIVE in files[tag]}
    new = [tag for tag in editions_of(os.environ["GITHUB_SHA"], tags) if tag not in kept]
    for tag in new:
        _require_version(tag)
    for tag in new:
        _keep(tag, _pack(site, folder), repository, has_release=tag in files)
        kept.add(tag)
    for tag in sorted(kept):
        gh("release", "download", tag, "--repo", repository, "--pattern", ARCHIVE, "--dir", str(folder / tag))
        with tarfile.open(folder / tag / ARCHIVE) as archive:
            archive.extractall(Path(site, tag), filter="data")
        print(f"{tag} is in the site")


def _require_version(tag):
    version = json.loads(CODEMETA.read_text("utf-8"))["version"]
    if f"v{version.partition('.')[0]}" != tag:
        sys.exit(
            f"This commit has the tag {tag}, and its book says that it is version {version}: delete the tag, set the "
            f"version to {tag[1:]}.0.0 in the files that README.md names, and tag that commit. Nothing is published."
        )


def _pack(site, folder):
    path = folder / ARCHIVE
    with tarfile.open(path, "w:gz") as archive:
        archive.add(site, ".")
    return str(path)


def _keep(tag, archive, repository, *, has_release):
    if has_release:  # somebody wrote one by hand, without a site
        gh("release", "upload", tag, archive, "--repo", repository)
        return
    notes = f"The site of this edition, as it stays in the folder {tag} of the published book."
    gh("release", "create", tag, archive, "--repo", repository, "--verify-tag", "--title", tag, "--notes", notes)


def _all(address):
    """All entries of a list that GitHub gives page by page."""
    return [entry for page in json.loads(gh("api", "--paginate", "--slurp", address)) for entry in page]


if __name__ == "__main__":
    main(*sys.argv[1:])
