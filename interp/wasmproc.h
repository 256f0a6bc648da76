/* wasmproc.h: the public interface of the wasmproc reference interpreter.
 *
 * Interface:
 * - An engine holds the state that its modules and stores share: allocator, limits, canonical types.
 * - A module is decoded or parsed (malformed), then validated (invalid), then instantiated in a store.
 * - A store owns instances, functions, tables, memories, globals: they live until the store is deleted.
 * - A process (process model, label process-record) owns a store, an address space and a function table.
 *
 * Conventions:
 * - Every function that can fail returns a wp_status and describes the failure in a wp_diag. A diag may be
 *   NULL. The first error wins: nothing after it is reported.
 * - Out-parameters are written only on success, unless said otherwise.
 * - Strings from the caller are copied when they are kept. Strings returned live as long as their owner.
 * - Nothing here is thread-safe within one engine; two engines share nothing and may run on two threads.
 * - Sizes are in bytes unless the name or the comment says pages. A page is 65,536 bytes.
 */
#ifndef WASMPROC_H
#define WASMPROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WP_MUST_CHECK __attribute__((warn_unused_result))
#else
#define WP_MUST_CHECK
#endif

#define WP_PAGE_SIZE 65536u
/* Pages that addresses of 32 and 64 bits reach. */
#define WP_PAGES_32 (UINT64_C(1) << 16)
#define WP_PAGES_64 (UINT64_C(1) << 48)

/* ---- Errors ------------------------------------------------------------------------------------------ */

/* The phase in which an error arose: the outcomes that test scripts tell apart. */
typedef enum wp_status {
    WP_OK = 0,
    WP_MALFORMED,   /* decoding or parsing */
    WP_INVALID,     /* validation */
    WP_UNLINKABLE,  /* instantiation: an import is missing or does not match */
    WP_UNLOADABLE,  /* the process loader refused a module (rules load.*) */
    WP_REFUSED,     /* the platform refused a request (rules process.*, dict.*) */
    WP_TRAP,        /* execution trapped */
    WP_EXCEPTION,   /* an exception left the outermost call */
    WP_EXHAUSTION,  /* a declared limit was reached: call depth, stack, fuel, host memory */
    WP_EXIT,        /* the program ended itself (wp_store_exit); no error of the program */
    WP_UNSUPPORTED, /* a WebAssembly feature that this version refuses by name */
    WP_CRASH        /* cannot happen in valid code: a bug of the interpreter or of its caller */
} wp_status;

/* The name of a status: "malformed", "invalid", ... "ok". Static. */
const char *wp_status_name(wp_status status);

/* Where an error is. Binary sources have a byte offset, text sources line and column too (from 1; 0: none). */
typedef struct wp_location {
    size_t offset;
    uint32_t line;
    uint32_t column;
} wp_location;

/* A description of one error. Plain data: initialise with {0}, copy freely, nothing to release. */
typedef struct wp_diag {
    wp_status status;
    wp_location where;
    char message[256]; /* one sentence without a full stop, NUL-terminated; begins with the specification's text */
    char source[256]; /* the source that `where` refers to: the URI of a library, cut short if need be; "": the caller's
                       * module
                       */
} wp_diag;

/* ---- Engine ------------------------------------------------------------------------------------------ */

/* The caller's allocator. resize(ctx, NULL, 0, n) allocates, resize(ctx, p, n, 0) frees and returns NULL,
 * anything else resizes. It returns NULL when it can't, leaving the old block as it was. Blocks are aligned
 * for any scalar type. */
typedef struct wp_allocator {
    void *(*resize)(void *ctx, void *block, size_t old_size, size_t new_size);
    void *ctx;
} wp_allocator;

typedef struct wp_engine wp_engine;

/* Creates an engine. allocator NULL: the C library's. Returns NULL when out of memory. */
wp_engine *wp_engine_new(const wp_allocator *allocator);
/* Deletes it. All its modules, stores and processes must be gone. NULL is allowed. */
void wp_engine_delete(wp_engine *engine);

