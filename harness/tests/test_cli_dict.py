"""The command line: `wasmproc run --dict`, dictionaries (rule dict.format) and their libraries."""

import base64
import hashlib
import json
import random
from pathlib import Path

import pytest
from cli_support import binary, needs_program, wasmproc, write

pytestmark = needs_program

LIBRARY = """
(module (@dylink.0 (mem-info (memory 4 2)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "\\2a\\00\\00\\00")
  (func (export "answer") (result i32)
    (i32.store (global.get $base) (i32.add (i32.load (global.get $base)) (i32.const 1)))
    (i32.load (global.get $base))))
"""

MAIN = """
(module (@dylink.0 (needed "the library v1"))
  (import "env" "answer" (func $answer (result i32)))
  (export "get" (func $answer)))
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a library and a program that needs it."""
    made = tmp_path / "modules"
    made.mkdir()
    write(made / "library.wasm", binary(LIBRARY, tmp_path))
    write(made / "main.wat", MAIN)
    return made


def run(folder: Path, dictionary: str | bytes, *options: str, **keys):
    path = write(folder / "dict.json", dictionary)
    return wasmproc("run", "--process", "64", *options, "--dict", path, folder / "main.wat", "--invoke", "get", **keys)


def document(uri: str, **integrity: str) -> str:
    return json.dumps({"imports": {"the library v1": uri}, "integrity": integrity})


def digest(path: Path) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


# References to the library.


@pytest.mark.parametrize(
    "uri",
    [
        "./library.wasm",
        "library.wasm",
        "././library.wasm",
        "nowhere/../library.wasm",
        "../modules/library.wasm",
        "./lib%72ary.wasm",
        "./lib%72ary%2Ewasm",
        "{folder}/library.wasm",
        "file:{folder}/library.wasm",
        "file://{folder}/library.wasm",
        "FILE://localhost{folder}/library.wasm",
        "file:///{folder}/library.wasm",
        "file:///..{folder}/./nowhere/../library.wasm",
    ],
)
def test_uris(uri, folder):
    done = run(folder, document(uri.format(folder=folder.resolve())))
    assert (done.status, done.out, done.err) == (0, "43\n", "")


def test_uris_are_relative_to_the_dictionary(folder, tmp_path):
    """URIs are relative to the dictionary, not to the program or the working folder. A file: URI may lead anywhere."""
    other = tmp_path / "other"
    other.mkdir()
    path = write(other / "dict.json", document(f"file://{folder.resolve()}/library.wasm"))
    done = wasmproc("run", "--process", "64", "--dict", path, folder / "main.wat", "--invoke", "get")
    assert (done.status, done.out) == (0, "43\n")
    write(other / "dict.json", document("library.wasm"))
    done = wasmproc("run", "--process", "64", "--dict", path, folder / "main.wat", "--invoke", "get", cwd=folder)
    assert done.status == 126
    assert "unresolved library" in done.err
    assert "No such file" in done.err
    (other / "library.wasm").symlink_to(folder / "library.wasm")
    done = wasmproc("run", "--process", "64", "--dict", path, folder / "main.wat", "--invoke", "get")
    assert (done.status, done.out) == (0, "43\n")
    done = wasmproc(
        "run", "--process", "64", "--dict", "-", "main.wat", "--invoke", "get", cwd=folder,
        data=document("library.wasm").encode(),
    )
    assert (done.status, done.out) == (0, "43\n")


def test_the_root_folder_is_no_library(folder):
    data = document(".").encode()
    done = wasmproc("run", "--process", "64", "--dict", "-", folder / "main.wat", "--invoke", "get", cwd="/", data=data)
    assert done.status == 126
    assert '"." is a relative URI that points outside' in done.err


def test_names_of_files(folder):
    """Any name can be written, in the canonical form of URIs."""
    (folder / "library.wasm").rename(folder / ".a b!\t%?#é.wasm")
    done = run(folder, document(".a%20b%21%09%25%3f%23%c3%a9.wasm"))
    assert (done.status, done.out) == (0, "43\n")
    done = run(folder, document(".a b!%09%25%3F%23é.wasm"))
    assert (done.status, done.out) == (0, "43\n")
    done = run(folder, document(".a b!%09%25%3F%23é.wasm"), "--map")
    assert f"file://{folder.resolve()}/.a%20b!%09%25%3F%23%C3%A9.wasm" in done.err


