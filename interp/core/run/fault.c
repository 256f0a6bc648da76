/* fault.c: faults of the host's memory; see fault.h. */
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L

#include "core/run/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Size of the signal stack for a thread that has none: the fault may be an overflow of its stack. */
enum { HANDLER_STACK = 32 * 1024 };

static _Thread_local wp_fault_scope *innermost;
static _Thread_local bool has_handler_stack;
static _Thread_local _Alignas(16) uint8_t handler_stack[HANDLER_STACK];

typedef enum install_state { NOT_INSTALLED, INSTALLING, INSTALLED, REFUSED } install_state;
static atomic_int state;
/* The handlers installed before ours; written before `state` becomes INSTALLED. */
static struct sigaction before_segv, before_bus;
static atomic_bool spent_segv, spent_bus;

/* ---- The handler ---------------------------------------------------------------------------------------------- */

/* True when the earlier handler asked for one signal only, and has had it. */
static bool is_spent(int number) {
    const struct sigaction *before = number == SIGBUS ? &before_bus : &before_segv;
    atomic_bool *spent = number == SIGBUS ? &spent_bus : &spent_segv;
    return ((unsigned)before->sa_flags & SA_RESETHAND) != 0 && atomic_exchange(spent, true);
}

/* Blocks the signals that the earlier handler wants blocked while it runs. The host unblocks them when ours returns. */
static void block_for(const struct sigaction *before, int number) {
    sigset_t mask = before->sa_mask;
    if ((before->sa_flags & SA_NODEFER) == 0)
        sigaddset(&mask, number);
    (void)pthread_sigmask(SIG_BLOCK, &mask, NULL);
}

/* Handles a fault outside the range watched as if our handler were not installed. */
static void pass_on(int number, siginfo_t *info, void *context) {
    const struct sigaction *before = number == SIGBUS ? &before_bus : &before_segv;
    bool is_sent = info->si_code <= 0, has_handler = (before->sa_flags & SA_SIGINFO) != 0;
    has_handler = has_handler || (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN);
    if (!has_handler && before->sa_handler == SIG_IGN && is_sent)
        return;
    if (!has_handler || is_spent(number)) {
        /* The instruction runs again without a handler, and the fault ends the OS process. A signal sent by a process
         * has no instruction, so it is raised anew. */
        struct sigaction none = {.sa_handler = SIG_DFL};
        sigaction(number, &none, NULL);
        if (is_sent)
            raise(number);
        return;
    }
    block_for(before, number);
    if ((before->sa_flags & SA_SIGINFO) != 0)
        before->sa_sigaction(number, info, context);
    else
        before->sa_handler(number);
}

static void on_fault(int number, siginfo_t *info, void *context) {
    wp_fault_scope *scope = innermost;
    uintptr_t address = (uintptr_t)info->si_addr;
    if (info->si_code > 0 && scope != NULL && address - (uintptr_t)scope->base < scope->size) {
        scope->offset = address - (uintptr_t)scope->base;
        innermost = scope->outer;
        longjmp(scope->env, 1);
    }
    pass_on(number, info, context);
}

static bool install(void) {
    /* Not blocked while it runs: it ends by a jump, after which the next fault must arrive. */
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGSEGV, NULL, &before_segv) != 0 || sigaction(SIGBUS, NULL, &before_bus) != 0)
        return false;
    return sigaction(SIGSEGV, &ours, NULL) == 0 && sigaction(SIGBUS, &ours, NULL) == 0;
}

bool wp_fault_install(void) {
    int expected = NOT_INSTALLED;
    if (atomic_compare_exchange_strong(&state, &expected, INSTALLING))
        atomic_store(&state, install() ? INSTALLED : REFUSED);
    while ((expected = atomic_load(&state)) == INSTALLING) {
        /* Another thread is installing it. */
    }
    return expected == INSTALLED;
}

/* ---- Scopes --------------------------------------------------------------------------------------------------- */

static void provide_handler_stack(void) {
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) != 0) {
        stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
        sigaltstack(&stack, NULL);
    }
    has_handler_stack = true;
}

void wp_fault_enter(wp_fault_scope *scope, const uint8_t *base, uint64_t size) {
    if (!has_handler_stack)
        provide_handler_stack();
    scope->base = base;
    scope->size = size;
    scope->outer = innermost;
    innermost = scope;
}

void wp_fault_end(wp_fault_scope *scope) {
    innermost = scope->outer;
}

wp_fault_scope *wp_fault_suspend(void) {
    wp_fault_scope *scope = innermost;
    innermost = NULL;
    return scope;
}

void wp_fault_resume(wp_fault_scope *scope) {
    innermost = scope;
}
