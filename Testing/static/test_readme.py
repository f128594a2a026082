"""What the README promises is there."""

import ast
import re
from functools import cache

import pytest

from static.project import ROOT, project_files, read, shipped_sources, syntax


def local_links(document: str) -> list[str]:
    targets = re.findall(r"\]\(([^)\s]+)\)", read(document)) + re.findall(r'(?:src|href)="([^"]+)"', read(document))
    return sorted({target for target in targets if not target.startswith(("http://", "https://", "#"))})


def anchors(document: str) -> list[str]:
    return sorted(set(re.findall(r"\]\(#([^)]+)\)", read(document))))


def sections(document: str) -> list[str]:
    titles = re.findall(r"^#+ (.+)$", read(document), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles]


@cache
def texts_in_code() -> tuple[str, ...]:
    """String literals of the shipped code, each placeholder as an ellipsis."""
    return tuple(text for path in shipped_sources() for text in _texts(syntax(path)))


def _texts(tree: ast.AST) -> list[str]:
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(re.sub(r"\{[^{}]*\}|%[sdg]", "…", node.value))
        elif isinstance(node, ast.JoinedStr):
            texts.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
    return texts


def error_texts() -> list[str]:
    troubleshooting = read("README.md").split("\n## Troubleshooting\n")[1].split("\n## ")[0]
    return re.findall(r"^### (.+)$", troubleshooting, re.MULTILINE)


@pytest.mark.parametrize(
    "command", ["make demo", "make test", "segment-l3 run", "segment-l3 level", "segment-l3 phantom"]
)
def test_readme_names_the_command(command):
    assert command in read("README.md")


def test_continuous_integration_runs_the_test_command_of_the_readme():
    assert read(".ci/run").splitlines()[-1] == "make test"
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


@pytest.mark.parametrize("target", re.findall(r"`make (\w+)", read("README.md") + read("CONTRIBUTING.md")))
def test_documented_make_target_exists(target):
    assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE)


@pytest.mark.parametrize("document", [str(path) for path in project_files() if path.suffix == ".md"])
def test_local_links_and_pictures_exist(document):
    folder = (ROOT / document).parent
    assert [link for link in local_links(document) if not (folder / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_links_within_the_document_lead_to_a_section(document):
    assert set(anchors(document)) <= set(sections(document))


def test_readme_shows_a_picture():
    assert any(link.endswith(".png") for link in local_links("README.md"))


def test_error_texts_of_the_troubleshooting_section_come_from_the_code():
    assert error_texts()
    assert [text for text in error_texts() if not any(text in known for known in texts_in_code())] == []
