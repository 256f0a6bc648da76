"""Other ways of linking with clang and wasm-ld than those of the examples: the results, or the reasons for refusal.

Each test compiles a few lines of C or C++. The expected results follow from these languages.
"""

import itertools
import json
import os
import shlex
import shutil
from pathlib import Path

import dylink
import pytest
from conftest import BACKENDS, EXTENTS, KINDS, NEWEST, PROGRAM, run

LIBRARY = """
extern int absent_function(int) __attribute__((weak));
extern int absent_datum __attribute__((weak));
int counter = 7;
static int own = 5;
int *own_address = &own;
int (*chosen)(int);
static int twice(int x) { return 2 * x; }
int (*list[])(int) = {twice, twice};
__attribute__((constructor)) static void construct(void) { counter++; chosen = twice; }
__attribute__((weak)) int name_of_both(void) { return 1; }
int sum(void) { return counter + *own_address + chosen(10) + list[1](1); }
int absent(void) { return (absent_function != 0) + (&absent_datum != 0); }
int call_both(void) { return name_of_both(); }
int (*address_of_both(void))(void) { return name_of_both; }
"""

PROGRAM_C = """
int sum(void), absent(void), call_both(void), (*address_of_both(void))(void);
extern int counter;
int name_of_both(void) { return 42; }
static int constructed, *address = &constructed;
__attribute__((constructor)) static void construct(void) { constructed++; }
int times(void) { return *address; }
int total(void) { return sum() + 100 * counter; }
int none(void) { return absent(); }
int interposed(void) { return call_both(); }
int same_address(void) { return address_of_both() == name_of_both; }
"""

LIBRARY_CC = """
void operator delete(void *, unsigned long) noexcept {}
struct Base { virtual int f() { return 1; } virtual ~Base() {} int x = 3; };
struct Derived : Base { int f() override { return 2 + x; } };
static Derived derived;
static Base *base = &derived;
static int sum;
struct Adds { Adds() { sum += base->f(); } } first, second;
inline int &shared() { static int value = 9; return value; }
extern "C" int sum_of_two() { return sum; }
extern "C" int *address_of_shared() { return &shared(); }
Base *make() { return &derived; }
"""

PROGRAM_CC = """
struct Base { virtual int f(); virtual ~Base(); int x; };
Base *make();
extern "C" int sum_of_two(), *address_of_shared();
inline int &shared() { static int value = 9; return value; }
extern "C" int constructed() { return sum_of_two(); }
extern "C" int virtual_call() { return make()->f(); }
extern "C" int one_object() { return address_of_shared() == &shared(); }
"""

# Static data that are all zero.
ZEROS = """
static int own[1000]; int exported[10];
int *at(int i) { return &own[i]; }
int sum(void) { *at(7) += 5; int sum = exported[3]; for (int i = 0; i < 1000; i++) sum += own[i]; return sum; }
"""

# Addresses of symbols that the library exports, and a constructor that uses them.
SYMBOLIC = """
int counter = 7, *at_counter = &counter;
int twice(int x) { return 2 * x; }
int (*list[])(int) = {twice};
int *address_of_counter(void) { return &counter; }
int (*address_of_twice(void))(int) { return twice; }
__attribute__((constructor)) static void construct(void) { *address_of_counter() += list[0](10); }
int total(void) { return *at_counter + address_of_twice()(100); }
"""

HEAP = """
extern char __heap_base, __heap_end;
unsigned long base(void) { return (unsigned long)&__heap_base; }
unsigned long end(void) { return (unsigned long)&__heap_end; }
"""

THREADS = "_Thread_local int mine = 5; int get(void) { return mine++; }"

SHARED = ("-shared", "--no-entry", "--export-if-defined=__wasm_call_ctors")
PIE = ("-pie", "--no-entry", "--export-all", "--import-memory", "--import-table", "--unresolved-symbols=import-dynamic")


#: The version of clang by which the examples are built.
CHOSEN = "19"


class Linker:
    """A folder in which modules are built and run."""

    def __init__(self, folder: Path, kind: str, version: str = CHOSEN):
        self.folder, self.kind, self.version = folder, kind, version
        chosen = os.environ if version == CHOSEN else {}
        self.clang = shlex.split(chosen.get("WASM_CC") or f"clang-{version}")
        self.linker = shlex.split(chosen.get("WASM_LD") or f"wasm-ld-{version}")
        for program in (self.clang[0], self.linker[0]):
            if shutil.which(program) is None:
                pytest.skip(f"{program} is missing")

    def compile(self, name: str, text: str, *options: str) -> Path:
        source, target = self.folder / name, self.folder / f"{name}.o"
        source.write_text(text, "utf-8")
        flags = ["-fPIC", "-fvisibility=default", "-O1", "-fno-exceptions", *(["-fno-rtti"] if name.endswith(".cc") else [])]
        self.run_tool(*self.clang, f"--target={self.kind}", *flags, *options, "-c", source, "-o", target)
        return target

    def link(self, name: str, *inputs: str | Path) -> Path:
        wide = ["-mwasm64"] if self.kind == "wasm64" else []
        self.run_tool(*self.linker, *wide, "--experimental-pic", *inputs, "-o", self.folder / name)
        return self.folder / name

    def run_tool(self, *command: str | Path) -> None:
        done = run(*command)
        assert done.status == 0, done

    def invoke(self, module: Path, function: str, *options: str):
        """Calls a function of a module in a process whose dictionary has all libraries of the folder."""
        names = {path.name: f"./{path.name}" for path in self.folder.glob("*.so")}
        dictionary = self.folder / "dictionary.json"
        dictionary.write_text(json.dumps({"imports": names}), "utf-8")
        pointer = {"wasm32": "i32", "wasm64": "i64"}[self.kind]
        process = ["--process", str(EXTENTS[self.kind]), "--pointer", pointer, "--dict", dictionary]
        return run(PROGRAM, "run", *process, *options, module, "--invoke", function)

    def results(self, module: Path, functions: str, backend: str) -> list[int]:
        done = [self.invoke(module, function, "--backend", backend) for function in functions.split()]
        assert all(each.status == 0 for each in done), done
        return [int(each.out) for each in done]


