/* session.h: what commands act on: the plain store and the processes, which of them is current, and what has names.
 *
 * Interface:
 * - session_new, session_delete.
 * - session_module, session_define, session_instantiate, session_check, session_register: modules.
 * - session_invoke, session_get: actions.
 * - session_process, session_switch, session_end, session_place: processes (process model, section 9).
 * - session_mmap, session_munmap, session_read, session_write: what the embedder does with the current process.
 * - session_rule_hits, session_pid: what is known of processes.
 * - session_library, session_bind, session_unload: libraries (sections 5 and 6).
 *
 * Instances, registrations and the last instance belong to the place they were made in: a process, or the plain store.
 * Each has a spectest of its own. Definitions belong to none. A process that has ended keeps its names, but all they
 * give is the error "process has ended"; it stays current until another one is made so. A process can be an OS process
 * of its own (script_os): then all of this happens there, and values are copied by their bits.
 *
 * Names are as in script.h, absent when data is NULL. A command that names what does not exist fails with WP_CRASH, and
 * session_mistaken is then true: a mistake in the command, not a finding about a module.
 */
#ifndef WP_SCRIPT_SESSION_H
#define WP_SCRIPT_SESSION_H

#include "script/place.h"

typedef struct session session;

/* Of the options, those for script_run_files alone do not count; limits are for OS processes. They are copied; what
 * they point to stays the caller's. */
WP_MUST_CHECK wp_status session_new(wp_engine *engine, const script_options *options, session **out, wp_diag *diag);
/* NULL is allowed. */
void session_delete(session *s);

/* True when a function of this interface has failed, since this was last asked, because a name does not exist. */
bool session_mistaken(session *s);

/* Instantiates a validated module in the current place (in a process: loads it). It is then the last instance there,
 * and goes by its name, if it has one. The caller keeps its hold on the module. */
WP_MUST_CHECK wp_status session_module(session *s, script_text name, wp_module *module, wp_diag *diag);
/* Keeps a validated module as the last definition. Consumes the caller's reference, also on failure. */
WP_MUST_CHECK wp_status session_define(session *s, script_text name, wp_module *module, wp_diag *diag);
/* The definition of a name, or the last one; the session keeps its reference. */
WP_MUST_CHECK wp_status session_definition(session *s, script_text name, wp_module **out, wp_diag *diag);
/* Instantiates a definition, by its name or the last one. */
WP_MUST_CHECK wp_status session_instantiate(session *s, script_text name, script_text definition, wp_diag *diag);
/* Instantiates or loads a validated module, and gives it no name. Writes of its start stay. */
WP_MUST_CHECK wp_status session_check(session *s, wp_module *module, wp_diag *diag);
/* Makes the exports of an instance importable under a module name. */
WP_MUST_CHECK wp_status session_register(session *s, script_text name, script_text as, wp_diag *diag);

/* Calls an exported function of an instance (absent: the last one). The arguments must fit the parameters. */
WP_MUST_CHECK wp_status session_invoke(session *s, script_text instance, script_text field, const script_value *args,
                                       size_t nargs, wp_arena *arena, place_results *out, wp_diag *diag);
/* The value of an exported global. */
WP_MUST_CHECK wp_status session_get(session *s, script_text instance, script_text field, wp_value *out, wp_diag *diag);

/* The code of the last exit in the current place. */
uint32_t session_exit_code(const session *s);

/* Creates a process and makes it current. Its name may be that of another one, which can then not be named any more. */
WP_MUST_CHECK wp_status session_process(session *s, script_text name, const place_desc *desc, wp_diag *diag);
/* Makes a process current; an absent name: the plain store. */
WP_MUST_CHECK wp_status session_switch(session *s, script_text name, wp_diag *diag);
/* Ends a process; an absent name: the current one. */
WP_MUST_CHECK wp_status session_end(session *s, script_text name, wp_diag *diag);
/* Where commands act now: NULL in the plain store, else something that tells the current process, which may have ended,
 * from others. */
const void *session_place(const session *s);
/* The OS process that the current process is; 0: none of its own. */
pid_t session_pid(const session *s);

/* The platform API, and process memory, as wp_process_mmap and so on, in the current process. */
WP_MUST_CHECK wp_status session_mmap(session *s, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag);
WP_MUST_CHECK wp_status session_munmap(session *s, uint64_t address, uint64_t length, bool *done, wp_diag *diag);
/* At most WP_PAGE_SIZE bytes. */
WP_MUST_CHECK wp_status session_read(session *s, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag);
WP_MUST_CHECK wp_status session_write(session *s, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag);

/* How often rule i has fired: in the engine, and in the OS processes of this session. */
uint64_t session_rule_hits(const session *s, size_t i);
/* The part of these in OS processes. */
uint64_t session_remote_hits(const session *s, size_t i);

/* ---- Libraries ----------------------------------------------------------------------------------------------- */

/* Publishes bytes, which are copied, under a URI for all processes, in place of what was there. */
WP_MUST_CHECK wp_status session_library(session *s, script_text uri, const uint8_t *bytes, size_t size, wp_diag *diag);
/* Adds entries to the dictionary of the current process: all, or none. WP_REFUSED: also for a malformed digest. */
WP_MUST_CHECK wp_status session_bind(session *s, const script_entry *entries, size_t count, wp_diag *diag);
/* Unloads an instance of the current process, which loses its names. */
WP_MUST_CHECK wp_status session_unload(session *s, script_text name, wp_diag *diag);

#endif
