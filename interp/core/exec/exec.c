/* exec.c: execution (specification, chapter "Execution: Instructions").
 *
 * - run() goes over the decoded instructions in place, with the side table that validation left: no search for labels,
 *   and no C recursion for WebAssembly calls. Operands, locals and frames are in the store's own stacks.
 * - Rows of instr.def that say UNARY, BINARY, LOAD, STORE or CONST get their case from the table; the numeric functions
 *   are in num_int.h and num_float.h, the bytes of memories in memory.c. CONTROL rows have a case each below.
 * - Stack layout of a frame: fp[0 ..] parameters and locals, then operands up to sp. Arguments become the callee's
 *   first locals where they are; results are moved to where the arguments were.
 */
#include "core/exec/exec.h"

#include "core/run/fault.h"
#include "core/exec/num.h"
#include "core/exec/xop.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Fuel is taken from the store in slices, so that taking one unit is one decrement and one test, and an interruption is
 * noticed at the end of a slice. */
#define FUEL_SLICE 65536u

/* ---- The stacks -------------------------------------------------------------------------------------------- */

static wp_status allocate_stacks(wp_store *store, wp_diag *diag) {
    if (store->stack != NULL)
        return WP_OK;
    const wp_engine *engine = store->engine;
    size_t cells = (size_t)engine->limits[WP_LIMIT_stack_cells];
    size_t frames = (size_t)engine->limits[WP_LIMIT_call_depth];
    uint64_t *stack = wp_resize(&engine->allocator, NULL, 0, cells, sizeof *stack);
    wp_frame *frame = wp_resize(&engine->allocator, NULL, 0, frames, sizeof *frame);
    if (stack == NULL || frame == NULL) {
        wp_free(&engine->allocator, stack, cells, sizeof *stack);
        wp_free(&engine->allocator, frame, frames, sizeof *frame);
        return wp_fail_memory(diag);
    }
    store->stack = store->stack_top = stack;
    store->stack_end = stack + cells;
    store->frames = store->frame_top = frame;
    store->frames_end = frame + frames;
    return WP_OK;
}

/* Room for a frame of this function at fp? */
static inline bool has_room(const wp_store *store, const uint64_t *fp, const wp_func_def *def) {
    return (size_t)(store->stack_end - fp) >= (size_t)def->local_cells + def->code.max_height;
}

static inline void clear_locals(uint64_t *fp, const wp_func *func) {
    for (uint32_t i = func->deftype->param_cells; i < func->def->local_cells; i++)
        fp[i] = 0;
}

/* ---- Fuel -------------------------------------------------------------------------------------------------- */

/* Takes the next slice. 0: there is no fuel left, or the call was interrupted. */
static uint32_t take_slice(wp_store *store) {
    if (store->interrupted)
        return 0;
    /* A fault loses what is left of a slice: where fuel counts, there is nothing to lose. */
    if (store->guarded != NULL && store->fuel != 0 && store->fuel != UINT64_MAX) {
        store->fuel--;
        return 1;
    }
    if (store->fuel == UINT64_MAX)
        return FUEL_SLICE;
    uint32_t slice = store->fuel < FUEL_SLICE ? (uint32_t)store->fuel : FUEL_SLICE;
    store->fuel -= slice;
    return slice;
}

static void return_slice(wp_store *store, uint32_t slice) {
    if (store->fuel != UINT64_MAX)
        store->fuel += slice;
}

static wp_status out_of_fuel(wp_store *store, wp_diag *diag) {
    if (store->interrupted) {
        store->interrupted = 0;
        return wp_fail(diag, WP_EXHAUSTION, "interrupted");
    }
    return wp_fail(diag, WP_EXHAUSTION, "fuel exhausted");
}

/* ---- Errors and traces ------------------------------------------------------------------------------------- */

static wp_status fail_at(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_status status, const char *text) {
    const wp_code *code = &func->def->code;
    return wp_module_fail(func->instance->module, diag, status, code->pos[ip - code->instrs], "%s", text);
}

static wp_status trapped(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_trap trap) {
    wp_status status = trap == WP_TRAP_host_memory ? WP_EXHAUSTION : WP_TRAP;
    return fail_at(func, ip, diag, status, wp_trap_text(trap));
}

