"""Every block of code of the README, the tutorials and the how-to pages runs as it stands."""

import pytest
from blocks import ROOT, blocks, commands, run_page

#: Pages whose blocks need torch.
TORCH = {"training.md", "constructions.md"}
#: Pages whose blocks run with every change; those of the others take minutes in all: `nox -s slow`.
QUICK = {"README.md", "code_and_proof.md", "ceiling.md", "network.md"}
#: Reads a model that has to be fetched first.
FETCHED = {"language_model.md"}
#: Pages with blocks.
PAGES = sorted(
    {
        ROOT / "README.md",
        *(
            page
            for page in (ROOT / "docs").rglob("*.md")
            if "_build" not in page.parts
            and page.name not in FETCHED
            and any(language == "python" or commands(text) for language, text in blocks(page))
        ),
    }
)


def parameters():
    for page in PAGES:
        marks = [] if page.name in QUICK else [pytest.mark.slow]
        yield pytest.param(page, id=str(page.relative_to(ROOT)), marks=marks)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("page", list(parameters()))
def test_blocks_run(page, tmp_path):
    if page.name in TORCH:
        pytest.importorskip("torch")
    assert run_page(page, tmp_path)


def test_a_wrong_block_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n")
    (tmp_path / "run").mkdir()
    with pytest.raises(AssertionError):
        run_page(page, tmp_path / "run")


def test_commands_are_read_as_a_shell_reads_them():
    text = "$ sphcode show 3 24   # a row\nits answer\n$ python other.py\n$ sphcode version\n"
    assert commands(text) == [["sphcode", "show", "3", "24"], ["sphcode", "version"]]
