#!/usr/bin/env bash
# Pushes the branch of notebooks out of a bundle that a job without a token made. Runs nothing of the book.
set -euo pipefail
bundle=$(realpath "$1")
repository=$(mktemp -d)/notebooks.git
git init --quiet --bare "$repository"
git -C "$repository" fetch --quiet "$bundle" notebooks:notebooks
git -C "$repository" push --quiet --force "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" notebooks:notebooks