/* The limits of interp/core/limits.def, by position: name, value, unit and meaning. */
typedef struct wp_limit_info {
    const char *name;
    uint64_t value;
    const char *unit;
    const char *text;
} wp_limit_info;
size_t wp_limit_count(void);
/* Describes limit i < wp_limit_count(); the value is the engine's, or the default where engine is NULL. */
wp_limit_info wp_limit_get(const wp_engine *engine, size_t i);
/* Sets a limit by name. False: no such limit, or a value over the most that this build can hold. */
bool wp_limit_set(wp_engine *engine, const char *name, uint64_t value);

/* Frees a buffer that this library handed out (wp_module_encode, wp_module_print). */
void wp_buffer_free(wp_engine *engine, void *buffer, size_t size);

/* ---- Values ------------------------------------------------------------------------------------------ */

/* A value type, packed. Number and vector types and the shorthands for abstract references are below; types
 * with a type index are canonical: equal types of any modules of one engine are equal numbers. */
typedef uint32_t wp_valtype;

#define WP_T_NONE 0u /* no type; the bottom type inside validation */
#define WP_T_I32 1u
#define WP_T_I64 2u
#define WP_T_F32 3u
#define WP_T_F64 4u
#define WP_T_V128 5u
#define WP_T_REF 0x80000000u  /* set in every reference type */
#define WP_T_NULL 0x40000000u /* set when the reference may be null */
#define WP_T_FUNCREF (WP_T_REF | WP_T_NULL | 0u)
#define WP_T_EXTERNREF (WP_T_REF | WP_T_NULL | 1u)

/* Writes the text form of a type, "(ref null func)" as "funcref", NUL-terminated, at most size bytes. */
void wp_valtype_print(wp_valtype type, char *buffer, size_t size);

/* A reference. bits 0 is null; anything else is meaningful to the store that made it only. */
typedef struct wp_ref {
    uint64_t bits;
} wp_ref;

typedef struct wp_value {
    wp_valtype type;
    union {
        uint32_t i32;     /* also f32, as its IEEE 754 bits */
        uint64_t i64;     /* also f64, as its IEEE 754 bits */
        uint64_t v128[2]; /* lanes in little-endian order: [0] has bytes 0 to 7 */
        wp_ref ref;
    } of;
} wp_value;

typedef struct wp_store wp_store;

typedef enum wp_ref_kind { WP_REF_NULL, WP_REF_FUNC, WP_REF_HOST, WP_REF_OTHER } wp_ref_kind;
wp_ref_kind wp_ref_get_kind(wp_ref ref);
/* An external reference that carries a number, as scripts write (ref.extern N). Equal numbers give equal
 * references in one store. bits 0 in the result: out of memory. */
wp_ref wp_ref_host(wp_store *store, uint64_t number);
/* The number of a WP_REF_HOST reference; 0 for others. */
uint64_t wp_ref_host_number(wp_ref ref);

/* ---- Modules ----------------------------------------------------------------------------------------- */

typedef struct wp_module wp_module;

/* Decodes a binary module (specification, chapter "Binary Format"). The bytes are copied. */
WP_MUST_CHECK wp_status wp_module_decode(wp_engine *engine, const uint8_t *bytes, size_t size, wp_module **out,
                                         wp_diag *diag);
/* Parses a text module: "(module ...)" or bare fields (chapter "Text Format"). The text is copied. Besides
 * WP_MALFORMED: WP_INVALID for an annotation "@metadata.code.branch_hint" of an instruction that takes none. */
WP_MUST_CHECK wp_status wp_module_parse(wp_engine *engine, const char *text, size_t size, wp_module **out,
                                        wp_diag *diag);
