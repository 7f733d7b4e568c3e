"""The first mention of each word of the glossary on a page leads there, without being marked as a term by hand."""

import re

from docutils import nodes

#: Words of the glossary that are everyday words, too.
PLAIN = {"error", "hit", "position", "report", "search", "start"}
#: Where a link would be in the way: code, headings, links, the glossary's own words.
CLOSED = (nodes.literal, nodes.literal_block, nodes.title, nodes.rubric, nodes.reference, nodes.term, nodes.raw)
CLOSED += (nodes.math, nodes.math_block)


def closed(node):
    """Whether a text stands where no link may be."""
    while node is not None:
        # A link written in HTML is a raw node before its words and one after them.
        if isinstance(node, CLOSED) or any(
            "<a " in raw.astext() for raw in node.children if isinstance(raw, nodes.raw)
        ):
            return True
        node = node.parent
    return False


def link(app, doctree, docname):
    """Replace first mentions by links."""
    words = {
        name.lower(): place
        for (kind, name), place in app.env.get_domain("std").objects.items()
        if kind == "term" and name.lower() not in PLAIN
    }
    if not words or any(home == docname for home, _ in words.values()):
        return
    longest_first = sorted(words, key=len, reverse=True)
    mention = re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})(s?)\b", re.IGNORECASE)
    seen = set()
    for node in list(doctree.findall(nodes.Text)):
        if not closed(node.parent):
            pieces = list(linked(app, docname, node.astext(), words, mention, seen))
            if len(pieces) > 1:
                node.parent.replace(node, pieces)


def linked(app, docname, text, words, mention, seen):
    """The text in pieces, first mentions as references."""
    end = 0
    for found in mention.finditer(text):
        word = found[1].lower()
        if word in seen:
            continue
        seen.add(word)
        home, anchor = words[word]
        yield nodes.Text(text[end : found.start()])
        address = f"{app.builder.get_relative_uri(docname, home)}#{anchor}"
        yield nodes.reference("", found[0], internal=True, refuri=address, classes=["glossary-word"])
        end = found.end()
    yield nodes.Text(text[end:])


def setup(app):
    app.connect("doctree-resolved", link)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
