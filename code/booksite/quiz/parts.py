"""Nodes of quiz items: pieces of HTML with nodes between them."""

from docutils import nodes


class quiz_part(nodes.General, nodes.Element):
    """A piece of HTML around its children; `opening` and `closing` are written as they are."""


class quiz_words(nodes.General, nodes.TextElement):
    """The same around words alone: typographic quotes are set in them as in a paragraph."""


class quiz_item(quiz_part):
    """A whole item, for whoever looks for them in a page."""


def closed(opening, closing):
    """Give what closes a piece of HTML: the tag that it opens first, unless something else is given."""
    return closing or f"</{opening[1:].replace('>', ' ').split()[0]}>"


def part(opening, *children, closing=""):
    """Put nodes between two pieces of HTML."""
    return quiz_part("", *children, opening=opening, closing=closed(opening, closing))


def words(opening, *children, closing=""):
    """Put words between two pieces of HTML."""
    return quiz_words("", "", *children, opening=opening, closing=closed(opening, closing))


def copies(children):
    """Copy nodes to a second place on the page: without ids, which have to be unique."""
    copied = [child.deepcopy() for child in children]
    for child in copied:
        for node in child.findall():
            node.document = None
            if isinstance(node, nodes.Element):
                node["ids"], node["names"] = [], []
    return copied


def brief(node):
    """Name a node in a message by its first words."""
    text = " ".join(node.astext().split())
    return text if len(text) <= 40 else text[:39] + "…"


def open_part(translator, node):
    translator.body.append(node["opening"])


def close_part(translator, node):
    translator.body.append(node["closing"])


def setup(app):
    for kind in (quiz_part, quiz_words, quiz_item):
        app.add_node(kind, html=(open_part, close_part))
