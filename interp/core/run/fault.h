/* fault.h: the fault handler: faults of the host's memory that become traps. Nothing else knows the host's signals.
 *
 * A memory may be a reserved range of host addresses in which some pages are inaccessible. An access to such a page is
 * a fault of the host; inside a wp_fault_scope that watches the range it ends the scope's code and can be made a trap.
 * Every other fault goes to the handler that was installed before.
 *
 * Interface:
 * - wp_fault_install: once before the first scope; harmless when repeated.
 * - WP_FAULT_BEGIN, wp_fault_end: the scope. Scopes nest, per thread.
 * - wp_fault_suspend, wp_fault_resume: faults of the code in between (a host function) are not the program's.
 *
 * A signal handler belongs to the whole OS process and cannot be given a context: it must know the innermost scope of
 * its thread and the handler installed before. These are the only mutable data of the library outside an engine.
 * Engines do not share state through them: each thread has its own scope.
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

/* Installs the handler. False: this host has no such signals. */
bool wp_fault_install(void);

/* Begins to watch [base, base + size): true. When a fault in the range ends the code that follows, control returns here
 * again: false, with scope->offset set and the scope ended. */
#define WP_FAULT_BEGIN(scope, base, size) (wp_fault_enter((scope), (base), (size)), setjmp((scope)->env) == 0)
void wp_fault_enter(wp_fault_scope *scope, const uint8_t *base, uint64_t size);
/* Ends the innermost scope. */
void wp_fault_end(wp_fault_scope *scope);

/* Turns the thread's scopes off and gives them to the caller; wp_fault_resume turns them on again. */
wp_fault_scope *wp_fault_suspend(void);
void wp_fault_resume(wp_fault_scope *scope);

#endif
