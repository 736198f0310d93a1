"""The directive ``lab``: a figure that a reader can touch.

Its content is the caption; state and view are Python expressions with the names of `quiz.values`::

    :::{lab} one-dimension
    :name: fig-windows
    :state: dict(input=handout.X, kernel=handout.W, stride=1, padding=0)
    :alt: Seven cells, a filter of three weights below them, and five outputs.
    Five windows fit when the stride is 1 and nothing is padded.
    :::

With ``:predict:`` and the name of one of the lab's predictions, its result is a question mark until the reader has
guessed it, or asked for it; a usual mistake brings its sentence of `cnnbook.mistakes`.

The modules in ``book/assets/scripts/labs`` draw it, here through Node.js for the page as it is built, then in the
reader's browser, with the same picture to start with. So a page without scripts, a print and an EPUB show the lab's
first state; of a filter that slides along a row, the last two show all windows. A lab's markup is a contract:
``data-lab`` is its kind, ``data-state`` what the reader has set, ``data-result`` what it shows, both JSON and up to
date.

A lab on photographs has those of its first state in its view; the other images of the sample are scripts of the site,
ten images each, which it loads when a reader asks for one. So are the weights of networks, a script for each.
"""

import base64
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from booksite.json_process import JsonProcess
from booksite.lab.training_images import offered
from booksite.quiz.values import QuizError, evaluate
from booksite.scripts import FOLDER, join, module_of, write_if_new
from booksite.theme import drawings
from booksite.theme.npm_packages import vendored_folder
from cnnbook import data, experiments, plotting, shapes
from cnnbook.lab import NETWORKS
from cnnbook.mistakes import mistake

logger = logging.getLogger(__name__)

_RENDERER = Path(__file__).with_name("render_labs.js")

#: How many images a script holds; ``labs/sample.js`` counts on it.
IMAGES_PER_SCRIPT = 10

#: Labs that show images of the sample, and the lab of whole networks.
_WITH_IMAGES, _WITH_NETWORKS = ("lab-filter", "lab-network", "lab-train"), "lab-network"


class lab_figure(nodes.figure):
    """A lab: `kind`, `state`, `result` and `view` as JSON, the HTML of its `body`, and a caption below."""


@cache
def renderer(root: str) -> JsonProcess:
    """Start the process that draws labs, once in a build."""
    program = Path(root, "_build", ".render-labs.cjs")  # longer than a command line may be
    program.parent.mkdir(exist_ok=True)
    program.write_text(join(root, _RENDERER.read_text("utf-8"), "--platform=node", "--format=cjs"), "utf-8")
    return JsonProcess(["node", program])


def note_scripts(env: BuildEnvironment) -> None:
    """Let Sphinx read a page again when a script has changed that draws its labs."""
    for script in Path(env.srcdir, FOLDER, "labs").rglob("*.js"):
        env.note_dependency(str(script))


def draw(root: str, **lab: Any) -> dict[str, Any]:
    """Draw a lab in its first state; gives its `body` as HTML, its `state` and its `result`, or an `error`.

    Of `challenges`, a kind of lab, gives their `body`, and their names and texts as `challenges`.
    """
    return renderer(root).ask(json.loads(json.dumps(lab, default=lambda array: array.tolist())))


def labs_on(env: BuildEnvironment, docname: str) -> list[dict[str, str]]:
    """The labs of a page as it was read, each with its `kind` and the `id` of its figure, to read or to append to."""
    return env.metadata[docname].setdefault("labs", [])


class Lab(SphinxDirective):
    """See the module."""

    required_arguments = 1
    has_content = True
    option_spec = dict.fromkeys(("name", "state", "view", "alt", "predict"), directives.unchanged)

    def run(self) -> list[nodes.Node]:
        note_scripts(self.env)
        try:
            return [self.make_figure()]
        except QuizError as error:
            logger.warning("lab %s: %s", self.arguments[0], error, location=self.get_location(), type="lab")
            return []

    def make_figure(self) -> lab_figure:
        """Draw the lab and put its caption below."""
        missing = [name for name in ("name", "state", "alt") if not self.options.get(name)]
        if missing or not self.content:
            raise QuizError(f"The lab has no {', '.join(f':{name}:' for name in missing) or 'caption'}.")
        state, view = (evaluate(self.options.get(option) or "{}") for option in ("state", "view"))
        if self.arguments[0] == "train":
            view["training"] = offered(self.config)
        drawn = draw(
            self.env.app.srcdir.as_posix(), kind=self.arguments[0], state=state, view=view,
            id=nodes.make_id(self.options["name"]), alt=self.options["alt"], predict=self.options.get("predict"),
            scripts=vendored_folder(self.env.app).as_posix(),
        )  # fmt: skip
        if "error" in drawn:
            raise QuizError(drawn["error"])
        if "first" in drawn:
            view["first"] = drawn["first"]
        figure = lab_figure(
            "",
            kind=self.arguments[0],
            body=drawings.with_small_pictures(drawings.with_fallbacks(drawn["body"])),
            view=json.dumps(view),
        )
        if predict := self.options.get("predict"):
            figure["predict"], figure["mistakes"] = predict, drawn["mistakes"]
        if self.arguments[0] == "one-dimension" and not state.get("transposed"):
            figure["printed"] = draw_printed(state, view, self.options["alt"])
        for name in ("state", "result"):
            figure[name] = json.dumps(drawn[name], ensure_ascii=False)
        caption = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, caption)
        figure += nodes.caption("", "", *caption[0].children)
        self.add_name(figure)
        self.set_source_info(figure)
        labs_on(self.env, self.env.docname).append({"kind": figure["kind"], "id": figure["ids"][0]})
        return figure


