"""The command line: valid, invalid, missing and huge files; output that cannot be written (exit status 1, of `run` 126)."""

import os
import random
import re
import subprocess

import pytest
from cli_support import PROGRAM, TIMEOUT, Done, binary, needs_program, open_terminal, wasmproc, write

pytestmark = needs_program

GOOD = '(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load offset=4 (local.get 0))))'

#: Commands that read one file, with their other arguments.
READERS = [
    ["validate"],
    ["run"],
    ["print"],
    ["wast"],
    ["parse", "-o", os.devnull],
    ["json-from-wast", "-o", os.devnull],
]


def failed(command):
    """The exit status of a command if its file cannot be read or is not a module. `run` leaves 1 to the program."""
    return 126 if command == "run" else 1


@pytest.fixture
def good(tmp_path):
    return write(tmp_path / "good.wat", GOOD)


# Valid files.


def test_validate_prints_nothing(good, tmp_path):
    write(tmp_path / "good.wasm", binary(GOOD, tmp_path))
    assert wasmproc("validate", good, tmp_path / "good.wasm") == Done(0, "", "")


def test_standard_input(tmp_path):
    assert wasmproc("validate", "-", data=GOOD.encode()) == Done(0, "", "")
    assert wasmproc("validate", "-", data=binary(GOOD, tmp_path)) == Done(0, "", "")
    assert wasmproc("wast", "-", data=b'(module) (assert_trap (module (func $f unreachable) (start $f)) "unreachable")').status == 0


def test_parse_and_print_are_inverse(good, tmp_path):
    first = binary(GOOD, tmp_path)
    assert first.startswith(b"\0asm\1\0\0\0")
    text = wasmproc("print", write(tmp_path / "first.wasm", first))
    assert (text.status, text.err) == (0, "")
    assert binary(text.out, tmp_path) == first
    assert wasmproc("print", good).status == 0


def test_parse_does_not_validate(tmp_path):
    source = write(tmp_path / "invalid.wat", "(module (func (result i32) nop))")
    assert wasmproc("parse", source, "-o", tmp_path / "invalid.wasm") == Done(0, "", "")
    done = wasmproc("validate", tmp_path / "invalid.wasm")
    assert done.status == 1
    assert re.fullmatch(rf"{tmp_path}/invalid\.wasm:0x[0-9a-f]+: error: invalid: type mismatch.*\n", done.err)


def test_binary_on_standard_output(good):
    done = subprocess.run([PROGRAM, "parse", good], capture_output=True, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"\0asm")


def test_binary_is_not_written_to_a_terminal(good):
    master, slave = open_terminal()
    done = subprocess.run([PROGRAM, "parse", good], stdout=slave, stderr=subprocess.PIPE, timeout=TIMEOUT)
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert done.stderr.startswith(b"wasmproc parse: a binary module is not written to a terminal: use -o FILE\n")


def test_parse_refuses_binary(tmp_path):
    source = write(tmp_path / "module.wasm", binary(GOOD, tmp_path))
    assert wasmproc("parse", source) == Done(1, "", f"{source}: error: this is a binary module already\n")


def test_option_after_double_dash(tmp_path):
    write(tmp_path / "--json", GOOD)
    assert wasmproc("validate", "--", "--json", cwd=tmp_path) == Done(0, "", "")


# Files that cannot be read.


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "No such file or directory"),
        ("folder", "Is a directory"),
        ("file/inside", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
    ],
)
def test_unreadable(reader, name, reason, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    done = wasmproc(*reader, tmp_path / name)
    assert done.status == failed(reader[0])
    assert f"{tmp_path / name}: " in done.err
    assert reason in done.err


def test_other_files_are_still_looked_at(good, tmp_path):
    bad = write(tmp_path / "bad.wat", "(module (func i32.add))")
    done = wasmproc("validate", tmp_path / "missing", bad, good)
    assert done.status == 1
    assert [line.split(": error: ")[0] for line in done.err.splitlines()] == [f"{tmp_path}/missing", f"{bad}:1:15"]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0])
def test_huge_file(reader, tmp_path):
    """A file that is too large is refused before memory is allocated for it."""
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 40)
    done = wasmproc(*reader, tmp_path / "huge")
    assert done.status == failed(reader[0])
    assert "huge: " in done.err
    assert len(done.err.splitlines()) == 1


# Invalid files.


def test_places_in_text(tmp_path):
    source = write(tmp_path / "bad.wat", "(module\n  (func\n    (i32.const 1)\n    nonsense))\n")
    done = wasmproc("validate", source)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"{source}:4:5: error: malformed: unknown operator")


def test_unsupported_says_so_once(tmp_path):
    source = write(tmp_path / "gc.wat", "(module (type $s (struct)) (func (drop (struct.new $s))))")
    done = wasmproc("validate", source)
    assert done.status == 1
    assert re.fullmatch(rf"{source}:1:\d+: error: unsupported: [a-z. ]+\n", done.err)


