/* tables.c: the command tables; see cli.h. */
#include "cli/cli.h"

#include "script/json_value.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* ---- As text ------------------------------------------------------------------------------------------------- */

static void print_instructions(void) {
    printf("instructions:\n");
    for (size_t i = 0; i < wp_instr_count(); i++) {
        wp_instr_info info = wp_instr_get(i);
        char code[16];
        if (info.prefix == 0)
            snprintf(code, sizeof code, "%02" PRIX32, info.code);
        else
            snprintf(code, sizeof code, "%02" PRIX32 " %" PRIu32, info.prefix, info.code);
        printf("  %-7s%-34s %-14s %-9s %s%s\n", code, info.mnemonic, info.immediate, info.signature, info.feature,
               info.supported ? "" : " (unsupported)");
    }
}

static void print_features(void) {
    printf("features:\n");
    for (size_t i = 0; i < wp_feature_count(); i++) {
        wp_feature_info info = wp_feature_get(i);
        printf("  %-23s %-12s %s\n", info.name, info.supported ? "supported" : "unsupported", info.text);
    }
}

static void print_limits(void) {
    printf("limits:\n");
    for (size_t i = 0; i < wp_limit_count(); i++) {
        wp_limit_info info = wp_limit_get(NULL, i);
        printf("  %-15s %-9" PRIu64 " %s: %s\n", info.name, info.value, info.unit, info.text);
    }
}

static void print_rules(void) {
    printf("rules (%s by this build):\n", wp_rules_enabled() ? "counted" : "not counted");
    for (size_t i = 0; i < wp_rule_count(); i++) {
        wp_rule_info info = wp_rule_get(i);
        printf("  %-27s %s\n", info.id, info.chapter);
    }
}

static void print_endings(void) {
    printf("traps:\n");
    for (size_t i = 0; i < wp_trap_count(); i++)
        printf("  %s\n", wp_trap_get(i));
    printf("exit statuses:\n");
    for (size_t i = 0; i < cli_exit_count; i++)
        printf("  %-6d%s\n", cli_exits[i].status, cli_exits[i].text);
}

/* ---- As JSON ------------------------------------------------------------------------------------------------- */

/* Each returns NULL when out of memory; json_array_append_new then fails. */

static json_t *instruction(size_t i) {
    wp_instr_info info = wp_instr_get(i);
    return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:b}", "prefix", (int)info.prefix, "code", (int)info.code,
                     "mnemonic", info.mnemonic, "immediate", info.immediate, "signature", info.signature, "feature",
                     info.feature, "supported", (int)info.supported);
}

static json_t *feature(size_t i) {
    wp_feature_info info = wp_feature_get(i);
    return json_pack("{s:s, s:b, s:s}", "id", info.name, "supported", (int)info.supported, "text", info.text);
}

static json_t *limit(size_t i) {
    wp_limit_info info = wp_limit_get(NULL, i);
    return json_pack("{s:s, s:I, s:s, s:s}", "name", info.name, "value", (json_int_t)info.value, "unit", info.unit,
                     "text", info.text);
}

static json_t *rule(size_t i) {
    wp_rule_info info = wp_rule_get(i);
    return json_pack("{s:s, s:s}", "id", info.id, "chapter", info.chapter);
}

static json_t *trap(size_t i) {
    return json_string(wp_trap_get(i));
}

static json_t *exit_status(size_t i) {
    return json_pack("{s:i, s:s}", "status", cli_exits[i].status, "text", cli_exits[i].text);
}

static json_t *list_of(size_t count, json_t *(*entry)(size_t i)) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        list = json_append(list, entry(i));
    return list;
}

static int print_json(void) {
    json_t *tables = json_pack("{s:s, s:b}", "version", wp_version(), "rules_counted", (int)wp_rules_enabled());
    tables = json_with(tables, "instructions", list_of(wp_instr_count(), instruction));
    tables = json_with(tables, "features", list_of(wp_feature_count(), feature));
    tables = json_with(tables, "limits", list_of(wp_limit_count(), limit));
    tables = json_with(tables, "rules", list_of(wp_rule_count(), rule));
    tables = json_with(tables, "traps", list_of(wp_trap_count(), trap));
    tables = json_with(tables, "exit_statuses", list_of(cli_exit_count, exit_status));
    char *text = tables == NULL ? NULL : json_dumps(tables, JSON_INDENT(1));
    json_decref(tables);
    if (text == NULL)
        return cli_error("out of memory");
    puts(text);
    free(text);
    return CLI_DONE;
}

int cli_tables(cli_line *line) {
    if (line->options.json)
        return print_json();
    print_instructions();
    print_features();
    print_limits();
    print_rules();
    print_endings();
    return CLI_DONE;
}
