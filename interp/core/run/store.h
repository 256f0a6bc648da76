/* store.h: the store and its objects (specification, "Execution: Runtime Structure").
 *
 * Cells: values on the stack, in locals, globals and tables are cells of 64 bits. i32 and f32 are zero-extended bits,
 * v128 takes two cells (low half first), a reference takes one: 0 is null, an odd number is reserved for 31-bit
 * integers, anything else is the address of a wp_object.
 */
#ifndef WP_STORE_H
#define WP_STORE_H

#include "core/run/memory.h"
#include "core/module.h"

typedef enum wp_object_kind { WP_OBJ_FUNC, WP_OBJ_HOST } wp_object_kind;

/* The head of every object that a reference can point to. */
typedef struct wp_object {
    wp_object_kind kind;
} wp_object;

typedef struct wp_func {
    wp_object object;
    uint32_t type;             /* canonical */
    const wp_deftype *deftype; /* of that type */
    struct wp_store *store;
    struct wp_instance *instance; /* NULL for host functions */
    const wp_func_def *def;       /* NULL for host functions */
    wp_host_func callback;
    void *ctx;
    uint64_t slot; /* table index of the function, for the store's owner; 0: unknown */
} wp_func;

/* An external reference with a number (ref.extern N). */
typedef struct wp_host_object {
    wp_object object;
    uint64_t number;
    struct wp_host_object *next;
} wp_host_object;

/* References by index. */
typedef struct wp_table {
    uint64_t *refs; /* a cell each; 0 is null */
    uint64_t count;
    uint64_t capacity;
    wp_limits limits;
    wp_valtype element; /* canonical */
    struct wp_store *store;
    struct wp_table *next; /* in the store's list */
} wp_table;

typedef struct wp_global {
    uint64_t cells[2];
    wp_valtype type; /* canonical */
    bool is_mutable;
    struct wp_store *store;
} wp_global;

typedef struct wp_tag {
    uint32_t type; /* canonical */
    struct wp_store *store;
} wp_tag;

typedef struct wp_elem {
    uint64_t *refs;
    uint64_t count; /* 0 once dropped */
} wp_elem;

typedef struct wp_data {
    const uint8_t *bytes; /* in the module */
    uint64_t size;        /* 0 once dropped */
} wp_data;

struct wp_instance {
    struct wp_store *store;
    wp_module *module;          /* a reference; NULL once retired */
    struct wp_instance *next;   /* in the store's list */
    void *owner;                /* for the owner of the store; NULL unless set */
    struct wp_instance **place; /* the link in that list that points to this instance */
    wp_arena arena;             /* the arrays below, and the objects this instance defines */
    wp_func **funcs;
    wp_table **tables;
    wp_memory **memories;
    wp_global **globals;
    wp_tag **tags;
    wp_elem *elems;
    wp_data *datas;
};

/* One activation of a WebAssembly function. */
typedef struct wp_activation {
    const wp_func *func;
    const wp_instr *ip; /* where execution continues after a call */
    uint64_t *fp;       /* its first local */
} wp_activation;

/* A module name of imports. */
typedef struct wp_namespace {
    wp_link link;
    wp_instance *instance;     /* registered under the name, or NULL: its exports come first */
    struct wp_namespace *next; /* in the store's list */
} wp_namespace;

/* A host definition, in the scope of its namespace. */
typedef struct wp_definition {
    wp_link link;
    wp_extern value;
} wp_definition;

/* The rules of a store's owner: a layer above that makes the store for itself, and alone deletes it. */
typedef struct wp_store_hooks {
    /* Fails a use of the store after its owner has closed it. */
    wp_status (*refuse)(wp_store *store, wp_diag *diag);
    /* Fails a call during which the owner closed the store, so that its caller does not continue. */
    wp_status (*end_call)(wp_store *store, wp_diag *diag);
    /* Fails if imports under this module name are the owner's to define. */
    wp_status (*check_name)(wp_store *store, wp_bytes module, wp_diag *diag);
    /* Fails if only the owner may instantiate modules. */
    wp_status (*check_instantiate)(wp_store *store, wp_diag *diag);
    /* Observes the end of a wp_call that left the store open. */
    void (*call_ended)(wp_store *store, wp_status status);
} wp_store_hooks;

struct wp_store {
    wp_engine *engine;
    const wp_store_hooks *hooks; /* NULL: the store has no owner */
    void *owner;                 /* for the hooks */
    bool closed;                 /* by its owner: every new use of it fails */
    wp_arena arena;              /* host functions, host objects, globals made by the embedder, names */
    wp_instance *instances;
    wp_instance *retired; /* their code never runs again, but references to their objects remain */
    wp_memory *memories;  /* that own storage */
    wp_table *tables;
    wp_host_object *hosts;
    /* Resolution of imports. */
    wp_index namespaces;
    wp_index definitions;
    wp_namespace *all_namespaces;
    /* The executor's stacks: allocated at the first call, the size of the engine's limits at that time. */
    uint64_t *stack, *stack_end;
    wp_activation *frames, *frames_end;
    uint64_t *stack_top;             /* first free cell, for calls from host functions */
    wp_activation *frame_top;        /* first free frame */
    wp_activation *running;          /* the frame that is being run; of a store with a guarded memory */
    const struct wp_memory *guarded; /* its inaccessible pages fault (fault.h); NULL: none */
    uint32_t host_depth;             /* nested wp_call */
    uint64_t fuel;                   /* UINT64_MAX: unlimited */
    uint32_t exit_code;              /* of the last wp_store_exit */
    volatile int interrupted;        /* set by wp_store_interrupt; the type is sig_atomic_t's */
    wp_trace_func trace;
    void *trace_ctx;
};

