"""Sentences for the user that know what they are about.

A `Remark` is its text: it is compared, joined, printed and stored as any other string, and whoever sorts notes asks
`topic_of` and not for words in it. A topic is known while a study runs; what comes back from a file has none.
"""

from __future__ import annotations

from typing import Literal, get_args

Topic = Literal["extremes", "identifier", "precision", "leak", "overlap", "forecast"]
"""What a note may ask its reader to decide: values far from all others, numbers that seem to name something, values
that single precision cannot tell apart, an input that looks like the target, rows or groups in both parts, rows of the
future among those that are learnt from."""

TOPICS: tuple[Topic, ...] = get_args(Topic)


class Remark(str):
    """A sentence with its topic.

    Args:
        text: the sentence.
        topic: what it is about.
    """

    __slots__ = ("topic",)
    topic: Topic

    def __new__(cls, text: str, topic: Topic) -> Remark:
        made = super().__new__(cls, text)
        made.topic = topic
        return made

    def __getnewargs__(self) -> tuple[str, Topic]:  # type: ignore[override]  # of a string: the text alone
        return str(self), self.topic


def topic_of(note: str) -> Topic | Literal[""]:
    """What a note is about; empty where nothing is to be decided, or nobody said."""
    return note.topic if isinstance(note, Remark) else ""
