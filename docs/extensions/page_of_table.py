"""After the build: the table of the package as one page, `_static/table.html`, to sort, to filter and to download."""

from pathlib import Path

from sphcode.codes.store import shipped
from sphcode.figures.table_page import table_page


def write(app, error):
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.html").write_text(table_page(shipped(), shipped().rows.values()), encoding="utf-8")


def setup(app):
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True}
