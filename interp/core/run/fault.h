/* fault.h: faults of the host's memory that become traps. The one place that knows the host's signals.
 *
 * A memory may be a reserved range of host addresses in which some pages are inaccessible. An access to one is a fault
 * of the host; inside a wp_fault_scope that watches the range it ends the scope's code and can be made a trap. Every
 * other fault is not ours and goes where it would have gone without us.
 *
 * Interface:
 * - wp_fault_install: once before the first scope; harmless when repeated.
 * - WP_FAULT_BEGIN, wp_fault_end: the scope. Scopes nest, per thread.
 * - wp_fault_suspend, wp_fault_resume: code in between (a host function) is not the program's: its faults are not ours.
 *
 * A signal handler belongs to the whole OS process and cannot be given a context: what it must know is the innermost
 * scope of its thread and which handler was there before. These are the only mutable data in the library that no engine
 * owns; engines still never meet in them, since a scope is its thread's own.
 */
#ifndef WP_FAULT_H
#define WP_FAULT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct wp_fault_scope {
    jmp_buf env;
    const uint8_t *base; /* the range watched */
    uint64_t size;
    uint64_t offset; /* of the fault in the range */
    struct wp_fault_scope *outer;
} wp_fault_scope;

/* Puts the handler in place. False: this host can't do it. */
bool wp_fault_install(void);

/* Begins to watch [base, base + size). True the first time; when a fault in the range ends the code that follows, it
 * returns again, false, with scope->offset set and the scope ended. */
#define WP_FAULT_BEGIN(scope, base, size) (wp_fault_enter((scope), (base), (size)), setjmp((scope)->env) == 0)
void wp_fault_enter(wp_fault_scope *scope, const uint8_t *base, uint64_t size);
/* Ends the innermost scope. */
void wp_fault_end(wp_fault_scope *scope);

/* Turns the thread's scopes off and gives them to the caller; wp_fault_resume turns them on again. */
wp_fault_scope *wp_fault_suspend(void);
void wp_fault_resume(wp_fault_scope *scope);

#endif
