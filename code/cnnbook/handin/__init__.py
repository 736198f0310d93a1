"""The practical to hand in: the student's notebook and report, and what checks and packs them.

In the notebook: `check` looks at answers, `images` gives the data, `Table` writes the table of architectures from the
student's own runs. Around it: `start` begins a folder, `review` runs the notebook and says what is missing, `pack`
makes the zip. On the command line: ``python -m cnnbook handin FOLDER``.
Taught in ``book/review/hand-in.md``.
"""

from cnnbook.handin.checks import Verdict, check
from cnnbook.handin.dataset import Images, images
from cnnbook.handin.errors import HandInError
from cnnbook.handin.folders import Review, pack, review, start
from cnnbook.handin.table import Table

__all__ = ["HandInError", "Images", "Review", "Table", "Verdict", "check", "images", "pack", "review", "start"]