/* Validates (chapter "Validation"). Doing it twice is harmless. Instantiation requires it. */
WP_MUST_CHECK wp_status wp_module_validate(wp_module *module, wp_diag *diag);
/* Writes the binary form; release *bytes with wp_buffer_free. */
WP_MUST_CHECK wp_status wp_module_encode(const wp_module *module, uint8_t **bytes, size_t *size, wp_diag *diag);
/* Writes the text form, NUL-terminated (size does not count the NUL; free size + 1). */
WP_MUST_CHECK wp_status wp_module_print(const wp_module *module, char **text, size_t *size, wp_diag *diag);
/* The $id that the text gave the module, without the dollar sign; NULL if none. Messages and maps use it. */
const char *wp_module_id(const wp_module *module);
/* Renames it, up to a NUL; its text form keeps the $id. The caller's reference must be the only one. False: out of
 * memory. */
bool wp_module_set_id(wp_module *module, const char *id, size_t size);
/* Drops the caller's reference. Instances keep their module alive. NULL is allowed. */
void wp_module_delete(wp_module *module);

/* ---- Text sources ------------------------------------------------------------------------------------ */

/* A source text read token by token, for parsers of script languages around modules. */
typedef struct wp_text wp_text;

typedef enum wp_token_kind {
    WP_TOK_EOF,
    WP_TOK_LPAR,
    WP_TOK_RPAR,
    WP_TOK_ANNOT,   /* "(@id": the start of an annotation; text is the id without "(@" */
    WP_TOK_KEYWORD, /* begins with a lower-case letter */
    WP_TOK_NUMBER,  /* integer or float literal, also "nan:0x1", "inf" with or without sign */
    WP_TOK_STRING,  /* text is the literal with its quotes; see wp_text_string */
    WP_TOK_ID       /* text is the identifier with its dollar sign, unescaped when quoted */
} wp_token_kind;

typedef struct wp_token {
    wp_token_kind kind;
    const char *text; /* not NUL-terminated; lives as long as the source */
    size_t size;
    wp_location where;
} wp_token;

/* Opens a source; the text is copied. */
WP_MUST_CHECK wp_status wp_text_open(wp_engine *engine, const char *text, size_t size, wp_text **out, wp_diag *diag);
void wp_text_close(wp_text *text);
/* Looks at the token `ahead` (0 or 1) places on, without consuming it. Malformed: an illegal character, an unclosed
 * comment or string, ... . Annotations are reported as tokens; comments never. */
WP_MUST_CHECK wp_status wp_text_peek(wp_text *text, unsigned ahead, wp_token *out, wp_diag *diag);
/* Consumes and returns the next token. */
WP_MUST_CHECK wp_status wp_text_next(wp_text *text, wp_token *out, wp_diag *diag);
/* Skips one token, or a whole parenthesised expression or annotation. */
WP_MUST_CHECK wp_status wp_text_skip(wp_text *text, wp_diag *diag);
/* Goes back (or on) to a token's start, as its where.offset gave it. */
void wp_text_seek(wp_text *text, size_t offset);
/* Line and column of an offset. */
wp_location wp_text_locate(const wp_text *text, size_t offset);
/* The bytes that a WP_TOK_STRING token denotes. They live as long as the source. */
WP_MUST_CHECK wp_status wp_text_string(wp_text *text, const wp_token *token, const uint8_t **bytes, size_t *size,
                                       wp_diag *diag);
/* Reads a number token as i32, i64, f32 or f64 (NaN payloads included). */
WP_MUST_CHECK wp_status wp_text_number(wp_text *text, const wp_token *token, wp_valtype type, wp_value *out,
                                       wp_diag *diag);
/* Parses the module at the next token, "(module $id? field*)", and consumes it. When it fails the position
 * is unspecified: seek. */
WP_MUST_CHECK wp_status wp_text_module(wp_text *text, wp_module **out, wp_diag *diag);
/* The same when "(module" and $id have been consumed: parses field* up to, but not including, the ")" that closes. */
WP_MUST_CHECK wp_status wp_text_module_fields(wp_text *text, wp_module **out, wp_diag *diag);

/* ---- Stores ------------------------------------------------------------------------------------------ */

typedef struct wp_instance wp_instance;

