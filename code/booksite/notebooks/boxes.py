"""Boxes of a page to Markdown: admonitions, exercises, cards, questions."""

from abc import ABC, abstractmethod

from docutils import nodes
from sphinx.locale import admonitionlabels

from booksite.notebooks.inline import Inline
from booksite.notebooks.markdown import details, escape, link, listed, quoted


class Boxes(Inline, ABC):
    """The part of the writer for boxes: one method for each kind of node."""

    @abstractmethod
    def block(self, node: nodes.Node) -> list[str]:
        """Give the Markdown blocks of a node."""

    @abstractmethod
    def blocks(self, node: nodes.Element, start: int = 0) -> list[str]:
        """Give the blocks of all children of a node, from number `start` on."""

    @abstractmethod
    def number(self, kind: str, node: nodes.Element) -> str:
        """Give the number of a figure, an equation or an exercise; empty for one without."""

    def _block_Admonition(self, node: nodes.Element) -> list[str]:
        if {"dropdown", "toggle"} & set(node["classes"]) or "realtype" in node:
            self.report_unknown(node, node.get("realtype", "folded admonition"))
        if isinstance(node[0], nodes.title):
            head, rest = self.inline(node[0]).strip(), self.blocks(node, 1)
        else:
            head, rest = admonitionlabels[type(node).__name__], self.blocks(node)
        return [quoted([f"**{head}**", *rest])]

    def _exercise_title(self, node: nodes.Element) -> str:
        number, name = self.number("exercise", node), self.inline(node[0]).strip()
        head = self.page.number_formats["exercise"] % number if number else "Exercise"
        if name.startswith("(") and name.endswith(")"):
            name = name[1:-1]
        return head.strip() + (f": {name}" if name and name != head else "")

    def _block_solution_node(self, node: nodes.Element) -> list[str]:
        return [details("Solution", self.blocks(node, 1))]

    # --- sphinx-design -----------------------------------------------------------------------------------------------

    def _card(self, node: nodes.Element) -> list[str]:
        addresses = [self.address(reference) for reference in node.findall(nodes.reference) if _is_stretched(reference)]
        titles = [part for part in node.findall(nodes.container) if part.get("design_component") == "card-title"]
        head = [f"**{link(self.inline(title).strip(), next(iter(addresses), ''))}**" for title in titles]
        return [*head, *(block for part in node.children if not _is_link_only(part) for block in self._card_part(part))]

    def _card_part(self, node: nodes.Element) -> list[str]:
        if node.get("design_component") != "card-body":
            return self.block(node)
        return [block for part in node.children if not _is_card_title(part) for block in self.block(part)]

    # --- quiz --------------------------------------------------------------------------------------------------------

    def _block_quiz_item(self, node: nodes.Element) -> list[str]:
        return [f"**Question {node['number']}** · {node['task']}", *self.blocks(node)]

    def _block_quiz_part(self, node: nodes.Element) -> list[str]:
        return self.blocks(node)

    def _block_quiz_choice(self, node: nodes.Element) -> list[str]:
        return [f"**{node['letter']}** {self.inline(node).strip()}"]

    def _block_quiz_field(self, node: nodes.Element) -> list[str]:
        return [f"*{escape(node['hint'])}*" + (f" *Unit: {escape(node['unit'])}.*" if node["unit"] else "")]

    def _block_quiz_partners(self, node: nodes.Element) -> list[str]:
        return ["Choose from:", *self._quiz_list(node)]

    def _block_quiz_answer(self, node: nodes.Element) -> list[str]:
        return [details("Answer", self.blocks(node))]

    def _quiz_list(self, node: nodes.Element) -> list[str]:
        return [listed([self.block(child) for child in node.children], ["-"] * len(node))]

    _block_quiz_choices = _block_quiz_pairs = _block_quiz_notes = _quiz_list


def _is_card_title(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("design_component") == "card-title"


def _is_stretched(node: nodes.Element) -> bool:
    return "sd-stretched-link" in node["classes"] or any(
        "sd-stretched-link" in near["classes"] for near in (*node.findall(nodes.Element), node.parent)
    )


def _is_link_only(node: nodes.Node) -> bool:
    """Whether a part of a card is nothing but the link that makes the card clickable."""
    links = list(node.findall(nodes.reference)) if isinstance(node, nodes.TextElement) else []
    return bool(links) and all(map(_is_stretched, links))
