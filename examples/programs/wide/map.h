/* map.h: libmap, a map from numbers to numbers. */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct map map;

/* The number of maps in the process: an object that modules share. */
extern int map_count;

map *map_new(void); /* NULL: out of memory */
void map_delete(map *m);
/* False: out of memory. */
bool map_put(map *m, uint64_t key, uint64_t value);
bool map_get(const map *m, uint64_t key, uint64_t *value);
/* Calls a function with every pair, in any order. */
void map_each(const map *m, void (*function)(void *context, uint64_t key, uint64_t value), void *context);

#endif
