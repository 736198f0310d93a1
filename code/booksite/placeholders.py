"""Placeholders: parts of a page that are filled when the build ends, or by a later command.

What changes from build to build, such as the commit, cannot be written with the page: Sphinx writes only pages whose
sources changed. Each placeholder is a directive without arguments.
"""

import dataclasses
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from cnnbook import CnnBookError


class PlaceholderError(CnnBookError):
    """A page lacks the placeholder that is to be filled."""


@dataclasses.dataclass(frozen=True)
class Placeholder:
    """A part of a page, by the name of its directive, with the HTML that stands there until it is filled."""

    name: str
    default: str = ""

    def html(self, content: str) -> str:
        """The placeholder with its marks around the content."""
        return f'<div class="{self.name}">{content}<!-- end of {self.name} --></div>'

    def fill(self, page: str, content: str) -> str:
        """The HTML of a page with other content in the placeholder, whatever stood there before.

        >>> print(Placeholder("news").fill(Placeholder("news").html("old"), "new"))
        <div class="news">new<!-- end of news --></div>
        """
        begin, end = map(re.escape, self.html("\n").split("\n"))
        filled, times = re.subn(f"{begin}.*?{end}", lambda _: self.html(content), page, flags=re.DOTALL)
        if not times:
            raise PlaceholderError(
                f"The page has no place for `{self.name}`: write the directive `{self.name}` in its source and run "
                "`make book`."
            )
        return filled

    def add_to(self, app: Sphinx) -> None:
        """Register the directive."""
        placeholder = self

        class Directive(SphinxDirective):
            def run(self) -> list[nodes.Node]:
                self.env.metadata[self.env.docname][placeholder.name] = True
                # `of_this_copy`: a notebook of the page leaves it out.
                return [nodes.raw("", placeholder.html(placeholder.default), format="html", of_this_copy=True)]

        app.add_directive(self.name, Directive)

    def pages(self, app: Sphinx) -> dict[str, Path]:
        """Files of the built pages that have the placeholder, by page."""
        names = (name for name in sorted(app.env.found_docs) if app.env.metadata[name].get(self.name))
        return {name: Path(app.outdir, f"{name}.html") for name in names}
