"""The error of everything that puts JupyterLite into the site."""

from cnnbook import CnnBookError


class LiteError(CnnBookError):
    """JupyterLite cannot be put into the site."""
