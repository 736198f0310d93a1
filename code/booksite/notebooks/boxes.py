"""Boxes of a page to Markdown: admonitions, exercises, cards and tabs, questions."""

from docutils import nodes
from sphinx.locale import admonitionlabels

from booksite.notebooks.text import details, escape, link, listed, quoted


class Boxes:
    """The part of the writer for boxes: one method for each kind of node."""

    def _block_Admonition(self, node):
        if realtype := node.get("realtype"):  # definitions, theorems and the like of sphinx-proof
            number = ".".join(map(str, self._number(node.get("countertype"), node) or ()))
            head = " ".join(filter(None, [realtype.title(), number, self.inline(node[0]).strip()]))
            return [quoted([f"**{head}**", *self.blocks(node, 1)])]
        if node.children and isinstance(node[0], nodes.title):
            head, plain, rest = self.inline(node[0]).strip(), node[0].astext(), self.blocks(node, 1)
        else:
            head = plain = admonitionlabels.get(type(node).__name__, "Note")
            rest = self.blocks(node)
        if is_folded(node):
            return [details(plain, rest)]
        return [quoted([f"**{head}**", *rest])]

    def _block_exercise_node(self, node):
        return [f"**{self._exercise_title(node)}**", *self.blocks(node, 1)]

    _block_exercise_enumerable_node = _block_exercise_node

    def _exercise_title(self, node):
        number = ".".join(map(str, self._number("exercise", node) or ()))
        name = self.inline(node[0]).strip()
        if name.startswith("(") and name.endswith(")"):
            name = name[1:-1]
        head = self.page.formats.get("exercise", "Exercise %s") % number if number else "Exercise"
        return head.strip() + (f": {name}" if name and name != head else "")

    def _block_solution_node(self, node):
        return [details("Solution", self.blocks(node, 1))]

    _block_exercise_end_node = _block_solution_end_node = lambda self, node: []

    # --- sphinx-design -----------------------------------------------------------------------------------------------

    def _card(self, node):
        addresses = [self._address(one) for one in node.findall(nodes.reference) if _is_stretched(one)]
        titles = [one for one in node.findall(nodes.container) if one.get("design_component") == "card-title"]
        head = [f"**{link(self.inline(one).strip(), next(iter(addresses), ''))}**" for one in titles]
        body = [
            block for one in node.children for block in self._card_part(one) if not (len(one) and _is_link_only(one))
        ]
        return [*head, *body]

    def _card_part(self, node):
        if node.get("design_component") == "card-body":
            inner = [one for one in node.children if _component(one) != "card-title"]
            return [block for one in inner for block in self.block(one)]
        return self.block(node)

    def _block_dropdown_main(self, node):
        heads = [one for one in node.children if type(one).__name__ == "dropdown_title"]
        summary = " ".join(text.astext() for one in heads for text in one.findall(nodes.Text) if not _is_raw(text))
        return [
            details(
                summary or "Show", [block for one in node.children if one not in heads for block in self.block(one)]
            )
        ]

    def _block_sd_tab_label(self, node):
        return [f"**{self.inline(node).strip()}**"]

    # --- quiz --------------------------------------------------------------------------------------------------------

    def _block_quiz_item(self, node):
        return [f"**Question {node['number']}** · {node['task']}", *self.blocks(node)]

    def _block_quiz_part(self, node):
        return self.blocks(node)

    def _block_quiz_choice(self, node):
        return [f"**{node['letter']}** {self.inline(node).strip()}"]

    def _block_quiz_field(self, node):
        return [f"*{escape(node['hint'])}*" + (f" *Unit: {escape(node['unit'])}.*" if node["unit"] else "")]

    def _block_quiz_partners(self, node):
        return ["Choose from:", *self._quiz_list(node)]

    def _block_quiz_answer(self, node):
        return [details("Answer", self.blocks(node))]

    def _quiz_list(self, node):
        return [listed([self.block(child) for child in node.children], ["-"] * len(node))]

    _block_quiz_choices = _block_quiz_pairs = _block_quiz_notes = _quiz_list


def is_folded(node):
    """Whether the page folds a box away."""
    return isinstance(node, nodes.Admonition) and bool({"dropdown", "toggle"} & set(node["classes"]))


def _is_raw(text):
    return isinstance(text.parent, nodes.raw)


def _component(node):
    return node.get("design_component") if isinstance(node, nodes.Element) else None


def _is_stretched(node):
    return "sd-stretched-link" in node["classes"] or any(
        "sd-stretched-link" in one["classes"] for one in (*node.findall(nodes.Element), node.parent)
    )


def _is_link_only(node):
    """Whether a part of a card is nothing but the link that makes the card clickable."""
    found = list(node.findall(nodes.reference)) if isinstance(node, nodes.TextElement) else []
    return bool(found) and all(map(_is_stretched, found))