def test_one_file_is_one_library(folder):
    """Rule load.identity: one instance, however many names and spellings lead to it."""
    write(
        folder / "main.wat",
        """(module (@dylink.0 (needed "a" "b" "c" "d"))
             (import "process" "load" (func $load (param i32 i32) (result i32)))
             (import "env" "memory" (memory 1))
             (import "env" "__memory_base" (global $base i32))
             (import "env" "answer" (func $answer (result i32)))
             (func (export "get") (result i32) (drop (call $answer)) (call $answer)))""",
    )
    names = {"a": "./library.wasm", "b": "x/../library.wasm", "c": f"file://{folder.resolve()}/lib%72ary.wasm"}
    names["d"] = ".//library.wasm"
    done = run(folder, json.dumps({"imports": names}), "--map")
    assert (done.status, done.out) == (0, "44\n")
    assert done.err.count("library.wasm") == 1


def test_the_dictionary_decides_what_libraries_need(folder, tmp_path):
    write(folder / "main.wat", MAIN.replace("the library v1", "between"))
    write(folder / "between.wasm", binary('(module (@dylink.0 (needed "the library v1")))', tmp_path))
    names = {"between": "between.wasm", "the library v1": "library.wasm"}
    assert run(folder, json.dumps({"imports": names})).out == "43\n"
    done = run(folder, json.dumps({"imports": {"between": "between.wasm"}}))
    assert done.status == 126
    assert 'unresolved library: "the library v1" is not in the dictionary' in done.err


@pytest.mark.parametrize(
    "text", ["{}", '{"imports": {}}', '{"integrity": {}}', ' \n{ "integrity" : { } , "imports":{}}\n']
)
def test_no_entries(text, folder):
    done = run(folder, text)
    assert done.status == 126
    assert done.err.endswith('error: unloadable: unresolved library: "the library v1" is not in the dictionary\n')


def test_os_process(folder):
    assert run(folder, document("library.wasm"), "--os-process").out == "43\n"


# Digests.


def test_digest(folder):
    right = digest(folder / "library.wasm")
    for key in ("library.wasm", "./library.wasm", f"file://{folder.resolve()}/library.wasm"):
        done = run(folder, document("./library.wasm", **{key: right}))
        assert (done.status, done.out) == (0, "43\n")
    text = json.dumps({"integrity": {"library.wasm": right}, "imports": {"the library v1": "library.wasm"}})
    assert run(folder, text).out == "43\n"


def test_digest_of_other_bytes(folder):
    right = digest(folder / "library.wasm")
    write(folder / "library.wasm", (folder / "library.wasm").read_bytes() + b"\0\2\1x")
    done = run(folder, document("library.wasm", **{"library.wasm": right}))
    uri = f"file://{folder.resolve()}/library.wasm"
    assert done.status == 126
    assert f'integrity mismatch: the bytes at {uri} are not those of "the library v1"' in done.err


def test_every_name_of_a_file_has_its_digest(folder):
    names = {"the library v1": "x/../library.wasm", "unused": "./library.wasm"}
    text = json.dumps({"imports": names, "integrity": {"library.wasm": "sha256-" + "A" * 43 + "="}})
    assert "integrity mismatch" in run(folder, text).err


# Invalid dictionaries: each error has a place, in lines and columns, and a cause.

ZERO = "sha256-" + "A" * 43 + "="


