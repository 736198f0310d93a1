"""The error of the practical's tools."""

from cnnbook import CnnBookError


class HandInError(CnnBookError):
    """A folder that cannot be reviewed or packed, or a run that cannot become a row of the table."""
