"""The directive `measurements`: a table of `docs/measurements/` (written by `python -m tests.benchmarks`) on a page.

    ```{measurements} search_starts
    :columns: case, value, hits, seconds
    ```

Without `columns` all are shown but those that say where a row comes from: commits and processors are named once, below
the table, and `status` is left out when every row is `ok`.
"""

import csv
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

SOURCE = ("commit", "date", "processor")


class Measurements(SphinxDirective):
    required_arguments = 1
    option_spec = {"columns": directives.unchanged}  # noqa: RUF012

    def run(self):
        path = Path(self.env.srcdir) / "measurements" / f"{self.arguments[0]}.csv"
        self.env.note_dependency(str(path))
        with path.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        columns = [name.strip() for name in self.options.get("columns", "").split(",") if name.strip()] or shown(rows)
        unknown = [name for name in columns if name not in rows[0]]
        if unknown:
            raise self.error(f"{path.name} has no column {', '.join(unknown)}")
        return [self.table(columns, rows), nodes.paragraph("", "", *self.inline(sources(rows)))]

    def table(self, columns, rows):
        group = nodes.tgroup(cols=len(columns))
        group += [nodes.colspec(colwidth=1) for _ in columns]
        head, body = nodes.thead(), nodes.tbody()
        head += self.row([name.replace("_", " ") for name in columns])
        body += [self.row([row[name] for name in columns]) for row in rows]
        group += [head, body]
        table = nodes.table(classes=["colwidths-auto"])
        table += group
        return table

    def row(self, cells):
        made = nodes.row()
        for cell in cells:
            made += nodes.entry("", nodes.paragraph("", "", *self.inline(cell)))
        return made

    def inline(self, text):
        return self.state.inline_text(text, self.lineno)[0] if text else []


def shown(rows):
    """Return the columns that a reader wants."""
    plain = all(row["status"] == "ok" for row in rows)
    return [name for name in rows[0] if name not in SOURCE and not (plain and name == "status")]


def sources(rows):
    """Return the sentence that says where the rows come from."""
    commits = ", ".join(dict.fromkeys(f"{row['commit']} ({row['date']})" for row in rows))
    processors = "; ".join(dict.fromkeys(row["processor"] for row in rows))
    return f"{len(rows)} rows, measured at {commits} on {processors}; seconds are CPU seconds."


def setup(app):
    app.add_directive("measurements", Measurements)
    return {"version": "1", "parallel_read_safe": True}
