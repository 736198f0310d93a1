"""A small book with every construct that pages use, for the tests of the notebooks: its pages, and its build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from built import ROOT
from PIL import Image

FRONT_MATTER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""

START = (
    FRONT_MATTER
    + """
(start)=
# Start here

::::{div} hero
A paragraph in a box. {ref}`Go on <everything>`
::::

```{code-cell} ipython3
import numpy as np

from cnnbook import shapes
```

::::{grid} 1 1 2 2

:::{grid-item-card} Every construct
:link: everything
:link-type: ref
A card about *everything*.
:::

:::{grid-item-card} No link
A card without one.
:::
::::
"""
)

WORDS = """# Words only

(words)=
## The words

No cell here, so no notebook.

## Sources

```{bibliography}
```
"""

EVERYTHING = (
    FRONT_MATTER
    + """
(everything)=
# Every *construct* of a page

:::{admonition} Before you start
:class: chapter-frame

**You need** {ref}`start` and the {ref}`words <words>`; see {ref}`place` and [a site](https://example.org/a_(b)).

- one
- two

  with a second paragraph
:::

Plain text with snake_case, 5 * 3, $x_i$, $5 and `code with {braces} inside`, a\\* star, <b, {sub}`low`,
and {download}`a file </book/assets/table.csv>`.

```{code-cell} ipython3
:tags: [taught]

def double(x):
    return 2 * x    # four spaces, kept
```

(place)=
## A place with $n$

Measured: {glue:text}`answer:.1f` ± {glue:text}`spread:.2f` %.

```{code-cell} ipython3
:tags: [remove-cell]

from myst_nb import glue

values = [double(1), 5]
glue("answer", values[1] / 2, display=False)
```

```{code-cell} ipython3
:tags: [remove-cell]

for name in ("spread",):
    glue(name, 0.25, display=False)
```

```{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  image:
    alt: A picture of one pixel.
  figure:
    caption: "A figure that code makes, with $x$ and {ref}`place`."
    name: fig-made
---
from PIL import Image
from IPython.display import display

display(Image.new("RGB", (4, 4)))
print(values[0])
```

As {numref}`fig-made` and {numref}`fig-still` show, {eq}`eq-one` holds {cite:t}`turing1936`{cite:p}`turing1936`.

$$
a = b + |c|
$$ (eq-one)

$$
\\\\begin{aligned}
a &= 1 \\\\\\\\
b &= 2
\\\\end{aligned}
$$

\\\\begin{align}
d &= 3
\\\\end{align}

```{figure} /book/assets/still.png
:name: fig-still
:alt: A red square
A still picture.
```

| left | right |
|:-----|------:|
| a \\| b | $\\|x\\|$ |
| `c` | {ref}`start` |

```{list-table} A caption
:name: table-listed
:header-rows: 1
* - x
  - y
* - 1
  - two
```

term
: its meaning

:name: a field
:other: another

1. first
2. second
   - inner

> quoted words

```python
print("not run")
```

Text with a note[^1].

[^1]: The note *itself*.

:::{note}
A note.
:::

:::{admonition} Folded
:class: dropdown
Folded words.
:::

:::{dropdown} A *drop* down
Dropped words.
:::

::::{tab-set}
:::{tab-item} Tab one
First tab.
:::
:::{tab-item} Tab two
Second tab.
:::
::::

:::{prf:definition} A thing
:label: def-thing
It is $1$.
:::

```{raw} html
<div id="game" data-practice="sizes"><button>Click</button></div>
```

% a comment

## Exercises

```{exercise-start} Try it
:label: ex-try
```
What is `double(2)`? See {ref}`start`.

```{code-cell} ipython3
given = 2
```
```{exercise-end}
```

```{solution-start} ex-try
:label: sol-try
:class: dropdown
```
Four, by {eq}`eq-one`:

```{code-cell} ipython3
double(given)
```

as {ref}`ex-try` asks.
```{solution-end}
```

```{code-cell} ipython3
:tags: [raises-exception, hide-output]

1 / 0
```

## Check yourself

:::{quiz} choice
:label: quiz-tiny-choice
:tests: choosing
Which is *right*?

- [x] This

  Well done.
- [ ] That $x$

  You took that: {ref}`place`.

Because it is.
:::

:::{quiz} number
:label: quiz-tiny-number
:tests: a number
:answer: shapes.conv_parameters(3, 3, 32)
:unit: parameters
How many?

- `shapes.conv_parameters(3, 3, 32, bias=False)`

  You forgot the bias.

It is {answer}.
:::

:::{quiz} match
:label: quiz-tiny-match
:tests: matching
Match.

- stride

  how far

  No: {ref}`place`.
- padding

  what is added

  Nor that: {ref}`place`.

Done.
:::
""".replace("\\\\", "\\")
)

BIBLIOGRAPHY = """@article{turing1936, author = {Turing, Alan}, title = {On Computable Numbers}, journal = {Proc.},
  year = {1936}}
"""

TOC = {
    "format": "jb-book",
    "root": "book/start",
    "chapters": [{"file": "book/part/everything"}, {"file": "book/words"}],
}


def write_book(folder):
    """Write the small book, with the settings of the real one."""
    folder = Path(folder)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["title"] = "A small book"
    config.pop("repository", None)
    config["html"].pop("baseurl", None)
    config["sphinx"]["config"]["cnnbook_jupyterlite"] = False  # no module to make a wheel of
    files = {
        "_config.yml": yaml.safe_dump(config),
        "_toc.yml": yaml.safe_dump(TOC),
        "book/start.md": START,
        "book/part/everything.md": EVERYTHING,
        "book/words.md": WORDS,
        "book/references.bib": BIBLIOGRAPHY,
    }
    shutil.copytree(ROOT / "book" / "assets", folder / "book" / "assets")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "book/assets/table.csv").write_text("a,b\n", encoding="utf-8")
    Image.new("RGB", (3, 2), "red").save(folder / "book/assets/still.png")
    for name in ("node_modules", "code"):
        (folder / name).symlink_to(ROOT / name)


#: Of the repository that a build in GitHub Actions runs in.
ACTIONS = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "CNNBOOK_REPOSITORY")


def build_book(folder, **environment):
    """Build the small book with the real command; what runs these tests lends it no repository."""
    inherited = {name: value for name, value in os.environ.items() if name not in ACTIONS}
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    return subprocess.run(
        command, cwd=folder, env={**inherited, **environment}, capture_output=True, text=True, timeout=600
    )
