"""The whole book to take away: as PDF, as EPUB, as a site that opens from disk, and all notebooks with the worksheets.

=================  ==========================================================================================
`making`           makes the four files and links them on the front page
`book`             the book as every format takes it: parts, chapters and what a title page says
`reading`          reads the built site as one book: its pages in order, their links and pictures
`cleaning`         turns what a screen can do into what paper can do: questions, dropdowns, solutions at the end
`pdf`              prints the book with a headless Chromium
`epub`             packs the book for readers such as tablets and e-ink devices
`archives`         packs the site, and the notebooks with the worksheets
`front_page`       the place on the front page that links to them
=================  ==========================================================================================

They are made from the built site, never from the sources: what a reader takes away is what the site shows.
"""

from cnnbook import CnnBookError


class DownloadError(CnnBookError):
    """A download cannot be made."""
