/* process.h: the platform API of a WebAssembly process, for C.
 *
 * A process is one address space that all of its modules share. The platform allocates its pages by the functions
 * below; memory.grow does not. The functions are imports of the WebAssembly module `process`; the attributes below are
 * how clang names an import.
 *
 * Interface:
 * - process_mmap, process_munmap, process_discard: whole pages of the address space.
 * - process_load, process_symbol, process_unload, process_error: libraries at run time, by the names of the process's
 *   dictionary.
 * - process_exit: the end of the process.
 *
 * The same header serves wasm32 and wasm64: addresses are pointers of the process, of four or eight bytes, and lengths
 * of memory have 64 bits in both. None of these functions traps; failure is in the result. Identifiers in brackets
 * name the rules of the process model behind each sentence.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes in a page, in every process. */
#define PROCESS_PAGE 65536

#define PROCESS_IMPORT(name) __attribute__((import_module("process"), import_name(name)))

/* Maps `length` bytes, rounded up to whole pages [mmap.length.round], which read as zero [mmap.zero], and returns the
 * address of the first one. Returns NULL, and changes nothing, if no free run is long enough or length is 0
 * [mmap.exhausted, mmap.length.zero].
 *
 * A hint is rounded down to a page. The mapping is exactly there if its whole range is free, and elsewhere otherwise
 * [mmap.hint.free, mmap.hint.taken]; it never replaces another mapping. The result tells which. Without a hint (NULL)
 * the platform chooses [mmap.hint.none]. Address 0 is never part of a mapping [process.page-zero]. */
PROCESS_IMPORT("mmap") void *process_mmap(void *hint, uint64_t length);

/* Unmaps every page of a range. Returns 1 if the whole range is free afterwards, 0 if nothing was changed
 * [munmap.true]. The range may consist of part of a mapping, several mappings, and free pages [munmap.partial,
 * munmap.span, munmap.free]. An unaligned address [munmap.unaligned], length 0 [munmap.length], a range that leaves the
 * address space or includes page 0 [munmap.range], and pages that the loader reserved for static data or the stack
 * [munmap.reserved] are refused. The contents of the pages are lost, and accesses to them trap [munmap.gone]. */
PROCESS_IMPORT("munmap") int process_munmap(void *address, uint64_t length);

/* Makes every byte of a range zero and gives its storage back to the host. Returns 1, or 0 if nothing was changed
 * [discard.true]. The address is aligned, the length is not 0 and is rounded up to whole pages, and every page is
 * accessible: of a mapping, static data, or the stack [discard.unaligned, discard.length, discard.inaccessible]. The
 * pages stay what they are [discard.zero]. */
PROCESS_IMPORT("discard") int process_discard(void *address, uint64_t length);

/* Loads the library that the process's dictionary has under a name of `length` bytes, with its dependencies, unless it
 * is already loaded. Its constructors have run when its handle is returned, which is always the same. Each success is
 * one more load of the library [dl.load]. On failure the result is 0, and only the effects of constructors remain
 * [dl.load.failure]. Names are compared byte for byte [dl.name, dict.exact]. */
PROCESS_IMPORT("load") int process_load(const char *name, size_t length);

/* Copies the text of the last process_load that failed, UTF-8 without a terminator, to a buffer: all of it, or as many
 * whole characters as fit [dl.error.copy]. Returns its length in bytes; 0 if no load has failed. A later success does
 * not clear it [dl.error]. */
PROCESS_IMPORT("error") size_t process_error(char *buffer, size_t size);

/* The export of a loaded library: the address of an object, or the index of a function in the function table, which is
 * the value of a C function pointer. NULL if the library has no such export [dl.symbol]. */
PROCESS_IMPORT("symbol") void *process_symbol(int handle, const char *name, size_t length);

/* Undoes one load of a library and returns 1. Returns 0, and changes nothing, if the handle is invalid or the
 * library has no load left [dl.unload]. After the last one the library is unloaded as soon as no other needs it and it
 * is not running, and pointers to its functions and objects must not be used. */
PROCESS_IMPORT("unload") int process_unload(int handle);

/* Ends the program and the process, with a code for the embedder [process.exit]. */
PROCESS_IMPORT("exit") _Noreturn void process_exit(int code);

#undef PROCESS_IMPORT

#ifdef __cplusplus
}
#endif
#endif
