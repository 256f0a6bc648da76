#!/usr/bin/env python3
"""Changes the interpreter's sources, one change at a time, and reports the changes that no test notices.

    mutation.py rules    breaks each branch of each rule; a test that names the rule must notice
    mutation.py score    makes every small change of the process layer and of part of the core, and counts those that tests notice
    mutation.py show     lists the changes of rules, or of files, without judging them
    mutation.py check    checks that marks and tables fit the sources

Marks in the sources say where rules are implemented (mutants/marks.py). breakages.toml has breakages that no operator makes;
exceptions.toml explains changes that no test notices. Results are kept in a state file and taken from there while
whatever they depend on stays: an interrupted run resumes, and shards may share a file or join theirs with cat.

Exit status: 0 when all is well; 1 when a breakage of a rule is not noticed, a variant that rules allow is noticed, a survivor has no
entry in exceptions.toml, an entry is stale, a score is below its target, or marks and tables do not fit the sources; 2 for usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "harness")]

from mutants import rules, score  # noqa: E402
from mutants.build import Options  # noqa: E402
from mutants.exceptions import BadEntry, Exceptions  # noqa: E402
from mutants.state import State, digest_of_all  # noqa: E402


def _sample(text: str) -> tuple[str, int]:
    area, _, size = text.rpartition("=")
    if not size.isdigit() or area and area not in score.AREAS:
        raise argparse.ArgumentTypeError("a sample is N, or AREA=N")
    return area, int(size)


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError("a shard is I/N, from 1/N to N/N")
    return int(number), int(count)


def shard(changes: list, part: tuple[int, int] | None) -> list:
    """One of several parts of some changes, by their keys."""
    return [change for change in changes if part is None or int(change.key, 16) % part[1] == part[0] - 1]


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="mutation.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--root", type=Path, default=ROOT, help="the sources")
    common.add_argument("--tables", type=Path, default=HERE, metavar="DIR", help="the folder of breakages.toml and exceptions.toml")
    common.add_argument("-v", "--verbose", action="store_true", help="list all changes, with the tests that noticed them")
    judging = argparse.ArgumentParser(add_help=False)
    judging.add_argument("--state", type=Path, metavar="FILE", help="keep results here, and take them from here")
    judging.add_argument("--fresh", action="store_true", help="judge again what is in the state file")
    judging.add_argument("--shard", type=_shard, metavar="I/N", help="only the I-th of N parts")
    judging.add_argument("--jobs", type=int, default=2, help="changes that are judged at once (default 2)")
    judging.add_argument("--compiler", default=os.environ.get("CC") or "cc", help="the C compiler (default: CC, or cc)")
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--rule", action="append", default=[], help="only breakages of this rule")
    choice.add_argument("--file", action="append", default=[], metavar="PATTERN", help="only these sources, below interp/")

    commands.add_parser("rules", parents=[common, choice, judging], help="break each branch of each rule")
    sub = commands.add_parser("score", parents=[common, judging], help="measure the mutation score")
    sub.add_argument("--area", choices=sorted(score.AREAS), action="append", help="only this area of the sources")
    sub.add_argument("--file", action="append", default=[], metavar="PATTERN", help="only these sources, below interp/")
    sub.add_argument("--function", action="append", default=[], help="only mutants of this function")
    sub.add_argument("--sample", type=_sample, action="append", default=[], metavar="[AREA=]N",
                     help="so many of the mutants, or of those of an area, chosen at random")  # fmt: skip
    sub.add_argument("--seed", type=int, default=1, help="the seed of --sample (default 1)")
    sub.add_argument("--again", action="store_true", help="judge survivors again, if tests or sources have changed")
    sub.add_argument("--report", action="store_true", help="judge nothing: report the results of the state file")
    sub.add_argument("--list-survivors", action="store_true", help="list survivors without an entry; with -v all")
    sub.add_argument("--testsuite", type=Path, default=os.environ.get("WASM_TESTSUITE") or None,
                     help="a checkout of the official core suite (default: WASM_TESTSUITE)")  # fmt: skip
    sub.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    sub.add_argument("--markdown", type=Path, metavar="FILE", help="write the report as Markdown")
    commands.add_parser("show", parents=[common, choice], help="list the changes of rules, or of files")
    commands.add_parser("check", parents=[common], help="check that marks and tables fit the sources")
    return parser.parse_args(argv)


def _matches(change: rules.Breakage, options: argparse.Namespace) -> bool:
    by_rule = not options.rule or set(options.rule).intersection(change.rules)
    return bool(by_rule and (not options.file or any(Path(file).match(p) for file in change.files for p in options.file)))


def _complain(problems: list[str]) -> bool:
    for problem in problems:
        print(problem, file=sys.stderr)
    return bool(problems)


def run_rules(options: argparse.Namespace) -> int:
    """The command `rules`."""
    campaign = rules.read_campaign(options.root, options.tables)
    if _complain(campaign.problems):
        return 1
    chosen = shard([change for change in campaign.breakages if _matches(change, options)], options.shard)
    if not chosen:
        print("mutation.py: nothing of that choice is broken", file=sys.stderr)
        return 2
    state = State(options.state, digest_of_all(options.root))
    return rules.run(campaign, chosen, state, Options(options.jobs, options.compiler, options.fresh, verbose=options.verbose))


def run_score(options: argparse.Namespace) -> int:
    """The command `score`."""
    patterns = options.file or [pattern for area in options.area or score.AREAS for pattern in score.AREAS[area]]
    mutants = score.choose(score.all_mutants(options.root, patterns), options.function, options.sample, options.seed)
    mutants = shard(mutants, options.shard)
    if not mutants:
        print("mutation.py: no mutants are of that choice", file=sys.stderr)
        return 2
    state = State(options.state, digest_of_all(options.root))
    how = Options(options.jobs, options.compiler, options.fresh, options.again, options.verbose)
    if not options.report and not score.run(options.root, mutants, state, options.testsuite, how):
        return 1
    found = score.Score(mutants, state, Exceptions(options.tables / "exceptions.toml"))
    for mutant, entry in found.survivors if options.list_survivors else ():
        if entry is None or options.verbose:
            print(score.describe(mutant) + (f"\n  {entry.verdict}: {entry.reason}" if entry else ""))
    print(score.as_text(found))
    if found.old:
        print(f"{found.old} mutants survived other tests or in other sources: --again judges them again")
    for path, write in ((options.json, score.as_json), (options.markdown, score.as_markdown)):
        if path:
            path.write_text(write(found) + "\n", "utf-8")
    return 1 if _complain(found.problems()) else 0


def run_show(options: argparse.Namespace) -> int:
    """The command `show`."""
    campaign = rules.read_campaign(options.root, options.tables)
    for change in campaign.breakages:
        if _matches(change, options):
            print(f"{change.place}: {', '.join(change.rules)}{' ' + change.kind if change.kind else ''}\n  {change.label}")
    return 0


def run_check(options: argparse.Namespace) -> int:
    """The command `check`."""
    campaign = rules.read_campaign(options.root, options.tables)
    known = score.all_mutants(options.root, [pattern for patterns in score.AREAS.values() for pattern in patterns])
    labels = [mutant.label for mutant in known] + [change.label for change in campaign.breakages if change.derived]
    return 1 if _complain(campaign.problems + campaign.exceptions.problems(labels)) else 0


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    commands = {"rules": run_rules, "score": run_score, "show": run_show, "check": run_check}
    try:
        return commands[options.command](options)
    except (BadEntry, FileNotFoundError) as error:
        print(f"mutation.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
