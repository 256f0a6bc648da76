/* foo.h: the interface of libfoo, in both of its versions: a counter that knows its version.
 *
 * The versions differ in what they do, and in the layout of their data. Their functions have the same names, as
 * versions of a library do; that is why the names can't tell them apart, and a program that wants both asks each by its
 * handle.
 */
#ifndef FOO_H
#define FOO_H

const char *foo_version(void);
void foo_add(int amount);
int foo_total(void);

#endif
