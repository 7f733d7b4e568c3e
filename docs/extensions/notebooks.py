"""After the build: each tutorial as a notebook to download, and nothing that is not on its page."""

import json
import re
from pathlib import Path

PIECE = re.compile(r"^```(\w*|\{\w+\} ?\w*)\n(.*?)^```$", re.S | re.M)


def notebook(text):
    """The page as a notebook: words as Markdown, Python as cells, commands as cells of the shell."""
    cells, at = [], 0
    for found in PIECE.finditer(text):
        cells.append(markdown(text[at : found.start()]))
        language, body = found.groups()
        if language == "python":
            cells.append(code(body))
        elif not language and body.startswith("$ "):
            cells.append(code(re.sub(r"^\$ ", "!", body, flags=re.M)))
        at = found.end()
    cells.append(markdown(text[at:]))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    kept = [cell for cell in cells if "".join(cell["source"]).strip()]
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(kept)]
    return {"cells": numbered, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def markdown(text):
    # Links to other pages would lead nowhere beside a notebook, and frames neither.
    plain = re.sub(r"<(iframe|p).*?</\1>", "", re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text), flags=re.S)
    return {"cell_type": "markdown", "metadata": {}, "source": plain.strip().splitlines(keepends=True)}


def code(text):
    lines = text.strip().splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": lines}


def write(app, error):
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for page in sorted((Path(app.srcdir) / "tutorials").glob("*.md")):
        text = json.dumps(notebook(page.read_text()), indent=1) + "\n"
        (folder / f"{page.stem}.ipynb").write_text(text)


def setup(app):
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True}
