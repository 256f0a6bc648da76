/* loop.c: the interpreter loop (specification, "Execution: Instructions"); see loop.h.
 *
 * - The loop goes over the decoded instructions in place, with the side table of branches that validation left and the
 *   choice of code that lowering made: no search for labels, and no C recursion for WebAssembly calls.
 * - Cases are in the order of the specification's chapters. Rows of instr.def that say UNARY, BINARY, LOAD, STORE or
 *   CONST get theirs from the table; the numeric functions are in num_int.h and num_float.h, the bytes of memories in
 *   memory.c. CONTROL rows have a case each.
 */
#include "core/exec/loop.h"

#include "core/exec/num_float.h"
#include "core/exec/num_int.h"
#include "core/exec/xop.h"

#include <stdatomic.h>
#include <string.h>

/* Memory 0, which the fast path accesses; NULL if the module has none. */
static inline wp_memory *loop_memory(const wp_instance *instance) {
    return instance->module->nmemories != 0 ? instance->memories[0] : NULL;
}

/* Finds the function of an indirect call. */
static wp_trap loop_callee(const wp_instance *instance, const wp_instr *ip, uint64_t index, const wp_func **out) {
    const wp_table *table = instance->tables[ip->y];
    if (index >= table->count)
        return WP_TRAP_undefined_element;
    const wp_func *func = (const wp_func *)(uintptr_t)table->refs[index];
    if (func == NULL)
        return WP_TRAP_uninitialized_element;
    if (func->type != ip->side && !wp_match_deftype(instance->store->engine->types, func->type, ip->side))
        return WP_TRAP_indirect_type;
    *out = func;
    return WP_TRAP_none;
}

/* Truncates the result of a grow to the index type: UINT64_MAX becomes -1. */
static uint64_t loop_grown(uint64_t result, bool is64) {
    return is64 ? result : (uint32_t)result;
}

/* ---- Steps of a case ------------------------------------------------------------------------------------------ */

#define DISPATCH() goto *dispatch[ip->xop]
#define NEXT()                                                                                                         \
    do {                                                                                                               \
        ip++;                                                                                                          \
        DISPATCH();                                                                                                    \
    } while (0)
#define TRAP_IF(condition, reason)                                                                                     \
    do {                                                                                                               \
        if (WP_UNLIKELY(condition)) {                                                                                  \
            trap = WP_TRAP_##reason;                                                                                   \
            goto do_trap;                                                                                              \
        }                                                                                                              \
    } while (0)
#define CHECK(expression)                                                                                              \
    do {                                                                                                               \
        trap = (expression);                                                                                           \
        if (WP_UNLIKELY(trap != WP_TRAP_none))                                                                         \
            goto do_trap;                                                                                              \
    } while (0)
#define TAKE_FUEL()                                                                                                    \
    do {                                                                                                               \
        if (WP_UNLIKELY(slice == 0) && (slice = wp_fuel_take(store)) == 0)                                             \
            goto do_out_of_fuel;                                                                                       \
        slice--;                                                                                                       \
    } while (0)

/* The entry of the side table by which the instruction branches; NULL: none. */
#define TAKEN(id) wp_branch_taken(WP_OP_##id, branches, frame->func->def->code.pool, ip, sp)
/* Branches forward without values to carry. */
#define GO_PLAIN(entry)                                                                                                \
    do {                                                                                                               \
        branch = (entry);                                                                                              \
        sp = fp + branch->height;                                                                                      \
        ip = instrs + branch->target;                                                                                  \
        DISPATCH();                                                                                                    \
    } while (0)
#define GO(entry)                                                                                                      \
    do {                                                                                                               \
        branch = (entry);                                                                                              \
        goto do_branch;                                                                                                \
    } while (0)
/* Makes a function the one that runs. */
#define RUN_CODE(func_)                                                                                                \
    do {                                                                                                               \
        instrs = (func_)->def->code.instrs;                                                                            \
        branches = (func_)->def->code.branches;                                                                        \
        if ((func_)->instance != instance) {                                                                           \
            instance = (func_)->instance;                                                                              \
            memory = loop_memory(instance);                                                                            \
        }                                                                                                              \
    } while (0)

