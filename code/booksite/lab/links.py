"""Links that a course needs and ``{ref}`` cannot make: to a lab in another state, and to a page on the projector.

``{lab}`stride 2 <fig-windows: dict(input=handout.X, kernel=handout.W, stride=2, padding=0)>` `` opens the lab of that
figure in that state, an expression with the names of `quiz.values`. ``{present}`padding` `` opens the page of a label
as ``projector.js`` shows it.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from booksite.lab import labs_on
from booksite.quiz.values import QuizError, evaluate

logger = logging.getLogger(__name__)

_LAB = re.compile(r"(?P<words>.+?)\s*<(?P<label>[\w-]+):\s*(?P<state>.+)>", re.DOTALL)


class page_link(nodes.Inline, nodes.TextElement):
    """A link to the page of `label`; `state` is JSON, empty for the projector."""


class LabRole(SphinxRole):
    """See the module."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        parts = _LAB.fullmatch(self.text)
        try:
            if not parts:
                raise QuizError("write words <label of the lab's figure: its state>")
            state = json.dumps(evaluate(parts["state"]), default=lambda array: array.tolist())
        except QuizError as error:
            logger.warning("lab: %s", error, location=self.get_location(), type="lab")
            return [], []
        link = page_link("", parts["words"], label=parts["label"], state=state)
        self.set_source_info(link)
        return [link], []


class PresentRole(SphinxRole):
    """See the module."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        link = page_link("", "projector", label=self.text, state="")
        self.set_source_info(link)
        return [link], []


class ResolvePageLinks(SphinxPostTransform):
    """Point the links, after all pages are read."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for link in list(self.document.findall(page_link)):
            if tail := self.tail_of(link):
                page, _ = self.env.domaindata["std"]["anonlabels"][link["label"]]
                address = self.app.builder.get_relative_uri(self.env.docname, page) or f"{page.rpartition('/')[2]}.html"
                link.replace_self(nodes.reference("", "", *link.children, internal=True, refuri=address + tail))
            else:
                logger.warning("no page has the lab or the label %s", link["label"], location=link, type="lab")

    def tail_of(self, link: page_link) -> str:
        """What stands behind the address of the page; empty if there is no such label, or no lab with it."""
        page, name = self.env.domaindata["std"]["anonlabels"].get(link["label"], ("", ""))
        if not link["state"]:
            return "?present" if page else ""
        labs = labs_on(self.env, page) if page else []
        kind = next((lab["kind"] for lab in labs if lab["id"] == name), "")
        same = [lab["id"] for lab in labs if lab["kind"] == kind]
        query = {"lab": kind, "state": link["state"]}
        if kind and same.index(name):
            query["number"] = str(same.index(name))
        return f"?{urlencode(query)}" if kind else ""


def setup(app: Sphinx) -> None:
    app.add_node(page_link)
    app.add_role("lab", LabRole())
    app.add_role("present", PresentRole())
    app.add_post_transform(ResolvePageLinks)