WP_MUST_CHECK wp_status wp_store_new(wp_engine *engine, wp_store **out, wp_diag *diag);
/* Deletes the store and all it owns. Stores of processes are deleted with their process, never by this. */
void wp_store_delete(wp_store *store);

typedef enum wp_extern_kind {
    WP_EXTERN_FUNC,
    WP_EXTERN_TABLE,
    WP_EXTERN_MEMORY,
    WP_EXTERN_GLOBAL,
    WP_EXTERN_TAG
} wp_extern_kind;

/* One import of a module, decoded or parsed. The names live as long as the module, and are not NUL-terminated. */
typedef struct wp_import_info {
    const char *module;
    size_t module_size;
    const char *name;
    size_t name_size;
    wp_extern_kind kind;
} wp_import_info;
size_t wp_module_import_count(const wp_module *module);
/* Describes import i < wp_module_import_count(module). */
wp_import_info wp_module_import(const wp_module *module, size_t i);

/* The type of a function; pointers live as long as the engine. */
typedef struct wp_functype {
    const wp_valtype *params;
    size_t nparams;
    const wp_valtype *results;
    size_t nresults;
} wp_functype;
/* The type of import i of a validated module, where that is a function. */
wp_functype wp_module_import_type(const wp_module *module, size_t i);

/* An external value: something that instances export and import. Owned by its store. */
typedef struct wp_extern {
    wp_extern_kind kind;
    void *object; /* opaque */
} wp_extern;

typedef struct wp_limits {
    uint64_t min;
    uint64_t max; /* meaningful when has_max */
    bool has_max;
    bool is64; /* address type i64 */
} wp_limits;

/* A host function. args and results are in declaration order and of the declared types; results are
 * preset to zero and null. It returns WP_OK, or WP_TRAP, WP_EXHAUSTION or WP_EXIT with diag filled in. It may call
 * back with wp_call; it must not keep pointers into memories over such a call (rule access.host). Where the process has
 * ended in such a call, WP_OK does not let the caller continue. */
typedef wp_status (*wp_host_func)(void *ctx, wp_store *store, const wp_value *args, wp_value *results, wp_diag *diag);

WP_MUST_CHECK wp_status wp_func_new(wp_store *store, const wp_valtype *params, size_t nparams,
                                    const wp_valtype *results, size_t nresults, wp_host_func callback, void *ctx,
                                    wp_extern *out, wp_diag *diag);
/* Limits whose min is over their max, an element type that has no null, a value that does not have its type: WP_CRASH,
 * as a bug of the caller. */
WP_MUST_CHECK wp_status wp_table_new(wp_store *store, wp_valtype element, wp_limits limits, wp_extern *out,
                                     wp_diag *diag);
/* limits in pages. */
WP_MUST_CHECK wp_status wp_memory_new(wp_store *store, wp_limits limits, wp_extern *out, wp_diag *diag);
WP_MUST_CHECK wp_status wp_global_new(wp_store *store, bool is_mutable, wp_value value, wp_extern *out, wp_diag *diag);

/* Makes a host definition importable as module.name in this store. An earlier one of that name is replaced. */
WP_MUST_CHECK wp_status wp_store_define(wp_store *store, const char *module, size_t module_size, const char *name,
                                        size_t name_size, wp_extern value, wp_diag *diag);
/* Makes all exports of an instance importable under a module name, as a script's `register` does. An
 * earlier registration of that name is replaced; host definitions of that module name remain behind it. */
WP_MUST_CHECK wp_status wp_store_register(wp_store *store, const char *name, size_t size, wp_instance *instance,
                                          wp_diag *diag);
/* Instantiates a validated module, imports resolved by name among definitions and registrations (chapter
 * "Execution", section "Modules"). Runs the start function. On a trap in the start function or in an active segment
 * earlier writes stay, as the specification requires. */
WP_MUST_CHECK wp_status wp_instantiate(wp_store *store, wp_module *module, wp_instance **out, wp_diag *diag);
/* Finds an export. False: no such name. */
bool wp_instance_export(const wp_instance *instance, const char *name, size_t size, wp_extern *out);

