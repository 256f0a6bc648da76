/* small_chunks.h: for tests that make allocations fail: arenas whose chunks have room for one block each, in place of
 * the interpreter's. So every block of an arena is an allocation of its own, which can be made to fail, whatever was
 * before it.
 */
#ifndef WP_SMALL_CHUNKS_H
#define WP_SMALL_CHUNKS_H

#define ARENA_CHUNK_MIN 32
#define ARENA_CHUNK_MAX 32

#include "base/arena.c"

#endif
