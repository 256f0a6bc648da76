/* test_space_small.c: test_space.c with small nodes, so that few ranges make a high tree, in which nodes are split and
 * joined on every level. */
#define SPACE_RANGES 4
#define SPACE_BRANCHES 4

#include "process/space/space.c"
#include "process/space/tree.c"

#include "test_space.c"
