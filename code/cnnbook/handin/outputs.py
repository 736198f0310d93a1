"""What the outputs of a notebook hold for the command, in their metadata: checks, the table, the images.

Whose notebook it is, nobody knows, so what stands there is looked at before it is used.
"""

from cnnbook.handin import answers, pictures, table
from cnnbook.handin.running import HandInError

# Of each kind what `_repr_mimebundle_` writes: names and types.
_WRITTEN = {
    answers.NOTE: {"name": str, "right": bool, "hint": str},
    table.NOTE: {"rows": int, "architectures": int},
    pictures.NOTE: {"short": bool},
}


def notes(notebook, note):
    """All that the outputs hold of one kind, in their order.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    note : str
        The name of a kind: ``NOTE`` of `answers`, `pictures` or `table`.

    Returns
    -------
    list of dict

    Raises
    ------
    HandInError
        If something stands under this name that the package does not write.
    """
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if note in output.get("metadata", {}):
                content = output["metadata"][note]
                if not _is_written(content, _WRITTEN[note]):
                    raise HandInError(
                        f"the output of cell {number} holds something under “{note}” that this package did not write; "
                        "clear all outputs, run all cells, and save the notebook"
                    )
                found.append(content)
    return found


def check_all(notebook):
    """Raise a HandInError where an output holds what the package does not write."""
    for note in _WRITTEN:
        notes(notebook, note)


def _is_written(content, names):
    # An exact type: True is an int, too.
    return isinstance(content, dict) and all(type(content.get(name)) is kind for name, kind in names.items())
