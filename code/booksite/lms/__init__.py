"""The book's questions and its practice problems for learning management systems, in three formats.

=============  ====================================================================================
`items`        an item as every format takes it: a question, right and recognised wrong answers
`markup`       the words of an item: a small tree, written as HTML with TeX, or with MathML
`pages`        reads the questions of the built site
`banks`        draws practice problems by kind, level and seed
`moodle`       Moodle XML
`qti21`        QTI 2.1: one file for each item, and a test of all
`qti12`        QTI 1.2: one quiz for each page, as Canvas and others import it
`export`       the files, which a build puts into the site, and ``python -m booksite lms`` anywhere
=============  ====================================================================================

What a student answers there is judged as on the page: a wrong number that the book recognises is an answer of its own,
which brings the same sentence.
"""

from cnnbook import CnnBookError


class LmsError(CnnBookError):
    """Items cannot be exported as asked."""