wp_functype wp_func_type(wp_extern func);
/* Calls a function. args must have the types of its parameters (checked: WP_CRASH "argument ..."). results
 * has room for all results. */
WP_MUST_CHECK wp_status wp_call(wp_store *store, wp_extern func, const wp_value *args, size_t nargs, wp_value *results,
                                size_t nresults, wp_diag *diag);
wp_value wp_global_value(wp_extern global);
/* Size of a memory in pages. */
uint64_t wp_memory_pages(wp_extern memory);
/* True when every byte of a range is accessible: then reads and writes of it fail only where the host is out of memory.
 * A range of size 0 needs an address that is at most the memory's size. */
bool wp_memory_accessible(wp_extern memory, uint64_t address, uint64_t size);
/* Copies bytes out of or into a memory; all or nothing (rule access.host). */
WP_MUST_CHECK wp_status wp_memory_read(wp_extern memory, uint64_t address, uint8_t *bytes, size_t size, wp_diag *diag);
WP_MUST_CHECK wp_status wp_memory_write(wp_extern memory, uint64_t address, const uint8_t *bytes, size_t size,
                                        wp_diag *diag);

/* Fuel: one unit per function call and per branch back to a loop. UINT64_MAX (the default): without end. Running out is
 * WP_EXHAUSTION "fuel exhausted". */
void wp_store_set_fuel(wp_store *store, uint64_t fuel);
uint64_t wp_store_fuel(const wp_store *store);
/* The result of a host function by which the program ends itself: WP_EXIT, which then ends every call up to the
 * embedder's. */
wp_status wp_store_exit(wp_store *store, uint32_t code, wp_diag *diag);
/* The code of the last exit. */
uint32_t wp_store_exit_code(const wp_store *store);
/* Asks the running call to stop soon with WP_EXHAUSTION "interrupted". Safe in a signal handler. */
void wp_store_interrupt(wp_store *store);

/* Tracing: called before each instruction. line is a rendering of the instruction and the top of the stack,
 * NUL-terminated. */
typedef void (*wp_trace_func)(void *ctx, const char *line);
void wp_store_set_trace(wp_store *store, wp_trace_func trace, void *ctx);

/* ---- Processes --------------------------------------------------------------------------------------- */

typedef struct wp_process wp_process;

typedef enum wp_backend {
    WP_BACKEND_SPARSE, /* storage for the pages that are used: any extent */
    WP_BACKEND_NATIVE  /* a range of host addresses: accesses at full speed, extents that the host can reserve */
} wp_backend;

/* Takes more bytes of a library, in order. */
typedef wp_status (*wp_sink_func)(void *sink_ctx, const uint8_t *bytes, size_t size);
/* Passes the bytes of the library at a URI, which is not NUL-terminated, to a sink, and returns the sink's failures.
 * Without such a library it returns WP_REFUSED with the reason in diag; WP_UNSUPPORTED and WP_EXHAUSTION are kept, any
 * other status counts as WP_REFUSED. It must not load into the process, unload from it, or end it. */
typedef wp_status (*wp_fetch_func)(void *ctx, const char *uri, size_t uri_size, wp_sink_func sink, void *sink_ctx,
                                   wp_diag *diag);

/* The descriptor of a process (rule process.create). wp_process_bind adds entries of its dictionary. */
typedef struct wp_process_desc {
    wp_valtype pointer; /* WP_T_I32 or WP_T_I64: the pointer type P */
    uint64_t pages;     /* extent in pages: 2 to 2^16 (i32) or 2^48 (i64) */
    uint64_t stack;     /* stack size in pages; 0: none */
    bool limited;   /* at most `limit` pages are accessible at once (rule process.limit); else as many as there are */
    uint64_t limit; /* when limited. The engine's limit process_pages is an upper bound for all of its processes */
    wp_backend backend;
    wp_fetch_func fetch; /* the source of libraries; NULL: none */
    void *fetch_ctx;
    bool aslr;     /* the platform chooses places at random, by the seed alone; else the lowest */
    uint64_t seed; /* when aslr */
} wp_process_desc;

