/* fuzz_script.c: a fuzz target: any bytes as a test script that is run.
 *
 * For any bytes, the run ends, each command has one outcome, the outcomes add up to the totals, each event has the
 * parts that its outcome requires, and no command meets a crash of the interpreter.
 */
#include "script/runner.h"
#include "fuzz.h"

enum { FUEL = 2000 };

typedef struct counts {
    size_t outcomes[3];
} counts;

static void check_event(void *ctx, const script_event *event) {
    counts *c = ctx;
    const wp_diag none = {0};
    c->outcomes[event->outcome]++;
    fuzz_require((event->outcome == SCRIPT_PASS) == (event->message == NULL), "a message for what does not pass",
                 &none);
    fuzz_require((event->outcome == SCRIPT_UNSUPPORTED) == (event->reason != NULL), "a reason", &none);
    fuzz_require(event->message == NULL || strncmp(event->message, "crash: ", 7) != 0 ||
                     strstr(event->message, "argument") != NULL,
                 event->message, &none);
    fuzz_require(event->where.line != 0 && event->where.column != 0, "a place", &none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    wp_engine *engine = wp_engine_new(NULL);
    if (engine == NULL)
        return 0;
    fuzz_limit(engine, "memory_pages", 64);
    fuzz_limit(engine, "sparse_pages", 64);
    fuzz_limit(engine, "table_elements", 10000);
    fuzz_limit(engine, "call_depth", 200);
    script_options options = {.has_fuel = true, .fuel = FUEL};
    script_totals totals = {.files = 0};
    counts c = {{0}};
    wp_diag diag = {0};
    wp_status status = script_run(engine, "fuzz", (const char *)data, size, &options, check_event, &c, &totals, &diag);
    fuzz_require(status == WP_OK || status == WP_EXHAUSTION, "the script was run", &diag);
    fuzz_require(totals.pass == c.outcomes[SCRIPT_PASS] && totals.fail == c.outcomes[SCRIPT_FAIL] &&
                     totals.unsupported == c.outcomes[SCRIPT_UNSUPPORTED] &&
                     totals.commands == totals.pass + totals.fail + totals.unsupported,
                 "the outcomes add up", &diag);
    wp_engine_delete(engine);
    return 0;
}