@pytest.mark.parametrize("command", ["validate", "run", "print"])
def test_truncated(command, tmp_path):
    """Two prefixes of this module are modules: the header, and the header with the types. The others are refused with an
    offset in the file."""
    whole = binary(GOOD, tmp_path)
    assert whole[8] == 1  # the type section
    for size in range(len(whole)):
        source = write(tmp_path / "cut.wasm", whole[:size])
        done = wasmproc(command, source)
        if size in (8, 8 + 2 + whole[9]):
            assert done.status == 0
            continue
        found = re.fullmatch(rf"{source}:0x([0-9a-f]+): error: (malformed|invalid): .+\n", done.err)
        assert (done.status, done.out) == (failed(command), ""), (size, done)
        assert found, (size, done)
        assert int(found[1], 16) <= size


def damaged(whole: bytes, seed: int) -> bytes:
    """Garbage, a module's header followed by garbage, or a module with some bytes changed."""
    chance = random.Random(seed)
    garbage = chance.randbytes(chance.randrange(1, 300))
    if seed % 3 == 0:
        return garbage
    if seed % 3 == 1:
        return whole[:8] + garbage
    changed = bytearray(whole)
    for _ in range(chance.randrange(1, 4)):
        changed[chance.randrange(8, len(changed))] = chance.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("command", ["validate", "print", "wast"])
def test_damaged(command, tmp_path):
    """The program ends by itself for any content of a file, with a message if it is invalid."""
    whole = binary(GOOD, tmp_path)
    failures = 0
    for seed in range(90):
        source = write(tmp_path / "damaged", damaged(whole, seed))
        done = subprocess.run([PROGRAM, command, source], capture_output=True, timeout=TIMEOUT)
        assert done.returncode in (0, 1), (seed, done)
        assert done.returncode == 0 or str(source).encode() in done.stderr + done.stdout, (seed, done)
        failures += done.returncode
    assert failures >= 60


@pytest.mark.parametrize("opening", ["(", "(module (func ", "(module (func (block ", '(module quote "', "(; "])
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0])
def test_deep_nesting(reader, opening, tmp_path):
    """A million levels are an error, not an overflow of the host's stack."""
    inner = opening[opening.rindex("(") :] if opening.count("(") > 1 else opening
    source = write(tmp_path / "deep.wat", opening + inner * 1_000_000)
    done = wasmproc(*reader, source)
    assert done.status == failed(reader[0])
    assert "deep.wat" in done.err + done.out


# Output that cannot be written.


@pytest.mark.parametrize("command", ["parse", "print"])
def test_output_in_a_missing_folder(command, good, tmp_path):
    target = tmp_path / "missing" / "out"
    assert wasmproc(command, good, "-o", target) == Done(1, "", f"wasmproc: {target}: No such file or directory\n")


@pytest.mark.parametrize("command", ["parse", "print"])
def test_output_to_a_full_device(command, good):
    done = wasmproc(command, good, "-o", "/dev/full")
    assert done == Done(1, "", "wasmproc: /dev/full: No space left on device\n")
    assert os.path.exists("/dev/full")


@pytest.mark.parametrize("arguments", [["print"], ["parse"], ["tables"], ["tables", "--json"], ["--help"]])
def test_standard_output_is_full(arguments, good):
    argv = [PROGRAM, *arguments, *([good] if arguments[0] in ("print", "parse") else [])]
    with open("/dev/full", "w") as full:
        done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT)
    assert done.returncode == 1
    assert done.stderr.startswith(b"wasmproc: standard output")


def test_standard_output_is_not_open(good):
    """A closed output is an error only if there is output."""

    def close():
        os.close(1)

    done = subprocess.run([PROGRAM, "validate", good], stderr=subprocess.PIPE, preexec_fn=close, timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, b"")
    done = subprocess.run([PROGRAM, "tables"], stderr=subprocess.PIPE, preexec_fn=close, timeout=TIMEOUT)
    assert done.returncode == 1
    assert done.stderr.startswith(b"wasmproc: standard output")


def test_closed_pipe(good):
    """A reader that closed the pipe is an error with a message, not the end by a signal."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([PROGRAM, "print", good], stdout=writing, stderr=subprocess.PIPE, timeout=TIMEOUT)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"wasmproc: standard output: Broken pipe\n")


def test_no_half_file_is_left(tmp_path):
    """A module that cannot be written as a whole is not written: here because of a limit on file size."""
    import resource

    source = write(tmp_path / "large.wat", "(module (memory 1) (data (i32.const 0) \"" + "x" * 3_000_000 + '"))')
    target = tmp_path / "large.wasm"

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = wasmproc("parse", source, "-o", target, preexec_fn=small_files)
    assert done == Done(1, "", f"wasmproc: {target}: File too large\n")
    assert not target.exists()