/* Creates a process, or refuses with WP_REFUSED and leaves nothing behind. */
WP_MUST_CHECK wp_status wp_process_new(wp_engine *engine, const wp_process_desc *desc, wp_process **out, wp_diag *diag);
/* Ends it (rule process.end): all it has is freed, and every later use of it or of its instances through these
 * functions fails with "process has ended". WP_REFUSED if it has ended already, or while a call into it or a load is
 * running. */
WP_MUST_CHECK wp_status wp_process_end(wp_process *process, wp_diag *diag);
/* Ends it if it has not ended, and frees the handle. NULL is allowed. */
void wp_process_delete(wp_process *process);
/* True once ended. */
bool wp_process_ended(const wp_process *process);
/* Its store: for registrations, host definitions and calls. NULL once the process has ended. */
wp_store *wp_process_store(wp_process *process);
/* Its address space as a memory, env.memory of its modules. False once the process has ended. */
bool wp_process_memory(wp_process *process, wp_extern *out);

#define WP_DIGEST_SIZE 32u /* of SHA-256, in bytes */

/* Adds an entry to the dictionary (rules dict.*): binds the name of a library to a URI in this process. digest: the
 * SHA-256 digest that the library's bytes must have, WP_DIGEST_SIZE bytes; NULL: any. WP_REFUSED "already bound". */
WP_MUST_CHECK wp_status wp_process_bind(wp_process *process, const char *name, size_t name_size, const char *uri,
                                        size_t uri_size, const uint8_t *digest, wp_diag *diag);

/* An entry of a dictionary, as above. */
typedef struct wp_entry_desc {
    const char *name;
    size_t name_size;
    const char *uri;
    size_t uri_size;
    const uint8_t *digest;
} wp_entry_desc;
/* The same for several entries: all of them, or none. */
WP_MUST_CHECK wp_status wp_process_bind_all(wp_process *process, const wp_entry_desc *entries, size_t count,
                                            wp_diag *diag);

/* Loads a validated module, and the libraries that it needs, through the loader (rules load.*). WP_UNLOADABLE: the
 * module or a library was refused, or its start function, relocation code or constructor trapped. Then no library is
 * left that came since the load began, even if a host function loaded it (rule load.ctor-trap). WP_EXHAUSTION, WP_EXIT:
 * the way that code ended. The caller owns one load of the instance, and may undo it by wp_process_unload. */
WP_MUST_CHECK wp_status wp_process_load(wp_process *process, wp_module *module, wp_instance **out, wp_diag *diag);
/* The same for the library of a name in the dictionary. A loaded library is not loaded again (rule load.identity), but
 * has one more load to be undone. */
WP_MUST_CHECK wp_status wp_process_load_library(wp_process *process, const char *name, size_t size, wp_instance **out,
                                                wp_diag *diag);
/* Undoes one load of an instance. When neither the embedder nor modules have one left, and no other library needs
 * it, it is unloaded, and so are the libraries that it alone needed; if its code is running then, this happens when the
 * outermost call into the process returns. Instances of unloaded libraries must not be used again, and calls of their
 * functions trap (rule load.unload). WP_REFUSED "library not open": the embedder has no load of it left. */
WP_MUST_CHECK wp_status wp_process_unload(wp_process *process, wp_instance *instance, wp_diag *diag);
/* The value of GOT.mem or GOT.func for an export of an instance: the address of a datum, or the table index of a
 * function (rule load.got). WP_REFUSED "unresolved symbol", "incompatible import type" or "reservation failed". */
WP_MUST_CHECK wp_status wp_process_symbol(wp_process *process, wp_instance *instance, const char *name, size_t size,
                                          uint64_t *address, wp_diag *diag);