/* Traps of an indirect call name the element. */
static wp_status trapped_element(const wp_func *func, const wp_instr *ip, wp_diag *diag, wp_trap trap, uint64_t index) {
    char text[64];
    snprintf(text, sizeof text, "%s %" PRIu64, wp_trap_text(trap), index);
    return fail_at(func, ip, diag, WP_TRAP, text);
}

static void trace_instr(const wp_store *store, const wp_frame *frame, const wp_instr *ip, const uint64_t *sp) {
    char line[160];
    const wp_func *func = frame->func;
    const wp_code *code = &func->def->code;
    const uint64_t *bottom = frame->fp + func->def->local_cells;
    wp_location where = wp_module_locate(func->instance->module, code->pos[ip - code->instrs]);
    char place[32];
    if (where.line != 0)
        snprintf(place, sizeof place, "%" PRIu32 ":%" PRIu32, where.line, where.column);
    else
        snprintf(place, sizeof place, "0x%zx", where.offset);
    int n = snprintf(line, sizeof line, "%*s@%s %s", (int)(frame - store->frames) % 40, "", place,
                     wp_instr_rows[ip->op].mnemonic);
    for (int k = 1; k <= 3 && sp - k >= bottom && n > 0 && (size_t)n < sizeof line; k++)
        n += snprintf(line + n, sizeof line - (size_t)n, "%s%" PRIx64, k == 1 ? "  ; top: " : " ", sp[-k]);
    store->trace(store->trace_ctx, line);
}

/* Shows an instruction about to run to the trace and the observers. */
static void observe(const wp_store *store, const wp_frame *frame, const wp_instr *ip, const uint64_t *sp) {
    if (store->trace != NULL)
        trace_instr(store, frame, ip, sp);
    for (size_t i = 0; i < WP_OBSERVERS; i++)
        if (store->engine->observers[i] != NULL)
            store->engine->observers[i]->before(store->engine, &frame->func->def->code, ip, sp);
}

static bool is_observed(const wp_store *store) {
    return store->trace != NULL || wp_is_observed(store->engine);
}

/* ---- Calls of host functions and operations on more than cells ----------------------------------------------- */