@pytest.fixture(params=KINDS)
def linker(tmp_path, request):
    return Linker(tmp_path, request.param)


@pytest.fixture(params=itertools.product(KINDS, (CHOSEN, NEWEST)), ids="-".join)
def any_linker(tmp_path, request):
    return Linker(tmp_path, *request.param)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("how", ["shared", "pie", "pie with start"])
def test_c(any_linker, how, backend):
    """Data, function pointers, constructors that run once, weak symbols; and the program's definitions come first."""
    linker = any_linker
    linker.link("library.so", *SHARED, linker.compile("library.c", LIBRARY))
    # A module linked with -pie needs a start function, unless constant expressions can add.
    program = linker.compile("program.c", PROGRAM_C, *(["-mextended-const"] if how == "pie" else []))
    module = linker.link("program.wasm", *(SHARED if how == "shared" else PIE), program, linker.folder / "library.so")
    assert how == "shared" or dylink.read(module).has_start == (how == "pie with start")
    functions = "times total none interposed same_address"
    assert linker.results(module, functions, backend) == [1, 8 + 5 + 20 + 2 + 800, 0, 42, 1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_start_functions(any_linker, backend):
    """Libraries that the linker gives a start function: those whose data are all zero, if objects may use bulk memory,
    as they may by default with newer compilers; and those that refer to their own symbols directly."""
    linker = any_linker
    options = ["-mbulk-memory"] if linker.version == CHOSEN else []
    zeros = linker.link("zeros.so", *SHARED, linker.compile("zeros.c", ZEROS, *options))
    symbolic = linker.link("symbolic.so", *SHARED, "-Bsymbolic", linker.compile("symbolic.c", SYMBOLIC, *options))
    assert dylink.read(zeros).has_start and dylink.read(symbolic).has_start
    assert linker.results(zeros, "sum", backend) == [5]
    assert linker.results(symbolic, "total", backend) == [7 + 20 + 200]


def test_heap_bounds(any_linker):
    """Linkers leave the bounds of the heap to the loader, and a process has no heap but mmap's."""
    options = *SHARED, "--unresolved-symbols=import-dynamic"
    module = any_linker.link("heap.so", *options, any_linker.compile("heap.c", HEAP))
    assert ("GOT.mem", "__heap_base") in dylink.read(module).imports
    assert any_linker.results(module, "base end", "sparse") == [0, 0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_cpp(any_linker, backend):
    """Static objects, virtual functions across modules, and a single object for the static object of an inline
    function."""
    linker = any_linker
    linker.link("library.so", *SHARED, linker.compile("library.cc", LIBRARY_CC))
    program = linker.compile("program.cc", PROGRAM_CC)
    module = linker.link("program.wasm", *SHARED, program, linker.folder / "library.so")
    assert linker.results(module, "constructed virtual_call one_object", backend) == [10, 5, 1]


def refused(linker, module, function="get"):
    """The reason and the position for which a module is refused."""
    done = linker.invoke(module, function)
    start = f"{module}:0x"
    assert done.status == 126, done
    assert done.out == "", done
    assert done.err.startswith(start), done
    return done.err.partition(": error: ")[2].rstrip("\n")


def test_memory_of_its_own(linker):
    module = linker.link("program.wasm", "-pie", "--no-entry", linker.compile("threads.c", THREADS))
    assert refused(linker, module) == "unloadable: module defines a memory"


def test_undefined_symbol(linker):
    program = linker.compile("program.c", PROGRAM_C)
    module = linker.link("program.wasm", *SHARED, "--unresolved-symbols=import-dynamic", program)
    assert refused(linker, module).startswith("unloadable: unresolved symbol: ")


def test_threads(linker):
    """Without threads, thread-local data are ordinary data. With threads, they and shared memory are refused."""
    plain = linker.link("plain.wasm", *SHARED, linker.compile("plain.c", THREADS))
    assert linker.results(plain, "get", "sparse") == [5]
    threads = linker.compile("threads.c", THREADS, "-pthread")
    module = linker.link("threads.wasm", *SHARED, "--no-check-features", threads)
    assert refused(linker, module) == "unsupported: thread-local symbols: mine"
    sharing = "--shared-memory", "--no-check-features", "--max-memory=65536000"
    module = linker.link("sharing.wasm", *SHARED, *sharing, threads)
    assert refused(linker, module) == "malformed: malformed limits flags: shared, which needs threads"
