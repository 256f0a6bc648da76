/* foo.h: the interface of both versions of libfoo: a counter that knows its version.
 *
 * The versions differ in behaviour and in the layout of their data. Their functions have the same names, so a program
 * that uses both versions looks functions up by handle.
 */
#ifndef FOO_H
#define FOO_H

const char *foo_version(void);
void foo_add(int amount);
int foo_total(void);

#endif