@pytest.mark.parametrize(
    "text, place, cause",
    [
        ("", "1:0", "not JSON: "),
        ("{", "1:1", "not JSON: "),
        ('{\n "imports": {"a": "b",}}', "2:23", "not JSON: "),
        ('{"imports": {"a": "b"}} x', "1:25", "not JSON: "),
        ('{"imports": {"a": "b", "a": "c"}}', "1:26", "not JSON: duplicate object key"),
        ('{"imports": {"\\u0000": "b"}}', "1:21", "not JSON: "),
        ("[" * 100_000, "1:2049", "not JSON: maximum parsing depth reached"),
        ("[]", "1:1", "the file holds a list, not an object"),
        ('\n  "x"', None, "not JSON: "),
        ('{"scopes": {}}', "1:2", '"scopes" is neither "imports" nor "integrity"'),
        ('{"imports": {"a": "b"},\n  "Imports": {}}', "2:3", '"Imports" is neither "imports" nor "integrity"'),
        ('{"imports": []}', "1:13", '"imports" is a list, not an object'),
        ('{"imports": {},\n "integrity": "x"}', "2:15", '"integrity" is a string, not an object'),
        ('{"imports": null}', "1:13", '"imports" is null, not an object'),
        ('{"imports": {"é": "b",\n   "c": 1.5}}', "2:9", 'the URI of "c" is a number, not a string'),
        ('{"imports": {"é{}": "b", "c": true}}', "1:31", 'the URI of "c" is true, not a string'),
        ('{"imports": {"a\\\\\\"": "b\\"", "c": {"x": [1, "]"]}}}', "1:35", 'the URI of "c" is an object, not'),
        ('{"imports": {"a": ""}}', "1:19", '"" is an empty URI'),
        ('{"imports": {"a": "../b"}}', "1:19", '"../b" is a relative URI that points outside the dictionary\'s folder'),
        ('{"imports": {"a": "c/../../b"}}', "1:19", '"c/../../b" is a relative URI that points outside'),
        ('{"imports": {"a": "%2e%2e/b"}}', "1:19", '"%2e%2e/b" is a relative URI that points outside'),
        ('{"imports": {"a": "/etc/passwd"}}', "1:19", '"/etc/passwd" is a relative URI that points outside'),
        ('{"imports": {"a": "."}}', "1:19", '"." is a relative URI that points outside'),
        ('{"imports": {"a": "../modules2/b"}}', "1:19", '"../modules2/b" is a relative URI that points outside'),
        ('{"imports": {"a": "../modulex/b"}}', "1:19", '"../modulex/b" is a relative URI that points outside'),
        ('{"imports": {"a": "//host/b"}}', "1:19", '"//host/b" is a relative URI that begins with two slashes'),
        ('{"imports": {"a": "http://x/b"}}', "1:19", '"http://x/b" is a URI of another scheme than file:'),
        ('{"imports": {"a": "fil:///b"}}', "1:19", '"fil:///b" is a URI of another scheme than file:'),
        ('{"imports": {"a": "test:b"}}', "1:19", '"test:b" is a URI of another scheme than file:'),
        ('{"imports": {"a": "file:b"}}', "1:19", '"file:b" is a file: URI without an absolute path'),
        ('{"imports": {"a": "file://host/b"}}', "1:19", '"file://host/b" is a file of another host'),
        ('{"imports": {"a": "file://localhost"}}', "1:19", '"file://localhost" is a file of another host'),
        ('{"imports": {"a": "b?c"}}', "1:19", '"b?c" is a URI with a query or a fragment'),
        ('{"imports": {"a": "b#c"}}', "1:19", '"b#c" is a URI with a query or a fragment'),
        ('{"imports": {"a": "b%2"}}', "1:19", '"b%2" is a % that two hexadecimal digits do not follow'),
        ('{"imports": {"a": "b%zz"}}', "1:19", '"b%zz" is a % that two hexadecimal digits do not follow'),
        ('{"imports": {"a": "b%00"}}', "1:19", '"b%00" is an encoded NUL or slash'),
        ('{"imports": {"a": "b%2fc"}}', "1:19", '"b%2fc" is an encoded NUL or slash'),
        ('{"imports": {"a": "b"},\n "integrity": {"b": 7}}', "2:21", 'the digest of "b" is a number, not a string'),
        ('{"imports": {"a": "b"},\n "integrity": {"b": "sha256-AAAA"}}', "2:21", '"sha256-AAAA" is not a digest: not'),
        ('{"imports": {"a": "b"}, "integrity": {"b": "sha384-AAAA"}}', "1:44", '"sha384-AAAA" is not a digest: not'),
        (f'{{"imports": {{"a": "b"}}, "integrity": {{"c": "{ZERO}"}}}}', "1:39", 'no entry of "imports" leads to "c"'),
        (f'{{"imports": {{"a": "b"}}, "integrity": {{"x:c": "{ZERO}"}}}}', "1:39", '"x:c" is a URI of another scheme'),
        (
            f'{{"imports": {{"a": "b"}}, "integrity": {{"b": "{ZERO}", "./b": "{ZERO.replace("AA", "BA", 1)}"}}}}',
            "1:99",
            '"./b" has another digest already',
        ),
    ],
    ids=lambda value: repr(value)[:40] if value else "-",
)
def test_bad_dictionaries(text, place, cause, folder):
    done = run(folder, text)
    assert (done.status, done.out) == (126, "")
    (line,) = done.err.splitlines()
    start = f"{folder / 'dict.json'}:"
    assert line.startswith(start)
    if place is None:
        assert f": error: dictionary: {cause}" in line
    else:
        assert line.startswith(f"{start}{place}: error: dictionary: {cause}")


def test_the_same_digest_twice(folder):
    right = digest(folder / "library.wasm")
    assert run(folder, document("library.wasm", **{"library.wasm": right, "./library.wasm": right})).out == "43\n"


