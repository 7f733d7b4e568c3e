"""The directive `gallery`: scripts of docs/gallery/ as cards, each with its stored picture, its output and its code.

    ```{gallery}
    snub_cube
    cell_600
    ```

The directive `picture` shows the stored picture of one of them:

    ```{picture} scales
    ```

Nothing is run: what a script printed and drew is in docs/gallery/stored/ (`python docs/extensions/gallery_run.py`).
"""

import ast
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


def parts(path):
    """Title, sentences and code of a script."""
    text = path.read_text()
    told = ast.get_docstring(ast.parse(text))
    title, _, rest = told.partition("\n\n")
    return title.rstrip("."), " ".join(rest.split()), text.split('"""', 2)[2].strip() + "\n"


class Gallery(SphinxDirective):
    has_content = True

    def run(self):
        folder = Path(self.env.srcdir) / "gallery"
        grid = nodes.container(classes=["gallery"])
        for name in filter(None, (line.strip() for line in self.content)):
            grid += self.card(folder, name)
        return [grid]

    def card(self, folder, name):
        script, stored = folder / f"{name}.py", folder / "stored"
        for path in (script, stored / f"{name}.svg", stored / f"{name}.txt"):
            self.env.note_dependency(str(path))
        title, sentences, code = parts(script)
        card = nodes.container(classes=["gallery-card"], ids=[f"gallery-{name}".replace("_", "-")])
        card += raw(f'<div class="gallery-picture">{(stored / f"{name}.svg").read_text()}</div>')
        card += nodes.paragraph("", "", nodes.strong("", title))
        card += nodes.paragraph("", sentences)
        if (folder.parent / "_static" / "gallery" / f"{name}.html").exists():
            card += raw(f'<p><a href="_static/gallery/{name}.html">Open the page, to be turned</a></p>')
        card += raw("<details><summary>code and output</summary>")
        block = nodes.literal_block(code, code, language="python")
        block["language"] = "python"
        output = (stored / f"{name}.txt").read_text()
        card += [block, nodes.literal_block(output, output, language="text"), raw("</details>")]
        return card


class Picture(SphinxDirective):
    required_arguments = 1

    def run(self):
        path = Path(self.env.srcdir) / "gallery" / "stored" / f"{self.arguments[0]}.svg"
        self.env.note_dependency(str(path))
        return [raw(f'<div class="picture">{path.read_text()}</div>')]


def raw(text):
    return nodes.raw("", text, format="html")


def setup(app):
    app.add_directive("gallery", Gallery)
    app.add_directive("picture", Picture)
    return {"version": "1", "parallel_read_safe": True}
