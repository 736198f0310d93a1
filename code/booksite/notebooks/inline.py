"""Words, formulas, links and pictures within a line of a page, to Markdown."""

import re
from posixpath import dirname, join, normpath, relpath
from urllib.parse import quote, unquote, urlsplit

from docutils import nodes

from booksite.notebooks.text import code_span, escape, inline_math, link, wrapped

#: Nodes without words of their own.
SILENT = {
    *("comment", "index", "meta", "pending", "substitution_definition", "system_message", "tabular_col_spec", "target"),
    *("colspec", "highlightlang", "toctree", "sd_tab_input", "docinfo"),
}

_HARMLESS_TAG = re.compile(r"</?(?:br|sub|sup|kbd|em|strong|b|i|u|small|mark|span|wbr)\b[^<>]*>")


class Inline:
    """The part of the writer for nodes within a line: one method for each kind of node."""

    _in_table = False

    def inline(self, node):
        """Give the Markdown of a node within a line."""
        if isinstance(node, nodes.Text):
            return escape(re.sub(r"\s+", " ", str(node)))
        for kind in type(node).__mro__:
            if kind.__name__ in SILENT:
                return ""
            if method := getattr(self, f"_inline_{kind.__name__}", None):
                return method(node)
        return self._words(node)

    def _words(self, node):
        return "".join(map(self.inline, node.children))

    def _inline_paragraph(self, node):
        return self._words(node)

    def _inline_title(self, node):
        return self._words(node)

    def _inline_emphasis(self, node):
        return wrapped("*", self._words(node))

    _inline_title_reference = _inline_literal_emphasis = _inline_emphasis

    def _inline_strong(self, node):
        return wrapped("**", self._words(node))

    _inline_literal_strong = _inline_strong

    def _inline_literal(self, node):
        # References and downloads are literals whose words may hold anything.
        plain = {"std", "download"} & set(node["classes"]) or any(
            not isinstance(one, nodes.Text) for one in node.children
        )
        return self._words(node) if plain else code_span(node.astext())

    def _inline_subscript(self, node):
        return f"<sub>{self._words(node)}</sub>"

    def _inline_superscript(self, node):
        return f"<sup>{self._words(node)}</sup>"

    def _inline_footnote_reference(self, node):
        return f"<sup>{node.astext()}</sup>"

    def _inline_math(self, node):
        return inline_math(node.astext(), in_table=self._in_table)

    def _inline_raw(self, node):
        text = node.astext()
        return text if "html" in node.get("format", "") and _HARMLESS_TAG.fullmatch(text.strip()) else ""

    def _inline_image(self, node):
        return f"![{escape(' '.join(node.get('alt', '').split()))}]({self._image(node['uri'])})"

    def _image(self, uri):
        """Where the notebook finds a picture: beside itself, and on the branch where the repository is known."""
        if urlsplit(uri).scheme:
            return uri
        path = normpath(uri.lstrip("/"))
        beside = f"images/{path.rsplit('/', 1)[-1]}" if path.startswith(("_build/", "../")) else path
        self.page.files[beside] = path
        # Colab shows no file of the branch by a relative address.
        return self.page.place.on_branch(beside) or quote(relpath(beside, dirname(self.page.docname) or "."))

    def _inline_download_reference(self, node):
        words = self._words(node)
        if not node.get("filename"):
            return link(words, node.get("refuri", ""))
        if address := self.page.place.file(f"_downloads/{node['filename']}"):
            return link(words, address)
        beside = f"files/{node['filename'].rsplit('/', 1)[-1]}"
        self.page.files[beside] = normpath(node["reftarget"].lstrip("/"))
        return link(words, quote(relpath(beside, dirname(self.page.docname) or ".")))

    def _inline_reference(self, node):
        if node.get("reftitle") and node.astext().isdigit():  # the bibliography has no notebook
            self.page.cited[int(node.astext())] = node["reftitle"]
        return link(self._words(node), self._address(node))

    def _address(self, node):
        """Address of a reference: of another page on the site, else of its notebook, else none."""
        uri = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
        parts = urlsplit(uri)
        if parts.scheme or parts.netloc:
            return uri
        if not uri:
            return ""
        docname = self.page.docname
        if parts.path:
            docname = normpath(join(dirname(docname), unquote(parts.path))).removesuffix(".html")
        if self.page.place.site:
            return self.page.place.page(docname, parts.fragment)
        if docname == self.page.docname or docname not in self.page.notebooks:
            return ""
        return relpath(f"{docname}.ipynb", dirname(self.page.docname) or ".")
