"""The results document and the reports that are made from it."""

import copy
import html.parser
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import HARNESS, MIXED, PASSING
from junitparser import JUnitXml

from wasmproc_conform.model import Outcome
from wasmproc_conform.reports import (
    FORMATS,
    BadResults,
    Unwritable,
    check_writable,
    dump,
    load,
    publish,
    to_html,
    to_junit,
)
from wasmproc_conform.reports.document import host
from wasmproc_conform.reports.html import duration, highlight, line_ranges, shorten, style_of, views
from wasmproc_conform.reports.rules import rule_state
from wasmproc_conform.reports.source import COLUMNS_KEPT, LINES_KEPT, excerpts, tokens
from wasmproc_conform.reports.summary import describe, first_reason, matrix, red_things, tally, unsupported_reasons
from wasmproc_conform.reports.tap import to_tap
from wasmproc_conform.suites import load_process
from wasmproc_conform.traceability.metadata import named_rules

# ---- The document ----------------------------------------------------------------------------------------------------


def test_document_says_everything(document):
    assert document["schema"] == "wasmproc-conform/results"
    assert document["version"] == 1
    assert document["host"] == host()
    assert document["host"]["processors"] >= 1
    assert document["engines"][0]["version"] == "unknown"
    assert document["engines"][0]["found"]
    assert document["suites"][0]["files"] == 5
    assert len(document["suites"][0]["digest"]) == 64
    assert len(document["results"]) == 10 == document["planned"]
    crash = next(r for r in document["results"] if r["ending"])
    assert crash["ending"] == {"outcome": "crash", "message": crash["ending"]["message"], "reason": None, "line": 2}
    test = next(t for t in document["tests"] if t["name"] == "chapter/mixed.wast")
    assert test["metadata"]["rules"] == "mmap.zero, mmap.length.zero"
    assert test["sources"]["5"].startswith('(assert_return (invoke "fail") (i32.const 1))')


def test_dump_and_load_are_inverse(document, tmp_path):
    path = tmp_path / "again.json"
    path.write_text(dump(document))
    assert load(path) == document


def test_dump_keeps_text_that_is_no_unicode(document, tmp_path):
    document["results"][0]["output"] = "lone \udc80 surrogate"
    publish({tmp_path / "x.json": dump(document)})
    assert load(tmp_path / "x.json")["results"][0]["output"] == "lone \udc80 surrogate"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a results file"),
        ('{"schema": "other"}', "is not a results file"),
        ('{"schema": "wasmproc-conform/results", "version": 2}', "version 2"),
        ('{"schema": "wasmproc-conform/results", "version": 1}', "generator is missing"),
    ],
)
def test_files_that_are_no_results(tmp_path, text, message):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BadResults, match=re.escape(message)):
        load(tmp_path / "x.json")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadResults, match="cannot read"):
        load(tmp_path / "x.json")
    (tmp_path / "x.json").write_bytes(b"\xff")
    with pytest.raises(BadResults, match="not JSON"):
        load(tmp_path / "x.json")


