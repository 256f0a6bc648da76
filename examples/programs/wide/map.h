/* map.h: libmap, a map from numbers to numbers. */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct map map;

/* How many maps there are, in all of the process: an object that modules share. */
extern int map_count;

map *map_new(void); /* NULL: no memory */
void map_delete(map *m);
/* False: no memory. */
bool map_put(map *m, uint64_t key, uint64_t value);
bool map_get(const map *m, uint64_t key, uint64_t *value);
/* Calls a function with every pair, in no order. */
void map_each(const map *m, void (*function)(void *context, uint64_t key, uint64_t value), void *context);

#endif
