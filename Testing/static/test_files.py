"""Every file of the project is readable, small, and does not run code from data."""

import ast
import csv
import json
from collections.abc import Iterator
from pathlib import Path

from static.project import MODULES, ROOT, project_files, read, shipped_sources, syntax

TEXT_SUFFIXES = {"", ".cff", ".csv", ".jinja", ".json", ".md", ".py", ".s4ext", ".svg", ".toml", ".txt", ".ui"}
LARGEST_FILE_MB = 6
LARGEST_PROJECT_MB = 60


def test_json_files_can_be_read():
    for path in project_files():
        if path.suffix == ".json":
            json.loads(read(path))


def test_tables_have_a_value_for_each_column():
    for path in project_files():
        if path.suffix == ".csv" and path.parts[0] in MODULES:
            header, *rows = csv.reader(line for line in read(path).splitlines() if line and not line.startswith("#"))
            assert len(set(header)) == len(header), f"{path} names a column twice"
            assert rows, f"{path} is empty"
            assert [row for row in rows if len(row) != len(header)] == [], f"{path} has rows of another length"


def test_text_files_have_unix_line_ends_and_end_with_one():
    contents = {path: (ROOT / path).read_bytes() for path in project_files() if path.suffix in TEXT_SUFFIXES}
    assert [str(path) for path, content in contents.items() if b"\r" in content] == []
    assert [str(path) for path, content in contents.items() if content and not content.endswith(b"\n")] == []


def test_no_file_is_large_and_the_project_stays_small():
    sizes_mb = {str(path): (ROOT / path).stat().st_size / 1e6 for path in project_files()}
    assert {path: size for path, size in sizes_mb.items() if size > LARGEST_FILE_MB} == {}
    assert sum(sizes_mb.values()) < LARGEST_PROJECT_MB


def test_shipped_code_never_runs_code_from_a_file():
    assert [place for place, call in calls() if runs_code(call)] == []


def test_shipped_code_loads_weights_as_data_only():
    loads = [(place, ast.unparse(call)) for place, call in calls() if ast.unparse(call.func) == "torch.load"]
    assert [place for place, call in loads if "weights_only=True" not in call] == []


def test_shipped_code_logs_instead_of_printing():
    prints = [place for place, call in calls() if ast.unparse(call.func) == "print"]
    speaking = {"cli", "cli.py", "worker.py"}
    assert [place for place in prints if not speaking & set(Path(place.partition(":")[0]).parts)] == []


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the shipped code with its place."""
    for path in shipped_sources():
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", node


def runs_code(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return (
        name in {"eval", "exec", "compile", "__import__", "os.system", "torch.jit.load"}
        or name.split(".")[0] in {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}
        or any(word.arg in {"allow_pickle", "shell"} and ast.unparse(word.value) != "False" for word in call.keywords)
    )