/* Resolves a call through a table (call_indirect). */
static wp_trap indirect_callee(const wp_instance *instance, const wp_instr *ip, uint64_t index, const wp_func **out) {
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

static uint64_t grow_result(uint64_t result, bool is64) {
    return is64 ? result : (uint32_t)result;
}

/* Bulk instructions: operands at sp[0], sp[1], sp[2] in order. */
static wp_trap run_bulk(const wp_instance *instance, const wp_instr *ip, const uint64_t *sp) {
    switch (ip->op) {
    case WP_OP_memory_fill: return wp_mem_fill(instance->memories[ip->x], sp[0], (uint8_t)sp[1], sp[2]);
    case WP_OP_memory_copy:
        return wp_mem_copy(instance->memories[ip->x], sp[0], instance->memories[ip->y], sp[1], sp[2]);
    case WP_OP_memory_init: {
        const wp_data *data = &instance->datas[ip->x];
        return wp_mem_init(instance->memories[ip->y], sp[0], data->bytes, data->size, sp[1], sp[2]);
    }
    case WP_OP_table_fill: return wp_table_fill(instance->tables[ip->x], sp[0], sp[1], sp[2]);
    case WP_OP_table_copy: return wp_table_copy(instance->tables[ip->x], sp[0], instance->tables[ip->y], sp[1], sp[2]);
    default: { /* table.init */
        const wp_elem *elem = &instance->elems[ip->x];
        return wp_table_init(instance->tables[ip->y], sp[0], elem->refs, elem->count, sp[1], sp[2]);
    }
    }
}

/* ---- The interpreter loop -------------------------------------------------------------------------------------- */

/* In builds that count rules: an access over a page boundary of a process's memory (rule access.straddle). */
#ifdef WP_RULES
#define NOTE_ACCESS(memory, address, size)                                                                             \
    do {                                                                                                               \
        if ((memory)->backing != NULL && (address) % WP_PAGE_SIZE + (size) > WP_PAGE_SIZE)                             \
            RULE(&store->engine->cover, access_straddle);                                                              \
    } while (0)
#else
#define NOTE_ACCESS(memory, address, size) ((void)0)
#endif

/* Where a memory access of the slow path is: the memory named, and the offset. */
#define FAR_MEMORY(ip) (instance->memories[wp_memarg_memory((ip)->x)])

/* Widens what was read to a cell. */
#define WIDEN_u8(T, v) (v)
#define WIDEN_u16(T, v) (v)
#define WIDEN_u32(T, v) (v)
#define WIDEN_u64(T, v) (v)
#define WIDEN_s8(T, v) ((uint64_t)(num_##T)(int64_t)(int8_t)(v))
#define WIDEN_s16(T, v) ((uint64_t)(num_##T)(int64_t)(int16_t)(v))
#define WIDEN_s32(T, v) ((uint64_t)(num_##T)(int64_t)(int32_t)(v))
#define BYTES_u8 1u
#define BYTES_s8 1u
#define BYTES_u16 2u
#define BYTES_s16 2u
#define BYTES_u32 4u
#define BYTES_s32 4u
#define BYTES_u64 8u
#define READ_u8 wp_read_u8
#define READ_s8 wp_read_u8
#define READ_u16 wp_read_u16
#define READ_s16 wp_read_u16
#define READ_u32 wp_read_u32
#define READ_s32 wp_read_u32
#define READ_u64 wp_read_u64
#define WRITE_u8 wp_write_u8
#define WRITE_u16 wp_write_u16
#define WRITE_u32 wp_write_u32
#define WRITE_u64 wp_write_u64

/* From here on by hand: clang-format takes labels that macros make for something else. */
/* clang-format off */
/* Runs the frame at `frame` until it returns; its results are then at its fp. `base` is that frame. */
static wp_status run(wp_store *store, wp_frame *const base, wp_diag *diag) {
    static const void *const targets[WP_X_COUNT] = {
#define INSTR(id, prefix, code, mnemonic, immediate, signature, kind, a, b, feature) [WP_X_##id] = TARGET_##kind(id),
#define TARGET_UNARY(id) &&do_##id
#define TARGET_UNARY_TRAP(id) &&do_##id
#define TARGET_BINARY(id) &&do_##id
#define TARGET_BINARY_TRAP(id) &&do_##id
#define TARGET_LOAD(id) &&do_##id
#define TARGET_STORE(id) &&do_##id
#define TARGET_CONST(id) &&do_##id
#define TARGET_CONTROL(id) &&do_##id
#define TARGET_REFUSED(id) &&do_refused
#include "core/instr.def"
#undef INSTR
#define INSTR(id, prefix, code, mnemonic, immediate, signature, kind, a, b, feature) FAR_TARGET_##kind(id)
#define FAR_TARGET_LOAD(id) [WP_X_far_##id] = &&do_far_##id,
#define FAR_TARGET_STORE(id) [WP_X_far_##id] = &&do_far_##id,
#define FAR_TARGET_UNARY(id)
#define FAR_TARGET_UNARY_TRAP(id)
#define FAR_TARGET_BINARY(id)
#define FAR_TARGET_BINARY_TRAP(id)
#define FAR_TARGET_CONST(id)
#define FAR_TARGET_CONTROL(id)
#define FAR_TARGET_REFUSED(id)
#include "core/instr.def"
#undef INSTR
        [WP_X_return_end] = &&do_return_end,
        [WP_X_br_loop] = &&do_br_loop,
        [WP_X_br_if_loop] = &&do_br_if_loop,
        [WP_X_br_plain] = &&do_br_plain,
        [WP_X_br_if_plain] = &&do_br_if_plain,
    };
    /* Every instruction goes by way of do_observe when someone looks on; nobody else pays for it. */
    static const void *const observed[WP_X_COUNT] = {[0 ... WP_X_COUNT - 1] = &&do_observe};

    const void *const *const dispatch = is_observed(store) ? observed : targets;
    wp_frame *frame = base;
    const wp_instance *instance = frame->func->instance;
    wp_memory *memory = instance->module->nmemories != 0 ? instance->memories[0] : NULL;
    const wp_instr *instrs = frame->func->def->code.instrs;
    const wp_branch *branches = frame->func->def->code.branches;
    const wp_instr *ip = frame->ip;
    uint64_t *fp = frame->fp;
    uint64_t *sp = fp + frame->func->def->local_cells;
    uint32_t slice = take_slice(store);
    const wp_branch *branch;
    const wp_func *callee;
    wp_trap trap;
    wp_status status;

#define DISPATCH() goto *dispatch[ip->xop]
#define NEXT()                                                                                                     \
    do {                                                                                                           \
        ip++;                                                                                                      \
        DISPATCH();                                                                                                \
    } while (0)
#define TRAP_IF(condition, reason)                                                                                 \
    do {                                                                                                           \
        if (WP_UNLIKELY(condition)) {                                                                              \
            trap = WP_TRAP_##reason;                                                                               \
            goto do_trap;                                                                                          \
        }                                                                                                          \
    } while (0)
#define CHECK(expression)                                                                                          \
    do {                                                                                                           \
        trap = (expression);                                                                                       \
        if (WP_UNLIKELY(trap != WP_TRAP_none))                                                                     \
            goto do_trap;                                                                                          \
    } while (0)
#define TAKE_FUEL()                                                                                                \
    do {                                                                                                           \
        if (WP_UNLIKELY(slice == 0) && (slice = take_slice(store)) == 0)                                           \
            goto do_out_of_fuel;                                                                                   \
        slice--;                                                                                                   \
    } while (0)
/* Before an access that the host may refuse: where it is, for faulted(). The compiler must have written that when the access is
 * made. */
#define MAY_FAULT(memory, address, size)                                                                           \
    do {                                                                                                           \
        frame->ip = ip;                                                                                            \
        atomic_signal_fence(memory_order_seq_cst);                                                                 \
        NOTE_ACCESS(memory, address, size);                                                                        \
    } while (0)
/* Before a store: it writes nothing when its last byte is on an inaccessible page (rule access.straddle), even where the host
 * writes bytes one by one. */
#define TOUCH_LAST(memory, address, size) ((void)*(const volatile uint8_t *)((memory)->base + ((address) + (size)-1)))
/* Goes to a label without values to carry. */
#define GO_PLAIN(entry)                                                                                            \
    do {                                                                                                           \
        branch = (entry);                                                                                          \
        sp = fp + branch->height;                                                                                  \
        ip = instrs + branch->target;                                                                              \
        DISPATCH();                                                                                                \
    } while (0)
/* Goes to a label. */
#define GO(entry)                                                                                                  \
    do {                                                                                                           \
        branch = (entry);                                                                                          \
        goto do_branch;                                                                                            \
    } while (0)

    DISPATCH();

/* ---- Numeric instructions and memory accesses, from the table ---- */
#define INSTR(id, prefix, code, mnemonic, immediate, signature, kind, a, b, feature) EXEC_##kind(id, a, b)
#define EXEC_CONST(id, a, b)                                                                                       \
    do_##id:                                                                                                       \
    *sp++ = ip->u64;                                                                                               \
    NEXT();
#define EXEC_UNARY(id, a, b)                                                                                       \
    do_##id:                                                                                                       \
    sp[-1] = num_##id((num_##a)sp[-1]);                                                                            \
    NEXT();
#define EXEC_UNARY_TRAP(id, a, b)                                                                                  \
    do_##id : {                                                                                                    \
        num_##b result;                                                                                            \
        CHECK(num_##id((num_##a)sp[-1], &result));                                                                 \
        sp[-1] = result;                                                                                           \
    }                                                                                                              \
    NEXT();
#define EXEC_BINARY(id, a, b)                                                                                      \
    do_##id:                                                                                                       \
    sp--;                                                                                                          \
    sp[-1] = num_##id((num_##a)sp[-1], (num_##a)sp[0]);                                                            \
    NEXT();
#define EXEC_BINARY_TRAP(id, a, b)                                                                                 \
    do_##id : {                                                                                                    \
        num_##b result;                                                                                            \
        CHECK(num_##id((num_##a)sp[-2], (num_##a)sp[-1], &result));                                                \
        sp--;                                                                                                      \
        sp[-1] = result;                                                                                           \
    }                                                                                                              \
    NEXT();
#define EXEC_LOAD(id, a, b)                                                                                        \
    do_##id : {                                                                                                    \
        uint64_t address = sp[-1] + ip->u64;                                                                       \
        if (WP_UNLIKELY(!wp_mem_fast(memory, address, BYTES_##b)))                                                 \
            goto do_far_##id;                                                                                      \
        MAY_FAULT(memory, address, BYTES_##b);                                                                     \
        sp[-1] = WIDEN_##b(a, READ_##b(memory->base + address));                                                   \
    }                                                                                                              \
    NEXT();                                                                                                        \
    do_far_##id : {                                                                                                \
        uint8_t bytes[8];                                                                                          \
        wp_memory *far = FAR_MEMORY(ip);                                                                           \
        if (wp_mem_reaches(far, sp[-1], ip->u64, BYTES_##b)) {                                                     \
            MAY_FAULT(far, sp[-1] + ip->u64, BYTES_##b);                                                           \
            sp[-1] = WIDEN_##b(a, READ_##b(far->base + (sp[-1] + ip->u64)));                                       \
            NEXT();                                                                                                \
        }                                                                                                          \
        CHECK(wp_mem_load(far, sp[-1], ip->u64, BYTES_##b, bytes));                                                \
        sp[-1] = WIDEN_##b(a, READ_##b(bytes));                                                                    \
    }                                                                                                              \
    NEXT();
#define EXEC_STORE(id, a, b)                                                                                       \
    do_##id : {                                                                                                    \
        uint64_t address = sp[-2] + ip->u64;                                                                       \
        if (WP_UNLIKELY(!wp_mem_fast(memory, address, BYTES_##b)))                                                 \
            goto do_far_##id;                                                                                      \
        MAY_FAULT(memory, address, BYTES_##b);                                                                     \
        TOUCH_LAST(memory, address, BYTES_##b);                                                                    \
        WRITE_##b(memory->base + address, sp[-1]);                                                                 \
        sp -= 2;                                                                                                   \
    }                                                                                                              \
    NEXT();                                                                                                        \
    do_far_##id : {                                                                                                \
        uint8_t bytes[8];                                                                                          \
        wp_memory *far = FAR_MEMORY(ip);                                                                           \
        if (wp_mem_reaches(far, sp[-2], ip->u64, BYTES_##b)) {                                                     \
            MAY_FAULT(far, sp[-2] + ip->u64, BYTES_##b);                                                           \
            TOUCH_LAST(far, sp[-2] + ip->u64, BYTES_##b);                                                          \
            WRITE_##b(far->base + (sp[-2] + ip->u64), sp[-1]);                                                     \
            sp -= 2;                                                                                               \
            NEXT();                                                                                                \
        }                                                                                                          \
        WRITE_##b(bytes, sp[-1]);                                                                                  \
        CHECK(wp_mem_store(far, sp[-2], ip->u64, BYTES_##b, bytes));                                               \
        sp -= 2;                                                                                                   \
    }                                                                                                              \
    NEXT();
#define EXEC_CONTROL(id, a, b)
#define EXEC_REFUSED(id, a, b)
#include "core/instr.def"
#undef INSTR

/* ---- Control ---- */
do_unreachable:
    TRAP_IF(true, unreachable);
    NEXT();
do_nop:
do_block:
do_loop:
do_end:
    NEXT();
do_if:
    sp--;
    if ((uint32_t)sp[0] != 0)
        NEXT();
    ip = instrs + branches[ip->side].target;
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
    sp--;
    if ((uint32_t)sp[0] == 0)
        NEXT();
    TAKE_FUEL();
    GO(&branches[ip->side]);
do_br_if:
    sp--;
    if ((uint32_t)sp[0] == 0)
        NEXT();
    GO(&branches[ip->side]);
do_br_if_plain:
    sp--;
    if ((uint32_t)sp[0] == 0)
        NEXT();
    GO_PLAIN(&branches[ip->side]);
do_br_table : {
    uint32_t count = frame->func->def->code.pool[ip->x];
    uint32_t index = (uint32_t)*--sp;
    branch = &branches[ip->side + (index < count ? index : count)];
}
    if (instrs + branch->target <= ip)
        TAKE_FUEL();
    goto do_branch;
do_br_on_null:
    if (sp[-1] != 0)
        NEXT();
    sp--;
    branch = &branches[ip->side];
    if (instrs + branch->target <= ip)
        TAKE_FUEL();
    goto do_branch;
do_br_on_non_null:
    if (sp[-1] == 0) {
        sp--;
        NEXT();
    }
    branch = &branches[ip->side];
    if (instrs + branch->target <= ip)
        TAKE_FUEL();
do_branch : {
    uint64_t *to = fp + branch->height;
    const uint64_t *from = sp - branch->arity;
    for (uint32_t k = 0; k < branch->arity; k++)
        to[k] = from[k];
    sp = to + branch->arity;
    ip = instrs + branch->target;
    DISPATCH();
}

/* ---- Calls ---- */
do_call:
    callee = instance->funcs[ip->x];
    goto do_enter;
do_call_indirect:
    trap = indirect_callee(instance, ip, sp[-1], &callee);
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
        if (WP_UNLIKELY(frame + 1 == store->frames_end || !has_room(store, callee_fp, callee->def)))
            goto do_stack_exhausted;
        frame->ip = ip + 1;
        frame++;
        store->running = frame;
        fp = callee_fp;
    }
do_begin: /* frame, fp and callee are set; the arguments are at fp */
    frame->func = callee;
    frame->fp = fp;
    clear_locals(fp, callee);
    sp = fp + callee->def->local_cells;
    ip = instrs = callee->def->code.instrs;
    branches = callee->def->code.branches;
    if (callee->instance != instance) {
        instance = callee->instance;
        memory = instance->module->nmemories != 0 ? instance->memories[0] : NULL;
    }
    DISPATCH();
do_call_host : {
    /* There is room for the results: validation counts them in the height of the caller. */
    uint64_t *args = sp - callee->deftype->param_cells;
    store->stack_top = sp;
    store->frame_top = frame + 1;
    return_slice(store, slice);
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
    trap = indirect_callee(instance, ip, sp[-1], &callee);
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
            if (WP_UNLIKELY(!has_room(store, fp, callee->def)))
                goto do_stack_exhausted;
            goto do_begin;
        }
        /* There is room for the results: they are this frame's, for which its caller has room. */
        store->stack_top = fp + count;
        store->frame_top = frame + 1;
        return_slice(store, slice);
        status = wp_host_call(store, callee, fp, fp, diag);
        slice = 0;
        if (status != WP_OK)
            goto do_leave;
        sp = fp + callee->deftype->result_cells;
        goto do_pop_frame;
    }
do_return:
do_return_end : {
    uint32_t count = frame->func->deftype->result_cells;
    const uint64_t *from = sp - count;
    for (uint32_t k = 0; k < count; k++)
        fp[k] = from[k];
    sp = fp + count;
}
do_pop_frame: /* results are at fp, below sp */
    if (frame == base) {
        return_slice(store, slice);
        return WP_OK;
    }
    frame--;
    store->running = frame;
    callee = frame->func;
    fp = frame->fp;
    ip = frame->ip;
    instrs = callee->def->code.instrs;
    branches = callee->def->code.branches;
    if (callee->instance != instance) {
        instance = callee->instance;
        memory = instance->module->nmemories != 0 ? instance->memories[0] : NULL;
    }
    DISPATCH();

/* ---- Parametric, variables ---- */
do_drop:
    sp--;
    NEXT();
do_select:
do_select_t:
    sp -= 2;
    if ((uint32_t)sp[1] == 0)
        sp[-1] = sp[0];
    NEXT();
do_local_get:
    *sp++ = fp[ip->y];
    NEXT();
do_local_set:
    fp[ip->y] = *--sp;
    NEXT();
do_local_tee:
    fp[ip->y] = sp[-1];
    NEXT();
do_global_get:
    *sp++ = instance->globals[ip->x]->cells[0];
    NEXT();
do_global_set:
    instance->globals[ip->x]->cells[0] = *--sp;
    NEXT();

/* ---- References ---- */
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

/* ---- Tables ---- */
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
do_table_grow : {
    wp_table *table = instance->tables[ip->x];
    sp--;
    sp[-1] = grow_result(wp_table_grow(table, sp[0], sp[-1]), instance->module->tables[ip->x].limits.is64);
}
    NEXT();
do_elem_drop:
    instance->elems[ip->x].count = 0;
    NEXT();

/* ---- Memories ---- */
do_memory_size:
    if (instance->memories[ip->x]->backing != NULL)
        RULE(&store->engine->cover, process_memory_size);
    *sp++ = instance->memories[ip->x]->pages;
    NEXT();
do_memory_grow : {
    wp_memory *grown = instance->memories[ip->x];
    sp[-1] = grow_result(wp_mem_grow(grown, sp[-1]), grown->limits.is64);
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
    CHECK(run_bulk(instance, ip, sp - 3));
    sp -= 3;
    NEXT();

do_observe:
    observe(store, frame, ip, sp);
    goto *targets[ip->xop];

/* ---- The ways out ---- */
do_trap:
    status = trapped(frame->func, ip, diag, trap);
    goto do_leave;
do_indirect_trap: /* the element's index is still on the stack */
    if (trap == WP_TRAP_indirect_type)
        goto do_trap;
    status = trapped_element(frame->func, ip, diag, trap, sp[-1]);
    goto do_leave;
do_stack_exhausted:
    status = fail_at(frame->func, ip, diag, WP_EXHAUSTION, "call stack exhausted");
    goto do_leave;
do_out_of_fuel:
    status = out_of_fuel(store, diag);
    goto do_leave;
do_refused: /* validation lets none of these through */
    status = fail_at(frame->func, ip, diag, WP_CRASH, "unsupported instruction reached");
do_leave:
    return_slice(store, slice);
    return status;
}
/* clang-format on */

/* ---- Entry ------------------------------------------------------------------------------------------------------- */

/* The host refused an access of the running frame to the guarded memory (rule access.inaccessible). */
static wp_status faulted(wp_store *store, uint64_t address, wp_diag *diag) {
    const wp_frame *frame = store->running;
    wp_cover *cover = &store->engine->cover;
    RULE(cover, access_inaccessible);
    if (address < WP_PAGE_SIZE)
        RULE(cover, process_page_zero);
    return trapped(frame->func, frame->ip, diag, WP_TRAP_memory_inaccessible);
}

/* run() on a store whose memory the host guards. */
static wp_status run_guarded(wp_store *store, wp_frame *frame, wp_diag *diag) {
    wp_fault_scope scope;
    const wp_memory *memory = store->guarded;
    wp_frame *outer = store->running;
    wp_status status;
    store->running = frame;
    if (WP_FAULT_BEGIN(&scope, memory->base, memory->limit)) {
        status = run(store, frame, diag);
        wp_fault_end(&scope);
    } else {
        status = faulted(store, scope.offset, diag);
    }
    store->running = outer;
    return status;
}

/* Runs a WebAssembly function whose arguments are at store->stack_top. On success its results are there. */
static wp_status enter(wp_store *store, const wp_func *func, wp_diag *diag) {
    uint64_t *fp = store->stack_top;
    wp_frame *frame = store->frame_top;
    if (frame == store->frames_end || !has_room(store, fp, func->def))
        return wp_fail(diag, WP_EXHAUSTION, "call stack exhausted");
    *frame = (wp_frame){func, func->def->code.instrs, fp};
    clear_locals(fp, func);
    store->frame_top = frame + 1;
    wp_status status = store->guarded != NULL ? run_guarded(store, frame, diag) : run(store, frame, diag);
    store->frame_top = frame;
    store->stack_top = fp;
    return status;
}

wp_status wp_exec_call(wp_store *store, const wp_func *func, const uint64_t *args, uint64_t *results, wp_diag *diag) {
    WP_TRY(allocate_stacks(store, diag));
    const wp_deftype *type = func->deftype;
    size_t room = (size_t)(store->stack_end - store->stack_top);
    if (room < type->param_cells || room < type->result_cells)
        return wp_fail(diag, WP_EXHAUSTION, "call stack exhausted");
    if (func->instance == NULL)
        return wp_host_call(store, func, args, results, diag);
    if (type->param_cells != 0)
        memcpy(store->stack_top, args, type->param_cells * sizeof *args);
    WP_TRY(enter(store, func, diag));
    if (type->result_cells != 0)
        memcpy(results, store->stack_top, type->result_cells * sizeof *results);
    return WP_OK;
}

wp_status wp_exec_const(wp_instance *instance, const wp_code *code, uint64_t *cells, wp_diag *diag) {
    wp_store *store = instance->store;
    WP_TRY(allocate_stacks(store, diag));
    /* The expression is the body of a function of no parameters that exists for this evaluation only. */
    const wp_deftype type = {.result_cells = 1};
    const wp_func_def def = {.code = *code};
    const wp_func func = {.deftype = &type, .store = store, .instance = instance, .def = &def};
    WP_TRY(enter(store, &func, diag));
    cells[0] = store->stack_top[0];
    return WP_OK;
}
