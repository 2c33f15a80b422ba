"""A place messages are sent to, on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

__all__ = ["Post", "opened"]


class Post:
    """A server that keeps the messages it takes; it answers with `status`."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.status = 200
        post = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if post.status == 200:
                    post.messages.append(json.loads(body))
                self.send_response(post.status)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Be quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/"

    def taken(self) -> list[list[str]]:
        """Return the lines of the messages since the last time."""
        messages, self.messages = self.messages, []
        return [message["message"].splitlines() for message in messages]


@contextmanager
def opened() -> Iterator[Post]:
    """Take messages until the block ends."""
    post = Post()
    thread = threading.Thread(target=post.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield post
    finally:
        post.server.shutdown()
        thread.join()
        post.server.server_close()
