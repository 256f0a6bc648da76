/* session.h: the objects of a script's commands: the plain store, processes, the current one of them, and names.
 *
 * Interface:
 * - session_new, session_delete.
 * - session_define, session_definition: modules.
 * - session_current, session_current_process: the place where commands act; place_ops are its operations.
 * - session_process, session_switch, session_end: processes.
 * - session_library: libraries.
 * - session_rule_hits, session_remote_hits: rules that fired.
 *
 * Instances, registrations and the last instance belong to the place they were made in: a process, or the plain store.
 * Each has a spectest of its own. Definitions belong to none. A process that has ended keeps its names, but using them
 * fails with "process has ended"; it stays current until another one becomes current. A process can be an OS process of
 * its own (script_os): then all of this happens there, and values are copied by their bits.
 *
 * Names are as in script.h, absent when data is NULL. A command that names an unknown object fails with WP_CRASH, and
 * session_mistaken is then true: a mistake in the command, not a finding about a module.
 */
#ifndef WP_SCRIPT_SESSION_H
#define WP_SCRIPT_SESSION_H

#include "script/place.h"

typedef struct session session;

/* The options for script_run_files alone are ignored; limits are for OS processes. The struct is copied; the caller
 * keeps the objects that it points to. */
WP_MUST_CHECK wp_status session_new(wp_engine *engine, const script_options *options, session **out, wp_diag *diag);
/* NULL is allowed. */
void session_delete(session *s);

/* True when a function of this interface has failed, since this was last asked, because a name does not exist. */
bool session_mistaken(session *s);

/* Keeps a validated module as the last definition. Consumes the caller's reference, also on failure. */
WP_MUST_CHECK wp_status session_define(session *s, script_text name, wp_module *module, wp_diag *diag);
/* The definition of a name, or the last one; the session keeps its reference. */
WP_MUST_CHECK wp_status session_definition(session *s, script_text name, wp_module **out, wp_diag *diag);

/* The place where commands act: a process, which may have ended, or the plain store. */
script_place *session_current(const session *s);
/* The same; it must be a process. */
WP_MUST_CHECK wp_status session_current_process(session *s, script_place **out, wp_diag *diag);
/* Creates a process and makes it current. Its name may be that of another one, which can then not be named any more. */
WP_MUST_CHECK wp_status session_process(session *s, script_text name, const place_desc *desc, wp_diag *diag);
/* Makes a process current; an absent name: the plain store. */
WP_MUST_CHECK wp_status session_switch(session *s, script_text name, wp_diag *diag);
/* Ends a process; an absent name: the current one. */
WP_MUST_CHECK wp_status session_end(session *s, script_text name, wp_diag *diag);

/* How often rule i has fired: in the engine, and in the OS processes of this session. */
uint64_t session_rule_hits(const session *s, size_t i);
/* The part of these in OS processes. */
uint64_t session_remote_hits(const session *s, size_t i);

/* Publishes bytes, which are copied, under a URI for all processes, in place of earlier bytes. */
WP_MUST_CHECK wp_status session_library(session *s, script_text uri, const uint8_t *bytes, size_t size, wp_diag *diag);

#endif
