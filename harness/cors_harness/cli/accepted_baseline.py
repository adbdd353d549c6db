"""The accepted baseline of a command line: which file it is, and the command that records it."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.cli.options import place_options, scenario_paths, settings_here
from cors_harness.errors import BaselineError, UsageError
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import EntryName
from cors_harness.shipped_folders import scenarios_folder
from cors_harness.store.baseline import DEFAULT_NAME, read_baseline
from cors_harness.store.baseline_reading import SCHEMA_LINE, entry_names
from cors_harness.store.baseline_text import HEAD, SCHEMA


def baseline_place(args: argparse.Namespace, given: Path | None, option: str) -> Path:
    """The file: `given`, else the project's, else the one beside the scenarios.

    Raises UsageError, in the name of `option`, where they lie in several folders or come with
    cors-harness.
    """
    if named := given or settings_here().baseline:
        return named
    paths = scenario_paths(args)
    folders = sorted({path if path.is_dir() else path.parent for path in paths})
    if folders == [scenarios_folder()] and not args.paths:
        raise UsageError(
            "beside the scenarios that come with cors-harness is no place for your baseline\n"
            f"  say which file it is: {option} {DEFAULT_NAME}"
        )
    if len(folders) > 1:
        raise UsageError(
            f"the scenarios lie in several folders: {', '.join(map(str, folders))}\n"
            f"  say which file is their baseline: {option} {DEFAULT_NAME}"
        )
    return folders[0] / DEFAULT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedBaseline:
    """What is accepted already.

    Attributes:
        baseline: None where there is none, or it is to be written anew.
        damage: why it is.
        named: entries that it still names then.
    """

    baseline: Baseline | None = None
    damage: BaselineError | None = None
    named: frozenset[EntryName] = frozenset()


def accepted_before(place: Path, reaches: Callable[[EntryName], bool] | None) -> AcceptedBaseline:
    """The baseline that a run is accepted into.

    One that is damaged, as by a merge conflict, is to be written anew where the run gives all of it
    again: `reaches` tells, of each entry that it still names; None: it runs a part. Anything else
    that cannot be read is not to be touched: raises BaselineError.
    """
    if not place.exists():
        return AcceptedBaseline()
    try:
        return AcceptedBaseline(baseline=read_baseline(place))
    except BaselineError as error:
        if not _is_ours(place):
            raise
        names = tuple(entry_names(place.read_text("utf-8", errors="replace")))
        lost = [name for name in names if reaches and not (name and reaches(name))]
        if lost or not reaches:
            raise BaselineError((*error.problems, _would_be_lost(lost))) from error
        return AcceptedBaseline(damage=error, named=frozenset(filter(None, names)))


def _would_be_lost(lost: Sequence[EntryName | None]) -> str:
    names = [f"{scenario}[{server}]" for scenario, server in filter(None, lost)]
    example = f", such as {names[0]}" if names else ""
    return (
        f"this command does not run all that is accepted in it{example}\n"
        "  take one side of the conflict, or record everything again: the command without "
        "--only, -k, --cell, --server, --browser and paths"
    )


def _is_ours(place: Path) -> bool:
    """Whether a file that cannot be read is a baseline nevertheless, and not of a newer schema."""
    if not place.is_file():
        return False
    text = place.read_text("utf-8", errors="replace")
    schemas = [int(number) for number in SCHEMA_LINE.findall(text)]
    return HEAD.splitlines()[0] in text and bool(schemas) and max(schemas) <= SCHEMA


def record_words(
    args: argparse.Namespace, out: Path | None, ran: Sequence[str] = ()
) -> tuple[str, ...]:
    """`cors-harness record` for the same scenarios, servers and browsers as `args`.

    Without -k and --cell, see `picking_words`. Browsers that were missing among those of a run are
    left out, as `record` knows no --allow-missing.
    """
    repeated = {
        "--browser": ran if ran and args.allow_missing else args.browser,
        "--browser-executable": args.browser_executable,
        "--server": args.server,
    }
    picked = (word for name, values in repeated.items() for each in values for word in (name, each))
    switches = ("--isolated",) if args.isolated else ()
    place = ("--out", str(out)) if out else ()
    paths = map(str, args.paths)
    return ("cors-harness", "record", *paths, *place_options(args), *picked, *switches, *place)


def picking_words(args: argparse.Namespace) -> tuple[str, ...]:
    """-k and --cell as in `args`: `record` then accepts no cell that the run did not have."""
    keyword = ("-k", args.keyword) if args.keyword else ()
    return (*keyword, *(word for cell in args.cell for word in ("--cell", cell)))