/* In builds that count rules: an access over a page boundary of a process's memory (rule access.straddle). */
#ifdef WP_RULES
#define NOTE_ACCESS(memory, address, size)                                                                             \
    do {                                                                                                               \
        if ((memory)->backing != NULL && (address) % WP_PAGE_SIZE + (size) > WP_PAGE_SIZE)                             \
            RULE(store->engine, access_straddle);                                                                      \
    } while (0)
#else
#define NOTE_ACCESS(memory, address, size) ((void)0)
#endif
/* Before an access that may fault: saves ip, which exec.c reports. The fence keeps the compiler from moving the store
 * past the access. */
#define MAY_FAULT(memory, address, size)                                                                               \
    do {                                                                                                               \
        frame->ip = ip;                                                                                                \
        atomic_signal_fence(memory_order_seq_cst);                                                                     \
        NOTE_ACCESS(memory, address, size);                                                                            \
    } while (0)
/* Before a store, which writes nothing when its last byte is on an inaccessible page, even where the host writes bytes
 * one by one. rule: access.straddle */
#define TOUCH_LAST(memory, address, size) ((void)*(const volatile uint8_t *)((memory)->base + ((address) + (size)-1)))
/* The memory that an access names. */
#define NAMED_MEMORY() (instance->memories[wp_memarg_memory(ip->x)])
/* An access whose bytes are known to be at base + address. */
#define LOAD_AT(memory, address, a, b)                                                                                 \
    do {                                                                                                               \
        MAY_FAULT(memory, address, WP_WIDTH_##b);                                                                      \
        sp[-1] = (num_##a)wp_read_##b((memory)->base + (address));                                                     \
        NEXT();                                                                                                        \
    } while (0)
#define STORE_AT(memory, address, b)                                                                                   \
    do {                                                                                                               \
        MAY_FAULT(memory, address, WP_WIDTH_##b);                                                                      \
        TOUCH_LAST(memory, address, WP_WIDTH_##b);                                                                     \
        wp_write_##b((memory)->base + (address), sp[-1]);                                                              \
        sp -= 2;                                                                                                       \
        NEXT();                                                                                                        \
    } while (0)

/* ---- The loop --------------------------------------------------------------------------------------------------- */

/* By hand from here: clang-format takes labels that macros make for something else. */
/* clang-format off */
wp_status wp_loop_run(wp_store *store, wp_activation *const base, wp_diag *diag) {
    static const void *const targets[WP_X_COUNT] = {
        [WP_X_lower] = &&do_lower,
#define INSTR(id, ...) [WP_X_##id] = &&do_##id,
#define INSTR_LOAD(id, ...) [WP_X_##id] = &&do_##id, [WP_X_general_##id] = &&do_general_##id,
#define INSTR_STORE(id, ...) [WP_X_##id] = &&do_##id, [WP_X_general_##id] = &&do_general_##id,
#define INSTR_REFUSED(id, ...) [WP_X_##id] = &&do_refused,
#include "core/instr.def"
        [WP_X_return_end] = &&do_return_end,
        [WP_X_br_loop] = &&do_br_loop,
        [WP_X_br_if_loop] = &&do_br_if_loop,
        [WP_X_br_plain] = &&do_br_plain,
        [WP_X_br_if_plain] = &&do_br_if_plain,
    };
    /* Observation costs nothing when off: an observed run dispatches every lowered instruction through do_observe. */
    static const void *const observed[WP_X_COUNT] = {
        [WP_X_lower] = &&do_lower,
        [WP_X_lower + 1 ... WP_X_COUNT - 1] = &&do_observe,
    };

    const void *const *const dispatch = wp_exec_is_observed(store) ? observed : targets;
    wp_activation *frame = base;
    const wp_instance *instance = frame->func->instance;
    wp_memory *memory = loop_memory(instance);
    const wp_instr *instrs = frame->func->def->code.instrs;
    const wp_branch *branches = frame->func->def->code.branches;
    const wp_instr *ip = frame->ip;
    uint64_t *fp = frame->fp;
    uint64_t *sp = fp + frame->func->def->local_cells;
    uint32_t slice = wp_fuel_take(store);
    const wp_branch *branch;
    const wp_func *callee;
    wp_trap trap;
    wp_status status;

    DISPATCH();

do_lower: /* the first instruction of a function at its first call */
    wp_lower(instance->module, frame->func->def);
    DISPATCH();
do_observe:
    wp_exec_observe(store, frame, ip, sp);
    goto *targets[ip->xop];

/* ---- Parametric instructions ---- */

do_unreachable:
    TRAP_IF(true, unreachable);
do_nop:
    NEXT();
do_drop:
    sp--;
    NEXT();
do_select:
do_select_t:
    sp -= 2;
    if ((uint32_t)sp[1] == 0)
        sp[-1] = sp[0];
    NEXT();

/* ---- Control instructions: blocks and branches ---- */

do_block:
do_loop:
do_end:
    NEXT();
do_if:
    branch = TAKEN(if);
    sp--;
    if (branch == NULL)
        NEXT();
    ip = instrs + branch->target;
    DISPATCH();
do_else: /* the end of the first arm */
    ip = instrs + branches[ip->side].target;
    DISPATCH();
do_br_loop:
    TAKE_FUEL();
do_br:
    GO(&branches[ip->side]);
do_br_plain:
    GO_PLAIN(&branches[ip->side]);
do_br_if_loop:
    branch = TAKEN(br_if);
    sp--;
    if (branch == NULL)
        NEXT();
    TAKE_FUEL();
    goto do_branch;
do_br_if:
    branch = TAKEN(br_if);
    sp--;
    if (branch == NULL)
        NEXT();
    goto do_branch;
do_br_if_plain:
    branch = TAKEN(br_if);
    sp--;
    if (branch == NULL)
        NEXT();
    GO_PLAIN(branch);
do_br_table:
    branch = TAKEN(br_table);
    sp--;
    goto do_branch_anywhere;
do_br_on_null:
    branch = TAKEN(br_on_null);
    if (branch == NULL)
        NEXT();
    sp--;
    goto do_branch_anywhere;
do_br_on_non_null:
    branch = TAKEN(br_on_non_null);
    if (branch == NULL) {
        sp--;
        NEXT();
    }
do_branch_anywhere:
    if (instrs + branch->target <= ip)
        TAKE_FUEL();
do_branch: {
    uint64_t *to = fp + branch->height;
    const uint64_t *from = sp - branch->arity;
    for (uint32_t k = 0; k < branch->arity; k++)
        to[k] = from[k];
    sp = to + branch->arity;
    ip = instrs + branch->target;
    DISPATCH();
}

/* ---- Control instructions: calls ---- */

do_call:
    callee = instance->funcs[ip->x];
    goto do_enter;
do_call_indirect:
    trap = loop_callee(instance, ip, sp[-1], &callee);
    if (WP_UNLIKELY(trap != WP_TRAP_none))
        goto do_indirect_trap;
    sp--;
    goto do_enter;
do_call_ref:
    TRAP_IF(sp[-1] == 0, null_function);
    callee = (const wp_func *)(uintptr_t)*--sp;
do_enter:
    TAKE_FUEL();
    if (callee->instance == NULL)
        goto do_call_host;
    {
        uint64_t *callee_fp = sp - callee->deftype->param_cells;
        if (WP_UNLIKELY(frame + 1 == store->frames_end || !wp_frame_fits(store, callee_fp, callee->def)))
            goto do_stack_exhausted;
        frame->ip = ip + 1;
        frame++;
        store->running = frame;
        fp = callee_fp;
    }
do_begin: /* frame, fp and callee are set; the arguments are at fp */
    frame->func = callee;
    frame->fp = fp;
    wp_frame_clear(fp, callee);
    sp = fp + callee->def->local_cells;
    RUN_CODE(callee);
    ip = instrs;
    DISPATCH();
do_call_host: {
    /* There is room for the results: validation counts them in the height of the caller. */
    uint64_t *args = sp - callee->deftype->param_cells;
    store->stack_top = sp;
    store->frame_top = frame + 1;
    wp_fuel_return(store, slice);
    status = wp_host_call(store, callee, args, args, diag);
    slice = 0;
    if (status != WP_OK)
        goto do_leave;
    sp = args + callee->deftype->result_cells;
}
    NEXT();
do_return_call:
    callee = instance->funcs[ip->x];
    goto do_tail;
do_return_call_indirect:
    trap = loop_callee(instance, ip, sp[-1], &callee);
    if (WP_UNLIKELY(trap != WP_TRAP_none))
        goto do_indirect_trap;
    sp--;
    goto do_tail;
do_return_call_ref:
    TRAP_IF(sp[-1] == 0, null_function);
    callee = (const wp_func *)(uintptr_t)*--sp;
do_tail:
    TAKE_FUEL();
    {
        /* The callee takes this frame's place: its arguments go where this frame's were. */
        uint32_t count = callee->deftype->param_cells;
        memmove(fp, sp - count, count * sizeof *fp);
        if (callee->instance != NULL) {
            if (WP_UNLIKELY(!wp_frame_fits(store, fp, callee->def)))
                goto do_stack_exhausted;
            goto do_begin;
        }
        /* There is room for the results: they are this frame's, for which its caller has room. The frame is free. */
        store->stack_top = fp + count;
        store->frame_top = frame; /* rule: load.unload */
        wp_fuel_return(store, slice);
        status = wp_host_call(store, callee, fp, fp, diag);
        slice = 0;
        if (status != WP_OK)
            goto do_leave;
        sp = fp + callee->deftype->result_cells;
        goto do_pop_frame;
    }
do_return:
do_return_end: {
    uint32_t count = frame->func->deftype->result_cells;
    const uint64_t *from = sp - count;
    for (uint32_t k = 0; k < count; k++)
        fp[k] = from[k];
    sp = fp + count;
}
do_pop_frame: /* results are at fp, below sp */
    if (frame == base) {
        wp_fuel_return(store, slice);
        return WP_OK;
    }
    frame--;
    store->running = frame;
    fp = frame->fp;
    ip = frame->ip;
    RUN_CODE(frame->func);
    DISPATCH();

/* ---- Variable instructions ---- */

do_local_get:
    *sp++ = fp[ip->x];
    NEXT();
do_local_set:
    fp[ip->x] = *--sp;
    NEXT();
do_local_tee:
    fp[ip->x] = sp[-1];
    NEXT();
do_global_get:
    *sp++ = instance->globals[ip->x]->cells[0];
    NEXT();
do_global_set:
    instance->globals[ip->x]->cells[0] = *--sp;
    NEXT();

/* ---- Table instructions ---- */

do_table_get:
    CHECK(wp_table_get(instance->tables[ip->x], sp[-1], &sp[-1]));
    NEXT();
do_table_set:
    CHECK(wp_table_set(instance->tables[ip->x], sp[-2], sp[-1]));
    sp -= 2;
    NEXT();
do_table_size:
    *sp++ = instance->tables[ip->x]->count;
    NEXT();
do_table_grow: {
    wp_table *table = instance->tables[ip->x];
    sp--;
    sp[-1] = loop_grown(wp_table_grow(table, sp[0], sp[-1]), instance->module->tables[ip->x].limits.is64);
}
    NEXT();
do_elem_drop:
    instance->elems[ip->x].count = 0;
    NEXT();

/* ---- Memory instructions ---- */

#define INSTR_LOAD(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                    \
    do_##id: {                                                                                                         \
        uint64_t address = sp[-1] + ip->u64;                                                                           \
        if (WP_LIKELY(wp_mem_fast(memory, address, WP_WIDTH_##b)))                                                     \
            LOAD_AT(memory, address, a, b);                                                                            \
    }                                                                                                                  \
    do_general_##id: {                                                                                                 \
        uint8_t bytes[8];                                                                                              \
        wp_memory *named = NAMED_MEMORY();                                                                             \
        if (wp_mem_reaches(named, sp[-1], ip->u64, WP_WIDTH_##b))                                                      \
            LOAD_AT(named, sp[-1] + ip->u64, a, b);                                                                    \
        CHECK(wp_mem_load(named, sp[-1], ip->u64, WP_WIDTH_##b, bytes));                                               \
        sp[-1] = (num_##a)wp_read_##b(bytes);                                                                          \
    }                                                                                                                  \
    NEXT();
#define INSTR_STORE(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                   \
    do_##id: {                                                                                                         \
        uint64_t address = sp[-2] + ip->u64;                                                                           \
        if (WP_LIKELY(wp_mem_fast(memory, address, WP_WIDTH_##b)))                                                     \
            STORE_AT(memory, address, b);                                                                              \
    }                                                                                                                  \
    do_general_##id: {                                                                                                 \
        uint8_t bytes[8];                                                                                              \
        wp_memory *named = NAMED_MEMORY();                                                                             \
        if (wp_mem_reaches(named, sp[-2], ip->u64, WP_WIDTH_##b))                                                      \
            STORE_AT(named, sp[-2] + ip->u64, b);                                                                      \
        wp_write_##b(bytes, sp[-1]);                                                                                   \
        CHECK(wp_mem_store(named, sp[-2], ip->u64, WP_WIDTH_##b, bytes));                                              \
        sp -= 2;                                                                                                       \
    }                                                                                                                  \
    NEXT();
#include "core/instr.def"

do_memory_size:
    if (instance->memories[ip->x]->backing != NULL)
        RULE(store->engine, process_memory_size);
    *sp++ = instance->memories[ip->x]->pages; /* rule: process.memory.size */
    NEXT();
do_memory_grow: {
    wp_memory *grown = instance->memories[ip->x];
    sp[-1] = loop_grown(wp_mem_grow(grown, sp[-1]), grown->limits.is64);
}
    NEXT();
do_data_drop:
    instance->datas[ip->x].size = 0;
    NEXT();
do_memory_fill:
do_memory_copy:
do_memory_init:
do_table_fill:
do_table_copy:
do_table_init:
    CHECK(wp_exec_bulk(instance, ip, sp - 3));
    sp -= 3;
    NEXT();

/* ---- Reference instructions ---- */

do_ref_null:
    *sp++ = 0;
    NEXT();
do_ref_is_null:
    sp[-1] = sp[-1] == 0;
    NEXT();
do_ref_func:
    *sp++ = (uint64_t)(uintptr_t)instance->funcs[ip->x];
    NEXT();
do_ref_as_non_null:
    TRAP_IF(sp[-1] == 0, null_reference);
    NEXT();

/* ---- Numeric instructions ---- */

#define INSTR_CONST(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                   \
    do_##id:                                                                                                           \
    *sp++ = ip->u64;                                                                                                   \
    NEXT();
#define INSTR_UNARY(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                   \
    do_##id:                                                                                                           \
    sp[-1] = num_##id((num_##a)sp[-1]);                                                                                \
    NEXT();
#define INSTR_UNARY_TRAP(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                              \
    do_##id: {                                                                                                         \
        num_##b result;                                                                                                \
        CHECK(num_##id((num_##a)sp[-1], &result));                                                                     \
        sp[-1] = result;                                                                                               \
    }                                                                                                                  \
    NEXT();
#define INSTR_BINARY(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                                  \
    do_##id:                                                                                                           \
    sp--;                                                                                                              \
    sp[-1] = num_##id((num_##a)sp[-1], (num_##a)sp[0]);                                                                \
    NEXT();
#define INSTR_BINARY_TRAP(id, prefix, code, mnemonic, immediate, signature, a, b, feature)                             \
    do_##id: {                                                                                                         \
        num_##b result;                                                                                                \
        CHECK(num_##id((num_##a)sp[-2], (num_##a)sp[-1], &result));                                                    \
        sp--;                                                                                                          \
        sp[-1] = result;                                                                                               \
    }                                                                                                                  \
    NEXT();
#include "core/instr.def"

/* ---- Ends of a call that are not returns ---- */

do_trap:
    status = wp_exec_trapped(frame->func, ip, diag, trap);
    goto do_leave;
do_indirect_trap: /* the element's index is still on the stack */
    if (trap == WP_TRAP_indirect_type)
        goto do_trap;
    status = wp_exec_trapped_element(frame->func, ip, diag, trap, sp[-1]);
    goto do_leave;
do_stack_exhausted:
    status = wp_exec_fail(frame->func, ip, diag, WP_EXHAUSTION, "call stack exhausted");
    goto do_leave;
do_out_of_fuel:
    status = wp_fuel_exhausted(store, diag);
    goto do_leave;
do_refused: /* validation lets none of these through */
    status = wp_exec_fail(frame->func, ip, diag, WP_CRASH, "unsupported instruction reached");
do_leave:
    wp_fuel_return(store, slice);
    return status;
}
/* clang-format on */