typedef enum wp_page_state {
    WP_PAGE_FREE,
    WP_PAGE_MAPPED,   /* by mmap */
    WP_PAGE_RESERVED, /* by the loader */
    WP_PAGE_GUARD,    /* reserved and inaccessible */
    WP_PAGE_PROTECTED /* page 0 */
} wp_page_state;

/* A run of pages with the same state and owner. */
typedef struct wp_range_info {
    uint64_t first; /* pages */
    uint64_t count;
    wp_page_state state;
    /* Of reserved and guard pages: "stack", or a library's URI, its module's $id without the dollar sign, or "module";
     * else
     * "". Not NUL-terminated; lives as long as the library is loaded. */
    const char *owner;
    size_t owner_size;
} wp_range_info;
/* Describes the range that contains a page. To visit all: begin at 0, continue at first + count. WP_REFUSED for a page
 * that is not in the address space. A process that ended while its code ran, by process.exit for example, keeps its map
 * until its next use. */
WP_MUST_CHECK wp_status wp_process_range(wp_process *process, uint64_t page, wp_range_info *out, wp_diag *diag);

/* The platform API, called by the embedder (rules mmap.*, munmap.*, discard.*). Failure is in the result; the only
 * error status is WP_REFUSED "process has ended". */
WP_MUST_CHECK wp_status wp_process_mmap(wp_process *process, uint64_t hint, uint64_t length, uint64_t *address,
                                        wp_diag *diag);
WP_MUST_CHECK wp_status wp_process_munmap(wp_process *process, uint64_t address, uint64_t length, bool *done,
                                          wp_diag *diag);
WP_MUST_CHECK wp_status wp_process_discard(wp_process *process, uint64_t address, uint64_t length, bool *done,
                                           wp_diag *diag);
/* Reads and writes process memory as a host function would (rule access.host): all or nothing, WP_TRAP if any
 * byte is inaccessible. */
WP_MUST_CHECK wp_status wp_process_read(wp_process *process, uint64_t address, uint8_t *bytes, size_t size,
                                        wp_diag *diag);
WP_MUST_CHECK wp_status wp_process_write(wp_process *process, uint64_t address, const uint8_t *bytes, size_t size,
                                         wp_diag *diag);

/* ---- Tables of the interpreter ------------------------------------------------------------------------- */

typedef struct wp_instr_info {
    const char *mnemonic;
    uint32_t prefix;       /* 0, 0xFB, 0xFC or 0xFD */
    uint32_t code;         /* the opcode, after the prefix if there is one */
    const char *immediate; /* name of the immediate kind in instr.def */
    const char *signature; /* as in instr.def */
    const char *feature;   /* name in feature.def */
    bool supported;
} wp_instr_info;
size_t wp_instr_count(void);
wp_instr_info wp_instr_get(size_t i);

typedef struct wp_feature_info {
    const char *name;
    const char *text;
    bool supported;
} wp_feature_info;
size_t wp_feature_count(void);
wp_feature_info wp_feature_get(size_t i);

typedef struct wp_rule_info {
    const char *id;      /* "mmap.hint.free" */
    const char *chapter; /* label of the specification's chapter that states it: "platform" */
} wp_rule_info;
size_t wp_rule_count(void);
wp_rule_info wp_rule_get(size_t i);
/* True when this build counts rules. */
bool wp_rules_enabled(void);
/* How often rule i has fired in this engine; 0 when the build does not count. */
uint64_t wp_rule_hits(const wp_engine *engine, size_t i);

/* ---- Coverage of WebAssembly code ------------------------------------------------------------------------- */

/* From now on counts, in this engine, executed instructions of the modules that are instantiated later. These modules
 * are kept until the engine is deleted. It costs nothing while it is off. */
void wp_coverage_start(wp_engine *engine);
/* The modules that are counted, in the order of their first instantiation. */
size_t wp_coverage_count(const wp_engine *engine);
const wp_module *wp_coverage_module(const wp_engine *engine, size_t i);

