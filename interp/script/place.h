/* place.h: a place where modules are instantiated: the plain store, a process of this OS process (local.c), or a
 * process that is an OS process of its own (remote.c). One interface for all three.
 *
 * Interface:
 * - place_ops: the operations of a place. session.c chooses the place.
 * - local_open, remote_open: make places; place_delete frees one.
 *
 * A place finds instances by the names that it keeps for itself; an absent name is the last one.
 */
#ifndef WP_SCRIPT_PLACE_H
#define WP_SCRIPT_PLACE_H

#include "script/names.h"
#include "script/options.h"

#include <sys/types.h>

/* A library that was published under a URI. */
typedef struct place_library {
    script_text uri;
    const uint8_t *bytes;
    size_t size;
    struct place_library *next; /* published after it */
} place_library;

/* Shared by all places of a session. */
typedef struct place_context {
    wp_engine *engine;
    script_options options;
    wp_allocator allocator;
    struct script_trace *trace;                /* NULL: off */
    names names;                               /* of instances, by place; of processes, definitions and libraries */
    place_library *libraries, *newest_library; /* in the order of publication */
    uint64_t *hits;                            /* of each rule in OS processes, as wp_rule_get counts them */
    wp_store *plain;                           /* holds references that stand for those of OS processes */
    wp_ref function;    /* a reference to some function, for those of OS processes; null until needed */
    uint64_t processes; /* created so far */
    bool mistaken;      /* a command named an unknown or unsuitable object */
} place_context;

/* The results of an action; items are in the caller's arena. */
typedef struct place_results {
    wp_value *items;
    size_t count;
} place_results;

/* The descriptor of a process. */
typedef struct place_desc {
    wp_valtype pointer;
    uint64_t pages, stack;
    bool limited;
    uint64_t limit; /* when limited */
    const script_entry *entries;
    size_t nentries;
} place_desc;

typedef struct script_place script_place;

/* Statuses are those of the functions of wasmproc.h that do the same. */
typedef struct place_ops {
    /* WP_REFUSED "process has ended", or WP_OK. */
    wp_status (*check_live)(script_place *p, wp_diag *diag);
    /* Instantiates a validated module, or loads it. It becomes the last instance, and has its name unless that is
     * absent. */
    wp_status (*module)(script_place *p, script_text name, wp_module *module, wp_diag *diag);
    /* The same, without a name. */
    wp_status (*check)(script_place *p, wp_module *module, wp_diag *diag);
    wp_status (*enregister)(script_place *p, script_text name, script_text as, wp_diag *diag);
    wp_status (*act)(script_place *p, const script_action *action, wp_arena *arena, place_results *out, wp_diag *diag);
    uint32_t (*exit_code)(const script_place *p); /* of the last exit */
    /* Of processes alone: */
    wp_status (*bind)(script_place *p, const script_entry *entries, size_t count, wp_diag *diag);
    wp_status (*unload)(script_place *p, script_text name, wp_diag *diag);
    wp_status (*end)(script_place *p, wp_diag *diag);
    wp_status (*mmap)(script_place *p, uint64_t hint, uint64_t length, uint64_t *address, wp_diag *diag);
    wp_status (*munmap)(script_place *p, uint64_t address, uint64_t length, bool *done, wp_diag *diag);
    wp_status (*discard)(script_place *p, uint64_t address, uint64_t length, bool *done, wp_diag *diag);
    wp_status (*read)(script_place *p, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag);
    wp_status (*write)(script_place *p, uint64_t address, const uint8_t *bytes, size_t size, wp_diag *diag);
    void (*dismiss)(script_place *p); /* NULL, or announces release, so that many OS processes can end at one time */
    void (*release)(script_place *p); /* frees all but the block of the script_place */
} place_ops;

struct script_place {
    const place_ops *ops;
    place_context *context;
    bool is_process;
    pid_t pid;          /* of the OS process that it is; 0: none of its own */
    size_t size;        /* in bytes, of the block that begins with this */
    script_place *next; /* for the owner */
};

/* A process of this OS process; desc NULL: the plain store. */
WP_MUST_CHECK wp_status local_open(place_context *x, const place_desc *desc, script_place **out, wp_diag *diag);
/* A process that is an OS process: the asking side of the driver protocol (harness/PROTOCOL.md, C). Errors are those of
 * the process, without their locations. When the OS process ends by itself, the command that it was to answer fails
 * with child_verdict's status, and every later one with "process has ended" (rule process.end). */
WP_MUST_CHECK wp_status remote_open(place_context *x, const place_desc *desc, script_place **out, wp_diag *diag);
/* NULL is allowed. */
void place_delete(script_place *p);

/* Allocates a place of `size` bytes, zeroed behind its head. NULL: out of memory. */
script_place *place_new(place_context *x, const place_ops *ops, size_t size, bool is_process);
/* Records a mistake in a command: "no WHAT NAME", and "no WHAT" for an absent name. WP_CRASH. */
wp_status place_missing(place_context *x, wp_diag *diag, const char *what, script_text name);
/* Records another mistake in a command. WP_CRASH. */
wp_status place_misfit(place_context *x, wp_diag *diag, const char *message);
/* Lets a name, unless it is absent, and "the last one" stand for an object. False: out of memory. */
WP_MUST_CHECK bool place_bind(place_context *x, const script_place *p, name_sort sort, script_text name, void *object);

#endif
