/* process.h: the platform API of a WebAssembly process, for C.
 *
 * A process is one address space that all of its modules share. Its pages belong to the platform, and a module asks for
 * them here: there is no memory.grow in a process. The functions are imports of the WebAssembly module `process`; the
 * attributes below are how clang names an import.
 *
 * Interface:
 * - process_mmap, process_munmap: whole pages of the address space.
 * - process_load, process_symbol, process_unload: libraries at run time, by the names of the process's dictionary.
 * - process_exit: the end of the process.
 *
 * The same header serves wasm32 and wasm64: addresses are pointers of the process, of four or eight bytes, and lengths
 * of memory have 64 bits in both. None of these functions traps; failure is in the result. The identifiers in brackets
 * name the rules of the process model that each sentence rests on.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes in a page. Never anything else. */
#define PROCESS_PAGE 65536

#define PROCESS_IMPORT(name) __attribute__((import_module("process"), import_name(name)))

/* Maps `length` bytes, rounded up to whole pages [mmap.length.round], which read as zero [mmap.zero], and returns the
 * address of the first one; NULL if there is no room, or length is 0, and then nothing has changed [mmap.exhausted,
 * mmap.length.zero].
 *
 * With a hint, rounded down to a page, the mapping is exactly there if all of its range is free, and anywhere else if
 * not [mmap.hint.free, mmap.hint.taken]: never over something that is there already. So the result tells which of the
 * two it was. Without a hint (NULL) the platform chooses [mmap.hint.none]. Address 0 is never part of a mapping
 * [process.page-zero]. */
PROCESS_IMPORT("mmap") void *process_mmap(void *hint, uint64_t length);

/* Unmaps every page of a range: 1 if afterwards all of it is free, 0 if nothing was changed [munmap.true]. The range
 * may be part of a mapping, several mappings, and pages that are free already [munmap.partial, munmap.span,
 * munmap.free]. Refused: an address that is no page's [munmap.unaligned], length 0 [munmap.length], a range that leaves
 * the address space or has page 0 [munmap.range], and pages that the loader reserved, for a module's static data or the
 * stack [munmap.reserved]. What the pages held is lost, and touching them traps [munmap.gone]. */
PROCESS_IMPORT("munmap") int process_munmap(void *address, uint64_t length);

/* Loads the library that the process's dictionary has under a name of `length` bytes, with all that it needs, unless it
 * is there already, and returns a handle for it; its constructors have run then. Each success is one more load of the
 * library, and its handle is always the same [dl.load]. If it fails, the result is 0, and nothing is left of it but
 * what constructors did [dl.load.failure]. Names are compared byte for byte [dl.name, dict.exact]. */
PROCESS_IMPORT("load") int process_load(const char *name, size_t length);

/* What a loaded library exports under a name: the address of an object, or for a function its index in the function
 * table, which is what a C function pointer is. NULL if it exports no such name [dl.symbol]. */
PROCESS_IMPORT("symbol") void *process_symbol(int handle, const char *name, size_t length);

/* Takes back one load of a library: 1; or 0 and no change, if it is no handle, or the last load of a library that
 * others need or that is running [dl.unload]. After the last one the library is gone, and with it what its functions
 * and objects were: pointers to them must not be used. */
PROCESS_IMPORT("unload") int process_unload(int handle);

/* Ends the program and the process, with a code for whoever runs it [process.exit]. */
PROCESS_IMPORT("exit") _Noreturn void process_exit(int code);

#undef PROCESS_IMPORT

#ifdef __cplusplus
}
#endif
#endif