/* Cells to values and back. cells has wp_cells(type) entries. */
wp_value wp_value_from_cells(wp_valtype type, const uint64_t *cells);
void wp_value_to_cells(wp_value value, uint64_t *cells);
/* The same for several values. */
void wp_values_to_cells(const wp_value *values, size_t count, uint64_t *cells);
void wp_cells_to_values(const wp_valtype *types, size_t count, const uint64_t *cells, wp_value *values);
/* True when a value has a type. A reference is judged by its object. */
bool wp_value_fits(const wp_store *store, const wp_value *value, wp_valtype type);

/* Instantiation in three steps, so that instances which import from each other can be made side by side.
 *
 * Prepare: makes an instance of a validated module, with the functions that it defines; these can be bound to from then
 * on. The caller owns it. */
WP_MUST_CHECK wp_status wp_instance_prepare(wp_store *store, wp_module *module, wp_instance **out, wp_diag *diag);
/* Complete (instantiate.c): places imports, in order of module->imports and already checked, and evaluates globals,
 * tables and segments. Runs no active segment and no start function. The store owns tables and memories, on failure
 * too: see wp_store_shorten. */
WP_MUST_CHECK wp_status wp_instance_complete(wp_instance *instance, const wp_extern *imports, wp_diag *diag);
/* Adopt: ownership moves to the store. */
void wp_instance_adopt(wp_instance *instance);
/* Drops the module of an instance that the store owns. Its functions, none of which may be running, become host
 * functions with this callback; they and all other objects live as long as the store. */
void wp_instance_retire(wp_instance *instance, wp_host_func callback);
/* Writes active element segments, in order: those for a table, or those for all others. */
WP_MUST_CHECK wp_status wp_instance_run_elems(wp_instance *instance, const wp_table *table, bool others, wp_diag *diag);
/* Writes active data segments, in order. */
WP_MUST_CHECK wp_status wp_instance_run_datas(wp_instance *instance, wp_diag *diag);
/* Frees an instance that nothing refers to: only before others have seen any of its objects. */
void wp_instance_discard(wp_instance *instance);
/* Resolves an import among definitions and registrations. *from, unless from is NULL, is the registered instance that
 * exports it, or NULL. False: "unknown import". */
bool wp_store_resolve(const wp_store *store, const wp_import *import, wp_extern *out, wp_instance **from);
/* Removes all registrations of an instance. */
void wp_store_unregister(wp_store *store, const wp_instance *instance);
/* True when an external value matches the type of a module's import. */
bool wp_import_matches(const wp_module *module, const wp_import *import, wp_extern value);
/* The store that an external value belongs to. */
struct wp_store *wp_extern_store(wp_extern value);
/* Creates a store with an owner and its hooks, both of which may be NULL; the owner deletes it by wp_store_destroy. */
WP_MUST_CHECK wp_status wp_store_create(wp_engine *engine, const wp_store_hooks *hooks, void *owner, wp_store **out,
                                        wp_diag *diag);
void wp_store_destroy(wp_store *store);
/* WP_OK, or why the store's owner has closed it. */
WP_MUST_CHECK wp_status wp_store_check_open(wp_store *store, wp_diag *diag);
/* Frees the stacks and the storage of memories and tables, but no object, so that handles stay valid. */
void wp_store_release(wp_store *store);
/* Rolls back: frees tables and memories made since these were the first in the store's lists. */
void wp_store_shorten(wp_store *store, const wp_table *tables, const wp_memory *memories);

/* ---- Tables (table.c) ----------------------------------------------------------------------------------------- */

/* A table of limits.min elements, each `init`, owned by the store. */
WP_MUST_CHECK wp_status wp_table_create(wp_store *store, wp_valtype element, wp_limits limits, uint64_t init,
                                        wp_table **out, wp_diag *diag);
void wp_table_release(wp_table *table);
/* Returns the old size, or UINT64_MAX and nothing has changed. */
uint64_t wp_table_grow(wp_table *table, uint64_t delta, uint64_t init);
wp_trap wp_table_get(const wp_table *table, uint64_t index, uint64_t *ref);
wp_trap wp_table_set(wp_table *table, uint64_t index, uint64_t ref);
wp_trap wp_table_fill(wp_table *table, uint64_t index, uint64_t ref, uint64_t count);
wp_trap wp_table_copy(wp_table *to, uint64_t to_index, wp_table *from, uint64_t from_index, uint64_t count);
/* refs holds `available` references; offset and count select from them (table.init). */
wp_trap wp_table_init(wp_table *table, uint64_t index, const uint64_t *refs, uint64_t available, uint64_t offset,
                      uint64_t count);

/* ---- Calls of host functions (host_call.c) --------------------------------------------------------------------- */

/* Calls a host function: cells to values, callback, values to cells. args and results may be the same cells. */
WP_MUST_CHECK wp_status wp_host_call(wp_store *store, const wp_func *func, const uint64_t *args, uint64_t *results,
                                     wp_diag *diag);

#endif
