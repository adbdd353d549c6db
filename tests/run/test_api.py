"""Who uses run: other units import its doors, not what stands behind them."""

import re

from tests.test_layering import CHECKOUT, imports, modules

LIGHT = {"settings", "loop_thread", "hidden_record"}  # by themselves, as they load nothing heavy
DOORS = {"api", *LIGHT}
OF_RUN = re.compile(r"cors_harness\.run(?:\.(\w+))?")


def test_other_units_import_only_the_doors_of_run() -> None:
    inner = [
        str(imported)
        for module in modules(CHECKOUT)
        if module.unit != "run"
        for imported in imports(module)
        if (door := OF_RUN.fullmatch(imported.imported)) and door[1] not in DOORS
    ]
    assert inner == []