/* Sets the origin of a module, for wp_module_describe: the name of the source, and where the module begins in it if its
 * own locations do not refer to it. The name is copied. The default for a library that the loader has fetched is its
 * URI. */
WP_MUST_CHECK wp_status wp_module_set_source(wp_module *module, const char *name, size_t size, wp_location where,
                                             wp_diag *diag);

typedef struct wp_module_info {
    const char *source;   /* NULL: unknown */
    wp_location where;    /* line 0: locations are places in the source */
    bool is_text;         /* locations have lines and columns; else byte offsets */
    const uint8_t *bytes; /* binary: the source, which lives as long as the module */
    size_t size;
    size_t code_offset; /* binary: where the contents of the code section begin; 0: none */
    size_t nfuncs;      /* that the module defines */
} wp_module_info;
wp_module_info wp_module_describe(const wp_module *module);
/* The contents of the first custom section of a name; they live as long as the module. False: absent. */
bool wp_module_custom(const wp_module *module, const char *name, const uint8_t **bytes, size_t *size);

/* A function that a module defines. */
typedef struct wp_func_info {
    const char *name; /* of a module that is counted: its $id without the dollar sign, or its name in the section
                         "name", or that of an export; not NUL-terminated; lives as long as the module */
    size_t name_size; /* 0: it has no name */
    uint32_t index;   /* among all functions, imports first */
    wp_location where;
    uint64_t calls;
    size_t ninstrs; /* at least 1: its end */
} wp_func_info;
/* Describes function i < nfuncs. */
wp_func_info wp_module_func(const wp_module *module, size_t i);

/* An instruction of a function. */
typedef struct wp_code_info {
    const char *mnemonic;
    wp_location where;
    bool is_delimiter; /* `else` or `end`, which are not instructions */
    uint64_t count;    /* how often it was reached, also where it trapped then */
    size_t noutcomes;  /* 0: not a branch. if: then, else. br_if, br_on_*: taken, not taken. br_table: each label, the
                      default last */
} wp_code_info;
/* Describes instruction i < ninstrs of a function. */
wp_code_info wp_module_instr(const wp_module *module, size_t func, size_t i);
/* How often a branch had an outcome. */
uint64_t wp_module_outcome(const wp_module *module, size_t func, size_t i, size_t outcome);

/* ---- Classes of operands ---------------------------------------------------------------------------------- */

#define WP_OPERANDS_MAX 3u /* no instruction whose operands are classified has more */

/* A class of operands (interp/coverage/operand.def). */
typedef struct wp_operand_info {
    char type; /* i I f F v a: i32 i64 f32 f64 v128, an address */
    const char *name;
} wp_operand_info;
size_t wp_operand_class_count(void);
wp_operand_info wp_operand_class(size_t i);
/* Counts of executions of each instruction by classes of operands, for any number of engines. */
typedef struct wp_operands wp_operands;
/* NULL: out of memory, or this build does not count (wp_rules_enabled). allocator NULL: the C library's. */
wp_operands *wp_operands_new(const wp_allocator *allocator);
/* NULL is allowed. No engine that counts may run code afterwards. */
void wp_operands_delete(wp_operands *counts);
/* From now on counts what this engine executes. */
void wp_operands_start(wp_engine *engine, wp_operands *counts);
/* How often instruction i, as wp_instr_get counts them, has run. */
uint64_t wp_instr_executed(const wp_operands *counts, size_t i);
/* How often operand number `operand` of instruction i, from 0, was of class `kind`. Operands that depend on the context
 * ("*" in the signature) are not classified. */
uint64_t wp_instr_operands(const wp_operands *counts, size_t i, size_t operand, size_t kind);

/* ---- Texts and versions ----------------------------------------------------------------------------------- */

/* The texts of traps, as wp_diag messages begin with them. Static. */
size_t wp_trap_count(void);
const char *wp_trap_get(size_t i);

/* The version, "0.1.0". Static. */
const char *wp_version(void);

#ifdef __cplusplus
}
#endif
#endif
