"""What a worker does with letters, and what a person does with one."""

import re

from datadam.core.worker import Worker


def deliver():
    """Run the jobs that wait."""
    Worker(("light",)).drain()


def key_in(message):
    """The secret in a letter's link."""
    return re.search(r"\?key=([\w-]+)", message.body)[1]


def without_secret(page):
    """A page's text without the secret of its forms, which differs each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
