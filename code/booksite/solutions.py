"""Where the solutions of exercises stand: one switch, ``cnnbook_solutions``, for a course that adopts the book.

==========  ========================================================================================================
`folded`    below each exercise, folded
`end`       at the end of the page, folded, with a link below each exercise
`none`      not in the site, nor in its notebooks; a teacher's key is written beside the site, into ``_build/solutions``
==========  ========================================================================================================

Questions answer back all the same: what they say of an answer is a part of the lesson.
"""

import html
import shutil
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from booksite.notebooks import is_site

CHOICES = ("folded", "end", "none")

#: The folder of the key, beside that of the site.
KEY = "solutions"

_SOLUTION = ".solution.admonition"

_HEADER_LINK = {"class": "headerlink", "href": "#solutions", "title": "Link to this heading"}

_KEY_PAGE = """<!DOCTYPE html>
<html lang="{language}" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}: solutions</title>
<base href="{page}">
<link rel="stylesheet" href="{styles}">
</head>
<body><main class="bd-article" style="max-width: 45rem; margin: 2rem auto; padding: 0 1rem">
<h1>{title}</h1>
{solutions}
</main></body>
</html>
"""


def place(body: str, choice: str) -> tuple[str, list[str]]:
    """Put the solutions of a page where the switch wants them; gives the body, and those that left it.

    >>> body = '<p>How many?</p><details class="solution admonition" id="sol-a">Nine.</details><h2>Summary</h2>'
    >>> place(body, "none")
    ('<p>How many?</p><h2>Summary</h2>', ['<details class="solution admonition" id="sol-a">Nine.</details>'])
    """
    soup = BeautifulSoup(body, "html.parser")
    solutions = soup.select(_SOLUTION)
    if choice == "folded" or not solutions:
        return body, []
    for solution in solutions:
        if choice == "none":
            solution.extract()
        else:
            link = soup.new_tag("a", attrs={"class": "reference internal", "href": f"#{solution['id']}"})
            link.string = "Solution at the end of this page"
            line = soup.new_tag("p", attrs={"class": "to-solution"})
            line.append(link)
            solution.replace_with(line)
    if choice == "none":
        return str(soup), [str(solution) for solution in solutions]
    section = soup.new_tag("section", id="solutions")
    heading = soup.new_tag("h2", string="Solutions")
    heading.append(soup.new_tag("a", attrs=_HEADER_LINK, string="#"))
    section.extend([heading, *solutions])
    _title_section(soup).append(section)
    return str(soup), []


def _title_section(soup: BeautifulSoup) -> Tag:
    """The section of the page's title, which holds all others."""
    return soup.find("section") or soup


def add_to_outline(toc: str) -> str:
    """Add the section of solutions to what a page has for *On this page*.

    >>> add_to_outline("<ul><li><ul></ul></li></ul>")
    '<ul><li><ul><li><a class="reference internal" href="#solutions">Solutions</a></li></ul></li></ul>'
    """
    soup = BeautifulSoup(toc, "html.parser")
    entry = soup.new_tag("li")
    entry.append(soup.new_tag("a", attrs={"class": "reference internal", "href": "#solutions"}, string="Solutions"))
    soup.select_one("li > ul").append(entry)
    return str(soup)


def outline_solutions(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """List the section of solutions under *On this page*, where `place_on_page` will make one."""
    at_end = doctree is not None and is_site(app) and app.config.cnnbook_solutions == "end"
    if at_end and BeautifulSoup(context["body"], "html.parser").select_one(_SOLUTION):
        context["toc"] = add_to_outline(context["toc"])


def place_on_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Place the solutions of a page, and write those that leave it into the key."""
    if doctree is None or not is_site(app):
        return
    context["body"], taken = place(context["body"], app.config.cnnbook_solutions)
    file = _key_folder(app) / f"{pagename}.html"
    file.unlink(missing_ok=True)
    if taken:
        up = "../" * (pagename.count("/") + 1)
        text = _KEY_PAGE.format(
            language=app.config.language,
            title=html.escape(app.env.titles[pagename].astext()),
            page=f"{up}{Path(app.outdir).name}/{pagename}.html",
            styles=f"{'../' * pagename.count('/')}_static/site.css",
            solutions="\n".join(taken).replace("<details ", "<details open "),
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def _key_folder(app: Sphinx) -> Path:
    return Path(app.outdir).parent / KEY


def check_choice(app: Sphinx, config: Config) -> None:
    """Refuse another word; without `none` there is no key, and with it no copy of the sources, which have them."""
    if config.cnnbook_solutions not in CHOICES:
        raise ConfigError(f"cnnbook_solutions is {config.cnnbook_solutions!r}; write one of {', '.join(CHOICES)}.")
    if config.cnnbook_solutions == "none":
        config.html_copy_source = False
        shutil.rmtree(Path(app.outdir, "_sources"), ignore_errors=True)  # of an earlier build with another word
    else:
        shutil.rmtree(_key_folder(app), ignore_errors=True)


def setup(app: Sphinx) -> None:
    app.add_config_value("cnnbook_solutions", CHOICES[0], "html")
    app.connect("config-inited", check_choice)
    app.connect("html-page-context", outline_solutions, priority=400)  # before the theme reads the outline
    # After the repairs, which fold them, and before the scripts that a page asks for.
    app.connect("html-page-context", place_on_page, priority=920)