def paths(value, at=()):
    """Every place in a document."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*at, key))


def test_a_document_that_is_damaged_anywhere_is_refused_or_still_makes_reports(document, tmp_path):
    """Replace each value by one of another type: `load` names the place, or every report can be made."""
    path = tmp_path / "x.json"
    refused = 0
    for place in list(paths(document))[1:]:
        damaged = copy.deepcopy(document)
        inner = damaged
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = {"not": "this"} if not isinstance(inner[place[-1]], dict) else 17
        path.write_text(json.dumps(damaged))
        try:
            loaded = load(path)
        except BadResults as error:
            refused += 1
            assert str(path) in str(error)
            continue
        for _, make in FORMATS.values():
            make(loaded)
    assert refused > 60


@pytest.mark.parametrize("key", ["engine", "test"])
def test_results_of_unknown_engines_and_tests_are_refused(document, tmp_path, key):
    document["results"][3][key] = "unknown"
    (tmp_path / "x.json").write_text(dump(document))
    with pytest.raises(BadResults, match=rf"results\[3\] names an unknown {key}"):
        load(tmp_path / "x.json")


# ---- Numbers ---------------------------------------------------------------------------------------------------------


def test_matrix_and_tally(document):
    cells = matrix(document)
    good, bad = cells["good", "process"], cells["bad", "process"]
    assert (good.whole, good.files, good.passed, good.selected, good.red) == (5, 5, 7, 7, False)
    assert (bad.whole, bad.files, bad.selected) == (1, 5, 7)
    assert (bad.passed, bad.failed, bad.unsupported, bad.not_run, bad.others_failed) == (3, 2, 1, 1, 0)
    assert bad.red
    assert bad.outcomes == {"fail": 1, "pass": 1, "crash": 1, "expected-fail": 1, "unsupported": 1}
    assert tally([]).files == 0
    assert tally([]).worst == "pass"
    assert (good.worst, bad.worst) == ("pass", "crash")


def test_red_things(document):
    assert [(t.place, t.outcome, t.engine) for t in red_things(document)] == [
        ("process/chapter/mixed.wast:5", "fail", "bad"),
        ("process/other/crash.wast:2", "crash", "bad"),
    ]


def test_unsupported_reasons(document):
    reasons = unsupported_reasons(document)
    assert list(reasons) == ["bad"]
    assert {reason: (entry.commands, len(entry.files)) for reason, entry in reasons["bad"].items()} == {
        "gc": (2, 1),
        "simd": (1, 1),
    }


def test_describe_and_first_reason():
    assert describe({"message": "m", "expected": "e"}) == "m"
    assert describe({"expected": "e"}) == "expected e, got ?"
    assert describe({"reason": "r"}) == "r"
    assert describe({}) == ""
    result = {"commands": [{"outcome": "pass"}, {"outcome": "unsupported", "reason": "gc"}], "ending": None}
    assert first_reason(result, "unsupported") == "gc"
    assert first_reason(result, "crash") == "crash"


# ---- Rules -----------------------------------------------------------------------------------------------------------


def test_rules_are_asserted_touched_or_silent(document):
    rules = {rule["id"]: rule for rule in document["rules"]}
    assert rules["mmap.zero"]["asserted"] == {"good": 1}
    assert rules["mmap.zero"]["touched"] == {"good": 1}
    assert rules["mmap.zero"]["tests"] == ["process/chapter/mixed.wast"]
    assert rules["mmap.zero"]["chapter"] == "Platform API" and rules["mmap.zero"]["text"].startswith("Every byte of")
    assert {rule: rule_state(entry) for rule, entry in rules.items()} == {
        "mmap.zero": "asserted",
        "mmap.result": "touched",
        "mmap.length.zero": "silent",
    }
    assert rule_state({"asserted": {}, "touched": {}, "tests": []}) == "untested"
    assert rule_state({"asserted": {}, "touched": {}, "tests": [], "waiver": "why"}) == "waived"
    assert not any(rule["known"] for rule in document["rules"])


def test_waivers_beside_the_suite_are_shown(mixed):
    (mixed.folder / "waivers.toml").write_text(
        '[[waiver]]\nrule = "mmap.result"\nreason = "no script can"\nshown-by = "test.py"\n'
    )
    mixed.run()
    rules = {rule["id"]: rule for rule in load(mixed.out / "results.json")["rules"]}
    assert rules["mmap.result"]["waiver"] == "no script can; shown by test.py"
    assert "waiver" not in rules["mmap.zero"]
    (mixed.folder / "waivers.toml").write_text("[[waiver]]")
    assert mixed.run().exit_code == 0


def test_named_rules():
    assert named_rules({"rules": "core"}) == []
    assert named_rules({"rules": "a.b, c.d e,,f"}) == ["a.b", "c.d", "e", "f"]
    assert named_rules({}) == []


# ---- Sources ---------------------------------------------------------------------------------------------------------


def test_excerpts(world):
    long = "\n".join(f"  (func $f{i})" for i in range(40))
    world.script(
        "x.wast",
        f'(module\n{long})\n\n;; about the next\n(assert_return (invoke "f")\n  (i32.const 1))\n(invoke "{"y" * 400}")',
    )
    (test,) = load_process(world.suite).tests
    found = excerpts(test, [1, 44, 46, 99])
    assert found[1].count("\n") == LINES_KEPT
    assert found[1].endswith(";; … 25 more lines")
    assert found[44] == '(assert_return (invoke "f")\n  (i32.const 1))'
    assert len(found[46]) == COLUMNS_KEPT + 2
    assert 99 not in found
    assert excerpts(test, []) == {}
    test.path.unlink()
    assert excerpts(test, [1]) == {}


def test_tokens_are_the_whole_text():
    text = MIXED + '(; block\n comment ;) (f32.const -nan:0x20) (@name "x") $a+b 0x1p-3 "unclosed\n'
    assert "".join(part for _, part in tokens(text)) == text
    classes = dict((part, kind) for kind, part in tokens(text))
    assert classes["assert_return"] == "command"
    assert classes['"fail"'] == "string"
    assert classes["$a+b"] == "name"
    assert classes["-nan:0x20"] == "number"
    assert classes["(; block\n comment ;)"] == "comment"


def test_highlight_escapes_and_keeps_lines():
    lines = highlight('(module ;; <b>\n "a<b")')
    assert [str(line) for line in lines] == [
        '(<span class="t-command">module</span> <span class="t-comment">;; &lt;b&gt;</span>',
        ' <span class="t-string">&#34;a&lt;b&#34;</span>)',
    ]
    assert len(highlight("(; a\nb ;)")) == 2
    assert highlight("") == []


# ---- JUnit -----------------------------------------------------------------------------------------------------------


def test_junit_is_what_junitparser_reads(reported, document):
    report = JUnitXml.fromfile(str(reported.out / "junit.xml"))
    assert [suite.name for suite in report] == ["good.process", "bad.process"]
    assert (report.tests, report.failures, report.errors, report.skipped) == (10, 1, 1, 2)
    cases = {case.name: case for suite in report if suite.name == "bad.process" for case in suite}
    failure = cases["chapter/mixed.wast"].result[0]
    assert failure.message == "1 of 5 commands"
    assert failure.type == "fail"
    assert "expected (i32.const 1), got (i32.const 2)" in failure.text
    assert "about to crash" in cases["other/crash.wast"].system_out
    assert cases["other/known.wast"].result[0].type == "expected-fail"
    assert cases["other/whole.wast"].result[0].message == "gc"


def test_junit_is_xml_whatever_engines_print(document):
    everything = "".join(map(chr, [*range(0x120), 0xD800, 0xFFFE, 0x1F600])) + "]]><x>&"
    for result in document["results"]:
        result["output"] = result["by_hand"] = everything
        for command in result["commands"]:
            command["message"] = everything
    ElementTree.fromstring(to_junit(document).encode())


def test_junit_shows_problems_and_partial_runs(document):
    document["problems"], document["partial"] = ["a problem <1>"], True
    root = ElementTree.fromstring(to_junit(document).encode())
    messages = [error.get("message") for error in root.iter("error")]
    assert "a problem <1>" in messages
    assert any(message.startswith("partial") for message in messages)


# ---- TAP -------------------------------------------------------------------------------------------------------------


def parse_tap(text):
    """The plan and the points of TAP 14; anything that is not TAP is an error."""
    lines = text.splitlines()
    assert lines[0] == "TAP version 14"
    plan, points, bail, block = None, [], None, False
    for line in lines[1:]:
        if block:
            block = line != "  ..."
            continue
        if line == "  ---":
            block = True
        elif match := re.fullmatch(r"1\.\.(\d+)(?: # SKIP .*)?", line):
            plan = int(match.group(1))
        elif line.startswith("Bail out!"):
            bail = line
        else:
            match = re.fullmatch(r"(ok|not ok) (\d+) - ((?:[^#\\]|\\.)*?)(?: # (SKIP|TODO)(.*))?", line)
            assert match, line
            assert int(match.group(2)) == len(points) + 1, line
            points.append((match.group(1) == "ok", match.group(3), match.group(4)))
    assert not block
    return plan, points, bail


def test_tap(reported, document):
    plan, points, bail = parse_tap((reported.out / "results.tap").read_text())
    assert plan == 10 == len(points)
    assert bail is None
    by_name = {name: (good, directive) for good, name, directive in points}
    assert by_name["good process/chapter/mixed.wast"] == (True, None)
    assert by_name["bad process/chapter/mixed.wast"] == (False, None)
    assert by_name["bad process/other/crash.wast"] == (False, None)
    assert by_name["bad process/other/known.wast"] == (False, "TODO")
    assert by_name["bad process/other/whole.wast"] == (True, "SKIP")
    assert r"# TODO known \# 1" in (reported.out / "results.tap").read_text()


def test_tap_of_problems_partial_runs_and_nothing(document):
    document["problems"], document["partial"], document["planned"] = ["#1 of\nmany"], True, 20
    plan, points, bail = parse_tap(to_tap(document))
    assert plan == 21
    assert points[-1] == (False, r"problem: \#1 of many", None)
    assert bail == "Bail out! interrupted after 10 of 20 scripts"
    document["problems"], document["results"], document["planned"], document["partial"] = [], [], 0, False
    assert parse_tap(to_tap(document)) == (0, [], None)


def test_tap_lists_no_more_than_it_should(document):
    result = next(r for r in document["results"] if r["outcome"] == "fail")
    result["commands"] = [{"line": i, "kind": "invoke", "outcome": "fail"} for i in range(1, 100)]
    assert "  more: 79" in to_tap(document).splitlines()


# ---- HTML ------------------------------------------------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """Checks that tags are balanced and identifiers unique; collects the references and text of a page."""

    VOID = {"meta", "input", "br", "link", "img", "hr"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.loads, self.text, self.tags = [], set(), [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        if tag not in self.VOID:
            self.open.append(tag)
        if "id" in given:
            assert given["id"] not in self.ids, given["id"]
            self.ids.add(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        self.loads += [given[key] for key in ("src", "srcset", "data", "poster", "action") if key in given]
        assert tag not in ("link", "iframe", "object", "embed", "img"), tag
        assert not any(key.startswith("on") for key in given), given

    def handle_endtag(self, tag):
        assert self.open, (tag, self.open[-3:], self.getpos())
        assert self.open[-1] == tag, (tag, self.open[-3:], self.getpos())
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def test_html_is_well_formed_and_stands_alone(document):
    text = to_html(document)
    page = Page(text)
    assert page.loads == []
    assert not re.search(r"@import|url\(|\bfetch\(|XMLHttpRequest|import\(", text)
    from urllib.parse import unquote

    for link in page.links:
        if link.startswith("#"):
            assert unquote(link[1:]) in page.ids, link
        else:
            assert link == "https://example.org/issue"


def test_html_says_what_happened(document):
    said = re.sub(r"\s+", " ", "".join(Page(to_html(document)).text))
    for text in (
        "2 red things",
        "3 of 7 assertions passed",
        '(assert_return (invoke "fail") (i32.const 1))',
        "expected(i32.const 1)actual(i32.const 2)",
        'it fails <here> & "there"',
        "about to crash",
        "passed by good",
        "rerun",
        "by hand",
        "Every outcome, once.",
        "known # 1",
        "Unsupported, by reason",
        "mmap.length.zero",
    ):
        assert text in said, text


def test_html_rows_carry_their_filters(document):
    rows = {
        given["id"]: given["data-views"] for tag, given in Page(to_html(document)).tags if given.get("class") == "test"
    }
    assert rows["process/chapter/passing.wast"] == "pass"
    assert rows["process/chapter/mixed.wast"] == "fail:bad alone:bad"
    assert rows["process/other/whole.wast"] == "unsupported:bad"
    assert rows["process/other/known.wast"] == "fail:bad alone:bad"


def test_html_tables_have_headers(document):
    tags = Page(to_html(document)).tags
    assert all(given.get("scope") in ("col", "row") for tag, given in tags if tag == "th")
    assert sum(tag == "table" for tag, _ in tags) >= 5
    assert any(tag == "html" and given.get("lang") == "en" for tag, given in tags)


def test_html_needs_no_script_for_the_matrix(document):
    text = to_html(document)
    without = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "3</strong> of 7 assertions passed" in re.sub(r"\s+", " ", without)
    form = next(given for tag, given in Page(without).tags if tag == "form")
    assert "hidden" in form


def test_html_shows_what_is_missing_and_partial(document):
    document["partial"] = True
    document["problems"] = ["something <odd>"]
    document["engines"].append(
        {"name": "e", "title": "E", "level": "driven", "found": False, "how_to_get": "apt install e", "missing": "no e"}
    )
    document["suites"].append({"name": "core", "found": False, "missing": "it is absent", "hint": "clone it"})
    said = "".join(Page(to_html(document)).text)
    for text in ("Partial", "something <odd>", "engine missing", "suite missing", "apt install e", "clone it"):
        assert text in said, text


def test_html_of_an_empty_run(document):
    document |= {"results": [], "tests": [], "engines": [], "rules": [], "expectations": []}
    Page(to_html(document))


def test_html_stays_small_however_much_fails(document):
    result = next(r for r in document["results"] if r["outcome"] == "fail")
    result["commands"] = [
        {"line": i, "kind": "invoke", "outcome": "fail", "message": "m" * 100, "rerun": "r" * 100}
        for i in range(1, 20_000)
    ]
    assert len(to_html(document)) < 300_000


def test_html_cuts_long_text(document):
    result = next(r for r in document["results"] if r["outcome"] == "fail")
    result["output"] = "z" * 1_000_000
    assert "992,000 more characters in results.json" in to_html(document)


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_have_enough_contrast():
    css = (HARNESS / "wasmproc_conform" / "templates" / "report.css").read_text()
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css[: css.index("@media")]))
    dark = light | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css[css.index("@media") :]))
    assert light["bg"] != dark["bg"]
    assert len(light) > 20
    for colors in (light, dark):
        for text in ("fg", "muted", "link", *(name for name in colors if name.startswith("t-"))):
            for ground in ("bg", "panel"):
                assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
        for state in ("pass", "fail", "expected", "unsupported"):
            assert contrast(colors[state], colors[f"{state}-bg"]) >= 4.5, state


def test_views():
    assert views({}) == []
    assert views({"a": "pass", "b": "pass"}) == ["pass"]
    assert views({"a": "fail", "b": "pass", "c": "unsupported"}) == ["fail:a", "alone:a", "unsupported:c"]
    assert views({"a": "fail", "b": "crash", "c": "pass"}) == ["fail:a", "fail:b"]
    assert views({"a": "fail", "b": "unsupported"}) == ["fail:a", "unsupported:b"]


def test_small_helpers_of_the_page():
    assert line_ranges([3, 1, 3]) == "lines 1, 3"
    assert line_ranges([7]) == "line 7"
    assert line_ranges(range(20), 2) == "lines 0, 1, …"
    assert duration(1.24) == "1.2 s"
    assert duration(61) == "1 min 1 s"
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "abc… (1 more characters in results.json)"
    assert {style_of(outcome) for outcome in Outcome} == {"pass", "fail", "expected", "unsupported"}


# ---- Publishing ------------------------------------------------------------------------------------------------------


def test_publish_is_all_or_nothing(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "in the way").write_text("")
    with pytest.raises(Unwritable, match="cannot write"):
        publish({tmp_path / "a": "new", tmp_path / "a" / "below a file": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]


def test_publish_follows_links_and_sets_modes(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    publish({tmp_path / "link": "new", tmp_path / "deep" / "er": "x"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "deep" / "er").stat().st_mode & 0o444 == 0o444


def test_check_writable(tmp_path):
    check_writable(tmp_path / "new" / "file")
    assert list((tmp_path / "new").iterdir()) == []
    with pytest.raises(Unwritable, match="it is a folder"):
        check_writable(tmp_path)


# ---- `report` --------------------------------------------------------------------------------------------------------


def test_report_makes_the_same_files(reported, tmp_path):
    again = tmp_path / "again"
    run = reported.cli("report", str(reported.out / "results.json"), "--out", str(again))
    assert run.exit_code == 0, run.output
    for name, _ in FORMATS.values():
        assert (again / name).read_text() == (reported.out / name).read_text()


def test_report_shows_the_summary_and_never_touches_its_source(reported, tmp_path):
    before = (reported.out / "results.json").stat()
    run = reported.cli("report", str(reported.out / "results.json"), "--out", str(reported.out))
    assert run.exit_code == 0
    assert (reported.out / "results.json").stat().st_mtime_ns == before.st_mtime_ns
    assert not (reported.out / "previous.json").exists()
    shown = reported.cli("report", str(reported.out / "results.json"))
    assert shown.exit_code == 0
    assert "files whole" in shown.output
    assert "RED" in shown.output


def test_report_of_a_broken_file(mixed):
    (mixed.folder / "x.json").write_text("{}")
    run = mixed.cli("report", str(mixed.folder / "x.json"))
    assert run.exit_code == 2
    assert "is not a results file" in run.output


def test_reports_in_a_plain_locale(reported, tmp_path):
    """Reports are UTF-8 in a locale without UTF-8."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "wasmproc_conform",
            "report",
            str(reported.out / "results.json"),
            "--html",
            str(tmp_path / "x.html"),
        ],
        env={"PYTHONPATH": str(HARNESS), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "✓" in (tmp_path / "x.html").read_text("utf-8")


def test_passing_scripts_have_no_details(world):
    world.script("one.wast", PASSING)
    world.run()
    assert '<tr class="more">' not in (world.out / "report.html").read_text()
