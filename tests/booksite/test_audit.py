"""Every page of the built site in a browser: what falls short stands in one table at the end of the run."""

import audit
from built import SITE


def test_page_in_a_browser(page, open_tab, site_address, record_property):
    findings = list(audit.audit(open_tab, SITE, site_address, page))
    record_property("findings", findings)
    assert len(findings) == 0, "the table below says what falls short"