def test_files_that_can_not_be_read(folder):
    done = wasmproc("run", "--process", "64", "--dict", folder / "nothing.json", folder / "main.wat")
    assert done.status == 126
    assert done.err == f"{folder / 'nothing.json'}: error: No such file or directory\n"
    done = wasmproc("run", "--process", "64", "--dict", folder, folder / "main.wat")
    assert done.status == 126
    assert done.err == f"{folder}: error: Is a directory\n"
    for uri, cause in (("nothing.wasm", "No such file or directory"), ("main.wat/x", "Not a directory")):
        done = run(folder, document(uri))
        wanted = f'unresolved library: "the library v1" at file://{folder.resolve()}/{uri}: {cause}'
        assert done.status == 126
        assert wanted in done.err
    (folder / "folder").mkdir()
    assert "Is a directory" in run(folder, document("folder/")).err


def test_libraries_that_are_none(folder):
    done = run(folder, document("main.wat"))
    assert done.status == 126
    assert "malformed" in done.err
    assert "magic header not detected" in done.err


@pytest.mark.parametrize(
    "library, module, cause",
    [
        ("malformed", "library.wasm", "unloadable: malformed library: unexpected end"),
        (MAIN.replace("v1", "v2"), "library.wasm", 'unloadable: unresolved library: "the library v2" is not in the dictionary'),
        (LIBRARY.replace("(data", '(import "env" "nothing" (func)) (data'), "library.wasm",
         "unloadable: unresolved symbol: env.nothing"),
        ("(module (@dylink.0))", "main.wat", "unloadable: unresolved symbol: env.answer"),
        ("(module (func (result v128) unreachable))", "library.wasm", "unsupported: v128"),
        (LIBRARY.replace('"answer"', '"__wasm_call_ctors") (unreachable)) (func (export "answer"'), "library.wasm",
         "unloadable: unreachable (in __wasm_call_ctors of "),
        (LIBRARY.replace("(i32.store", "(unreachable) (i32.store"), "library.wasm", "trap: unreachable"),
    ],
    ids=["malformed", "library", "symbol", "program", "unsupported", "constructor", "trap"],
)  # fmt: skip
def test_errors_name_the_file(library, module, cause, folder, tmp_path):
    """The module that contains the place, which is not always the program."""
    bytes_ = binary(LIBRARY, tmp_path)[:-1] if library == "malformed" else binary(library, tmp_path)
    write(folder / "library.wasm", bytes_)
    done = run(folder, document("library.wasm"))
    place = f"file://{folder.resolve()}/library.wasm:0x" if module == "library.wasm" else f"{folder}/main.wat:3:"
    assert done.status in (126, 134), done
    assert done.err.startswith(place), done
    assert f": error: {cause}" in done.err, done


def test_a_name_that_is_not_there_has_a_place(folder):
    done = run(folder, '{"imports": {}}')
    start = f'{folder}/main.wat:2:9: error: unloadable: unresolved library: "the library v1"'
    assert done.status == 126, done
    assert done.err.startswith(start), done


def test_needs_a_process(folder):
    done = wasmproc("run", "--dict", folder / "dict.json", folder / "main.wat")
    assert done.status == 2
    assert done.err.startswith("wasmproc run: --dict needs --process\n")


def test_truncated_at_every_byte(folder):
    text = document("library.wasm", **{"library.wasm": digest(folder / "library.wasm")}).encode()
    for size in range(0, len(text), 3):
        done = run(folder, text[:size])
        assert (done.status, done.out) == (126, "")
        assert ": error: dictionary: not JSON: " in done.err


def test_changed_bytes(folder):
    """Every content of the file gives a result, or an error with a cause."""
    text = document("library.wasm", **{"library.wasm": digest(folder / "library.wasm")}).encode()
    chance = random.Random(7)
    for _ in range(150):
        changed = bytearray(text)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.choice(b'{}[]":,\\%./# \n\0\xff' + bytes(range(128)))
        done = run(folder, bytes(changed))
        assert (done.status, done.out) == (0, "43\n") or (done.status == 126 and ": error: " in done.err), changed


def test_many_entries(folder):
    """Time grows with the number of entries, not with its square."""
    names = {f"library {i}": f"lib{i}.wasm" for i in range(30_000)} | {"the library v1": "library.wasm"}
    integrity = {f"./lib{i}.wasm": ZERO for i in range(30_000)} | {"library.wasm": digest(folder / "library.wasm")}
    done = run(folder, json.dumps({"imports": names, "integrity": integrity}))
    assert (done.status, done.out, done.err) == (0, "43\n", "")
