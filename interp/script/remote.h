/* remote.h: a process that is an OS process of its own: the driver protocol (harness/PROTOCOL.md, C) from the side of
 * whoever asks.
 *
 * Interface:
 * - remote_new starts the OS process, and creates the process in it; remote_end, remote_delete.
 * - remote_module and so on do in it what the functions of session.h do in a process of this one.
 *
 * Errors are those of the process, without their places. When the OS process ends by itself, the command that it was to
 * answer fails with child_verdict's status, and every later one with "process has ended" (rule process.end).
 */
#ifndef WP_SCRIPT_REMOTE_H
#define WP_SCRIPT_REMOTE_H

#include "base/arena.h"
#include "script/runner.h"

#include <sys/types.h>

typedef struct remote remote;

/* What the commands of a session have in common. */
typedef struct remote_context {
    wp_engine *engine;
    const script_options *options;
    uint64_t *hits;   /* of each rule in any OS process, as wp_rule_get counts them */
    bool *mistaken;   /* set when a command names what does not exist, or does not fit */
    wp_store *store;  /* where references to functions and of the host are made that stand for those of processes */
    wp_ref *function; /* one to a function; null until it is needed */
} remote_context;

/* What an answer gave. */
typedef struct remote_values {
    wp_value *items; /* in the pool */
    size_t count;
} remote_values;

/* What a process is created from. */
typedef struct remote_desc {
    wp_valtype pointer;
    uint64_t pages, stack;
    const script_entry *entries;
    size_t nentries;
    uint64_t seed; /* where the options say aslr */
} remote_desc;

WP_MUST_CHECK wp_status remote_new(const remote_context *x, const remote_desc *desc, remote **out, wp_diag *diag);
/* Ends the process, and the OS process (rule process.end). */
WP_MUST_CHECK wp_status remote_end(remote *r, const remote_context *x, wp_diag *diag);
/* Tells it that it is about to be deleted, so that many can end at one time. */
void remote_dismiss(remote *r);
/* NULL is allowed. */
void remote_delete(remote *r);
/* The OS process. */
pid_t remote_pid(const remote *r);

/* WP_REFUSED "process has ended", or WP_OK. */
WP_MUST_CHECK wp_status remote_check_live(remote *r, const remote_context *x, wp_diag *diag);
/* Loads a validated module, as the last instance, and by a name that may be absent; or only to see whether it loads. */
WP_MUST_CHECK wp_status remote_module(remote *r, const remote_context *x, script_text name, const wp_module *module,
                                      wp_diag *diag);
WP_MUST_CHECK wp_status remote_check(remote *r, const remote_context *x, const wp_module *module, wp_diag *diag);
WP_MUST_CHECK wp_status remote_register(remote *r, const remote_context *x, script_text name, script_text as,
                                        wp_diag *diag);
WP_MUST_CHECK wp_status remote_invoke(remote *r, const remote_context *x, script_text instance, script_text field,
                                      const script_value *args, size_t nargs, wp_arena *pool, remote_values *out,
                                      wp_diag *diag);
WP_MUST_CHECK wp_status remote_get(remote *r, const remote_context *x, script_text instance, script_text field,
                                   wp_value *out, wp_diag *diag);
/* The code of the last exit. */
uint32_t remote_exit_code(const remote *r);

/* Publishes bytes under a URI. */
WP_MUST_CHECK wp_status remote_library(remote *r, const remote_context *x, script_text uri, const uint8_t *bytes,
                                       size_t size, wp_diag *diag);
WP_MUST_CHECK wp_status remote_bind(remote *r, const remote_context *x, const script_entry *entries, size_t count,
                                    wp_diag *diag);
WP_MUST_CHECK wp_status remote_unload(remote *r, const remote_context *x, script_text name, wp_diag *diag);

/* The platform API, and process memory. */
WP_MUST_CHECK wp_status remote_mmap(remote *r, const remote_context *x, uint64_t hint, uint64_t length,
                                    uint64_t *address, wp_diag *diag);
WP_MUST_CHECK wp_status remote_munmap(remote *r, const remote_context *x, uint64_t address, uint64_t length, bool *done,
                                      wp_diag *diag);
WP_MUST_CHECK wp_status remote_read(remote *r, const remote_context *x, uint64_t address, uint8_t *bytes, size_t size,
                                    wp_diag *diag);
WP_MUST_CHECK wp_status remote_write(remote *r, const remote_context *x, uint64_t address, const uint8_t *bytes,
                                     size_t size, wp_diag *diag);

#endif