def draw_printed(state: dict[str, Any], view: dict[str, Any], alt: str) -> str:
    """All windows of a row, of which the lab shows one at a time: paper has no next.

    Below a row that is compared stand the windows of the other, as in the lab.
    """

    def draw(alt: str, **changed: Any) -> str:
        options = state | changed
        x, kernel = options.pop("input"), options.pop("kernel")
        return drawings.drawn(lambda: plotting.windows_1d(x, kernel, **options), alt)

    first = draw(alt)
    if not view.get("compare"):
        return first
    padding, dilation, kernel_size = state["padding"], state["dilation"], len(state["kernel"])
    options = {"stride": state["stride"], "dilation": dilation}
    before, after = shapes.resolve_padding(padding, len(state["input"]), kernel_size, **options)
    evenly = (shapes.kernel_span(kernel_size, dilation) - 1) // 2
    second = draw(f"The same row with {evenly} on each side, and its windows.", padding=evenly)
    return (
        f"<p><strong>{html.escape(str(padding))}: {before} before, {after} after</strong></p>{first}"
        f"<p><strong>{evenly} on each side</strong></p>{second}"
    )


def write_mistake(builder: Any, name: str) -> str:
    """The sentence on a usual mistake, as HTML, with a link to the page that teaches it."""
    usual = mistake(name)
    sentence = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(usual.sentence, quote=False))
    page = f"book/{usual.page}"
    if page not in builder.env.titles or page == builder.current_docname:
        return sentence
    address = builder.get_relative_uri(builder.current_docname, page)
    return f'{sentence} See <a href="{address}">{html.escape(builder.env.titles[page].astext())}</a>.'


def write_sample(app: Sphinx, config: Config) -> None:
    """Write the sample images as scripts, if the book has labs that show them."""
    if not any(module_of(app.srcdir, name).is_file() for name in _WITH_IMAGES):
        return
    for number in range(len(data.sample().images) // IMAGES_PER_SCRIPT):
        texts = data.sample_texts(range(IMAGES_PER_SCRIPT * number, IMAGES_PER_SCRIPT * (number + 1)))
        write_if_new(vendored_folder(app) / f"sample-{number}.js", f"globalThis.bookSample = {json.dumps(texts)};")


def write_networks(app: Sphinx, config: Config) -> None:
    """Write the recorded weights of networks as scripts, if the book has the lab that looks into them."""
    if not module_of(app.srcdir, _WITH_NETWORKS).is_file():
        return
    for name in NETWORKS:
        weights = {name: base64.b64encode(experiments.recorded_weights(name)).decode()}
        write_if_new(vendored_folder(app) / f"network-{name}.js", f"globalThis.bookWeights = {json.dumps(weights)};")


def visit_lab(writer: Any, node: lab_figure) -> None:
    attributes = {f"data-{name}": node[name] for name in ("state", "result", "view")}
    attributes |= {"data-lab": node["kind"], "data-page": writer.builder.current_docname}
    if "predict" in node:
        sentences = {name: write_mistake(writer.builder, name) for name in node["mistakes"]}
        attributes["data-predict"] = json.dumps({"name": node["predict"], "sentences": sentences}, ensure_ascii=False)
    writer.body.append(writer.starttag(node, "figure", CLASS="lab align-default", **attributes))
    writer.body.append(f'<div class="lab-body">{node["body"]}</div>\n')
    if "printed" in node:
        writer.body.append(f'<div class="lab-printed">{node["printed"]}</div>\n')


def depart_lab(writer: Any, node: lab_figure) -> None:
    writer.body.append("</figure>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("config-inited", write_sample)
    app.connect("config-inited", write_networks)
    app.add_directive("lab", Lab)
    app.add_enumerable_node(lab_figure, "figure", html=(visit_lab, depart_lab))
    return {"env_version": 1}
