"""Text as people paste it (HTML, Markdown, links) → the words that a reader sees."""

from __future__ import annotations

import html
import re

_UNSEEN = re.compile(
    r"<(script|style)\b[^<>]{0,500}>.{0,20000}?</\1\s{0,9}>|<!--.{0,20000}?-->", re.I | re.S
)
_LINE = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|th|h[1-6]|table)(?:\s[^<>]{0,500})?/?>", re.I)
# A name and then a space, a slash or the end: 直径<5mm and a<b且c>d are no tags.
_TAG = re.compile(r"</?[a-z][a-z0-9-]{0,30}(?:\s[^<>]{0,2000})?/?>", re.I)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}\)")
_URL = re.compile(r"(?:https?://|www\.)[^\s\u2e80-\u9fff\uff00-\uffef<>\"']+", re.I)
_MARK = re.compile(r"^[ \t]{0,3}(?:#{1,6}|[-*+>])[ \t]+|^[ \t]{0,3}```\w*[ \t]*$", re.M)
_STRONG = re.compile(r"(\*\*|__|`)(?=\S)([^*_`\n]{1,300}?)\1")


def unmarked(text: str) -> str:
    r"""``text`` without tags, scripts, Markdown signs and addresses of pages; the words stay.

    >>> unmarked("<b>换模</b>慢<br>- **停机** <script>x()</script>https://a.cn/b?c=1")
    '换模慢\n停机  '
    """
    text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", _LINE.sub("\n", _UNSEEN.sub(" ", text)))
    text = _URL.sub(" ", _LINK.sub(r"\1", text))
    return _STRONG.sub(r"\2", _MARK.sub("", text))
