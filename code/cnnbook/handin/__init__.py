"""The practical to hand in: the student's notebook and report, and what checks and packs them.

In the notebook: `check` looks at numbers, `images` gives the data, `Table` writes the table of architectures from the
student's own runs. Around it: `write` starts a folder, `review` runs the notebook and says what is missing, `pack`
makes the zip. On the command line: ``python -m cnnbook handin FOLDER``.

Rooms: `answers` looks at answers, with `arithmetic` and `networks` that know the right ones and the usual mistakes,
`pictures` has the images, `table` the table, whose runs share a row by `identity`; `tasks` reads the notebook,
`reports` the report, `outputs` what cells showed; `running` runs a notebook, `folders` puts it together, `packing`
makes the zip, `command` talks.
Taught in ``book/review/hand-in.md``.
"""

from cnnbook.handin.answers import Verdict, check
from cnnbook.handin.folders import NOTEBOOK, REPORT, HandInError, Review, review, write
from cnnbook.handin.packing import pack
from cnnbook.handin.pictures import Images, images
from cnnbook.handin.table import Table

__all__ = [
    "NOTEBOOK",
    "REPORT",
    "HandInError",
    "Images",
    "Review",
    "Table",
    "Verdict",
    "check",
    "images",
    "pack",
    "review",
    "write",
]
