/* random.h: pseudo-random numbers for tests, the same in each run. */
#ifndef WP_RANDOM_H
#define WP_RANDOM_H

#include <stdint.h>

/* The generator xorshift64; the state is any number but 0. */
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
