"""What CMake installs is what lies in the module folders."""

import re

import pytest

from static.project import MODULES, read, shipped_files


def listed(module: str, variable: str) -> list[str]:
    block = re.search(rf"set\({variable}\s(.*?)\)", read(f"{module}/CMakeLists.txt"), re.DOTALL)
    return block.group(1).split()


def on_disk(module: str, variable: str) -> list[str]:
    scripts = variable == "MODULE_PYTHON_SCRIPTS"
    return [path.as_posix() for path in shipped_files(module) if (path.suffix == ".py") == scripts]


@pytest.mark.parametrize("variable", ["MODULE_PYTHON_SCRIPTS", "MODULE_PYTHON_RESOURCES"])
@pytest.mark.parametrize("module", MODULES)
def test_every_shipped_file_is_listed_and_every_listed_file_exists(module, variable):
    files = on_disk(module, variable)
    block = "\n".join([f"set({variable}", *(f"  {file}" for file in files), "  )"])
    assert listed(module, variable) == files, f"{module}/CMakeLists.txt has to contain\n\n{block}\n"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_module_file_lies_directly_in_the_module_folder(module):
    assert [path.name for path in shipped_files(module) if len(path.parts) == 1] == [f"{module}.py"]


@pytest.mark.parametrize("module", MODULES)
def test_extension_builds_the_module(module):
    assert f"add_subdirectory({module})\n" in read("CMakeLists.txt")
    assert f"set(MODULE_NAME {module})\n" in read(f"{module}/CMakeLists.txt")
