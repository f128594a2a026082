"""A page of Markdown whose tables are made by a command."""

import re
from collections.abc import Mapping


def fill_tables(page: str, tables: Mapping[str, str]) -> str:
    """Put tables where the page has ``<!-- table: name -->`` ... ``<!-- end -->``, in place of those that are there.

    Raises:
        ValueError: the page has another set of tables.
    """
    pattern = re.compile(r"<!-- table: (.+?) -->\n.*?<!-- end -->", re.DOTALL)
    names = pattern.findall(page)
    if sorted(names) != sorted(tables):
        raise ValueError(f"The page has the tables {sorted(names)}, but {sorted(tables)} were made.")
    return pattern.sub(lambda found: f"<!-- table: {found[1]} -->\n{tables[found[1]]}\n<!-- end -->", page)
