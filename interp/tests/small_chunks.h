/* small_chunks.h: arenas with chunks for one block each, in place of the interpreter's: every block is an allocation,
 * which a test can make fail.
 */
#ifndef WP_SMALL_CHUNKS_H
#define WP_SMALL_CHUNKS_H

#define ARENA_CHUNK_MIN 32
#define ARENA_CHUNK_MAX 32

#include "base/arena.c"

#endif
