"""The directive `command-line`: all commands and options, from the parser itself."""

import argparse

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from sphcode.cli.main import build_parser


def subparsers(parser):
    """(name, parser, one line of help) of every command of a parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield name, command, told.get(name) or ""


class CommandLine(SphinxDirective):
    def run(self):
        return [section for name, parser, _ in subparsers(build_parser()) for section in self.command(name, parser)]

    def command(self, name, parser):
        words = parser.prog
        section = nodes.section(ids=[words.replace(" ", "-")], names=[words])
        section += nodes.title("", words)
        if parser.description:
            section += nodes.paragraph("", parser.description)
        usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
        section += nodes.literal_block(usage, usage, language="text", classes=["usage"])
        for group in parser._action_groups:
            actions = [
                action
                for action in group._group_actions
                if action.help != argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction)
            ]
            if actions:
                section += nodes.rubric("", str(group.title))
                section += self.definitions(parser, actions)
        if parser.epilog:
            section += nodes.literal_block(parser.epilog, parser.epilog, language="text")
        inner = [part for below, deeper, _ in subparsers(parser) for part in self.command(below, deeper)]
        section += inner
        return [section]

    def definitions(self, parser, actions):
        listed = nodes.definition_list()
        formatter = parser.formatter_class(parser.prog)
        for action in actions:
            invocation = formatter._format_action_invocation(action)
            item = nodes.definition_list_item()
            item += nodes.term("", "", nodes.literal("", invocation))
            told = formatter._expand_help(action) if action.help else ""
            item += nodes.definition("", nodes.paragraph("", "", *self.words(told)))
            listed += item
        return listed

    def words(self, text):
        """Text with `words` between backquotes as code."""
        pieces = text.split("`")
        return [nodes.literal("", piece) if at % 2 else nodes.Text(piece) for at, piece in enumerate(pieces)]


def setup(app):
    app.add_directive("command-line", CommandLine)
    return {"version": "1", "parallel_read_safe": True}
