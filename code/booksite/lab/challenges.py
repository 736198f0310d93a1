"""The directives ``challenges`` and ``lab-overview``: goals to reach with a lab, and a list of what a reader has done.

``{challenges} one-dimension`` stands below a lab of that kind on the same page, and works with the nearest one above.
The challenges are those of ``book/assets/scripts/labs/challenges``; without a script they can be read, hints too.
``lab-overview`` lists every lab of the book, for the script to show those that the reader has changed, and every
challenge by its page, open or met.
"""

import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from booksite.lab import draw, labs_on, note_scripts

logger = logging.getLogger(__name__)

#: In a page's metadata: the kinds of labs that it has challenges for, as [kind, [[name, text], ...]].
_CHALLENGES = "lab-challenges"


class challenge_section(nodes.General, nodes.Element):
    """The challenges of a `kind` of lab, with their list as HTML, `body`."""


class lab_overview(nodes.General, nodes.Element):
    """The place of the list of labs and challenges."""


class Challenges(SphinxDirective):
    """See the module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        kind = self.arguments[0]
        note_scripts(self.env)
        drawn = draw(self.env.app.srcdir.as_posix(), challenges=kind)
        if not drawn["challenges"]:
            logger.warning("There are no challenges for a lab `%s`.", kind, location=self.get_location(), type="lab")
            return []
        if kind not in (lab["kind"] for lab in labs_on(self.env, self.env.docname)):
            logger.warning("No lab `%s` stands above its challenges.", kind, location=self.get_location(), type="lab")
            return []
        self.env.metadata[self.env.docname].setdefault(_CHALLENGES, []).append((kind, drawn["challenges"]))
        return [challenge_section("", kind=kind, body=drawn["body"])]


class LabOverview(SphinxDirective):
    """See the module."""

    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname]["lab-overview"] = True
        return [lab_overview("")]


def write_section(writer: Any, node: challenge_section) -> None:
    writer.body.append(
        f'<section class="challenges" data-challenges="{node["kind"]}" aria-label="Challenges: {node["kind"]}">'
        f"{node['body']}</section>\n"
    )
    raise nodes.SkipNode


def write_overview(writer: Any, node: lab_overview) -> None:
    env, builder = writer.builder.env, writer.builder
    labs, goals = [], []
    for page in dict.fromkeys([*env.collect_relations(), *sorted(env.metadata)]):
        address = html.escape(builder.get_relative_uri(builder.current_docname, page))
        title = html.escape(env.titles[page].astext())
        count: dict[str, int] = {}
        for lab in labs_on(env, page):
            number = count.setdefault(lab["kind"], 0)
            count[lab["kind"]] += 1
            figure = ".".join(map(str, env.toc_fignumbers.get(page, {}).get("figure", {}).get(lab["id"], ())))
            labs.append(
                f'<li data-page="{page}" data-figure="{lab["id"]}" data-kind="{lab["kind"]}" '
                f'data-number="{number}" hidden>'
                f'<a href="{address}#{lab["id"]}" data-page="{address}">Fig. {figure}, as you left it</a>: {title}</li>'
            )
        of_page = env.metadata.get(page, {}).get(_CHALLENGES, [])
        if of_page:
            items = [
                f'<li data-challenge="{name}"><a href="{address}?challenge={name}">{html.escape(text)}</a> '
                '<span class="challenge-state" hidden>open</span></li>'
                for _, challenges in of_page
                for name, text in challenges
            ]
            goals.append(
                f'<details class="admonition page-fold"><summary>{title} '
                f'<span class="challenge-count">{len(items)} challenges</span></summary>\n'
                f"<ul>{''.join(items)}</ul></details>\n"
            )
    writer.body.append(
        '<div class="lab-overview"><p class="lab-unchanged">You have changed no lab yet.</p>'
        f"<ul>{''.join(labs)}</ul>\n{''.join(goals)}</div>\n"
    )
    raise nodes.SkipNode


def rewrite_overview(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the list written again: any page may have another lab."""
    return [page for page, data in env.metadata.items() if data.get("lab-overview")]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_node(challenge_section, html=(write_section, None))
    app.add_node(lab_overview, html=(write_overview, None))
    app.add_directive("challenges", Challenges)
    app.add_directive("lab-overview", LabOverview)
    app.connect("env-updated", rewrite_overview)
    return {"env_version": 1}
