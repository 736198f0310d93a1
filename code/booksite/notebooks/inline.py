"""Words, formulas, links and pictures within a line of a page, to Markdown."""

import re
from posixpath import dirname, join, normpath, relpath
from urllib.parse import quote, unquote, urlsplit

from docutils import nodes
from sphinx.util import logging

from booksite.notebooks.markdown import code_span, escape, inline_math, link, wrapped
from booksite.notebooks.page_context import PageContext

logger = logging.getLogger(__name__)


class Inline:
    """The part of the writer for nodes within a line: one method for each kind of node."""

    page: PageContext
    _in_table = False

    def inline(self, node: nodes.Node) -> str:
        """Give the Markdown of a node within a line."""
        if isinstance(node, nodes.Text):
            return escape(re.sub(r"\s+", " ", str(node)))
        for kind in type(node).__mro__:
            if method := getattr(self, f"_inline_{kind.__name__}", None):
                return method(node)
        if isinstance(node, nodes.Inline) and not isinstance(node, nodes.inline):
            self.report_unknown(node)
        return self._words(node)

    def report_unknown(self, node: nodes.Node, what: str = "") -> None:
        """Warn of a node that the notebooks have no Markdown for; the strict build fails at it."""
        logger.warning(
            "The notebook of this page cannot hold a %s: teach booksite.notebooks.writer to write it, or do without.",
            what or type(node).__name__,
            location=node if isinstance(node, nodes.Element) and node.source else self.page.docname,
        )

    def _words(self, node: nodes.Node) -> str:
        return "".join(map(self.inline, node.children))

    def _inline_inline(self, node: nodes.Element) -> str:
        return "" if "with-scripts" in node["classes"] else self._words(node)  # which a notebook has not

    def _inline_emphasis(self, node: nodes.Element) -> str:
        return wrapped("*", self._words(node))

    def _inline_strong(self, node: nodes.Element) -> str:
        return wrapped("**", self._words(node))

    def _inline_literal(self, node: nodes.Element) -> str:
        # References and downloads are literals whose words may hold anything.
        is_plain = {"std", "download"} & set(node["classes"]) or any(
            not isinstance(child, nodes.Text) for child in node.children
        )
        return self._words(node) if is_plain else code_span(node.astext())

    def _inline_footnote_reference(self, node: nodes.Element) -> str:
        return f"<sup>{node.astext()}</sup>"

    def _inline_math(self, node: nodes.Element) -> str:
        return inline_math(node.astext(), in_table=self._in_table)

    def _inline_download_reference(self, node: nodes.Element) -> str:
        """Link to the file on the site; where its address is not known, the file lies beside the notebooks."""
        name = node["filename"]
        address = self.page.place.file(f"_downloads/{name}")
        if not address:
            path = f"files/{name.rsplit('/', 1)[-1]}"
            self.page.files[path] = normpath(node["reftarget"].lstrip("/"))
            address = quote(relpath(path, dirname(self.page.docname) or "."))
        return link(self._words(node), address)

    def _inline_reference(self, node: nodes.Element) -> str:
        if node.get("reftitle") and node.astext().isdigit():  # the bibliography has no notebook
            self.page.cited[int(node.astext())] = node["reftitle"]
        return link(self._words(node), self.address(node))

    def address(self, node: nodes.Element) -> str:
        """Address of a reference: of another page on the site, else of its notebook, else none."""
        uri = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
        parts = urlsplit(uri)
        if not uri or parts.scheme or parts.netloc:
            return uri
        docname = self.page.docname
        if parts.path:
            docname = normpath(join(dirname(docname), unquote(parts.path))).removesuffix(".html")
        if self.page.place.site:
            return self.page.place.page(docname, parts.fragment)
        if docname == self.page.docname or docname not in self.page.notebooks:
            return ""
        return relpath(f"{docname}.ipynb", dirname(self.page.docname) or ".")
