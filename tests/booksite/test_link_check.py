"""The check of links to other sites, against a server of this test's own."""

import http.server
import threading

import pytest

from booksite import link_check


class _Server(http.server.BaseHTTPRequestHandler):
    """Answers with the number that is asked for; /tired answers 500 once, then 200."""

    asked = []  # noqa: RUF012 (emptied by the fixture)

    def do_GET(self):
        self.asked.append(self.path)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/200")
        elif self.path == "/tired":
            self.send_response(500 if self.asked.count("/tired") == 1 else 200)
        else:
            self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    _Server.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write(site, *addresses):
    site.mkdir(exist_ok=True)
    links = "".join(f'<a href="{address}">x</a>' for address in addresses)
    (site / "one.html").write_text(f'<article>{links}<img src="http://127.0.0.1:1/no-link"></article>')


def test_links_that_arrive(server, tmp_path, capsys):
    write(tmp_path, f"{server}/200", f"{server}/200#there", f"{server}/moved", "two.html", "mailto:a@example.org")
    assert link_check.check_links(tmp_path) == 0
    assert capsys.readouterr().out == "2 links to other sites, 0 broken\n"
    assert sorted(_Server.asked) == ["/200", "/200", "/moved"]


def test_a_link_that_is_gone_is_named_with_its_page(server, tmp_path, capsys):
    write(tmp_path, f"{server}/200", f"{server}/404")
    assert link_check.check_links(tmp_path) == 1
    said = capsys.readouterr()
    assert said.err == f"{server}/404: the server answers 404; linked from one.html.\n"
    assert said.out == "2 links to other sites, 1 broken\n"


@pytest.mark.parametrize(
    ("path", "fault", "times"),
    [
        *[(f"/{code}", f"the server answers {code}", 1) for code in (404, 410)],
        *[(f"/{code}", None, 1) for code in (200, 403, 429)],  # there, also for those that talk to no programs
        ("/tired", None, 2),
        ("/502", "the server answers 502", 2),
    ],
)
def test_only_a_server_that_does_not_answer_is_asked_again(server, path, fault, times):
    assert link_check.fault(f"{server}{path}", tries=2, pause=0) == fault
    assert _Server.asked.count(path) == times


def test_no_server_at_all():
    assert link_check.fault("http://127.0.0.1:1/", tries=2, pause=0).startswith("no answer (")


def test_a_site_without_any_link_is_suspicious(tmp_path):
    write(tmp_path)
    assert link_check.check_links(tmp_path) == 1


def test_no_site_at_all_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere; build the site first with `make book`"):
        link_check.check_links(tmp_path / "nowhere")
