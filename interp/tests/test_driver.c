/* test_driver.c: the driver without streams: answers to good and bad requests, failing memory; base64, values and bytes
 * as JSON. */
#include "script/base64.h"
#include "script/json_value.h"

#include "driver_fixture.h"

/* ---- base64: the examples of RFC 4648, section 10 ------------------------------------------------------------ */

static void test_base64(tap *t) {
    static const struct {
        const char *bytes, *text;
    } examples[] = {{"", ""},
                    {"f", "Zg=="},
                    {"fo", "Zm8="},
                    {"foo", "Zm9v"},
                    {"foob", "Zm9vYg=="},
                    {"fooba", "Zm9vYmE="},
                    {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char text[16] = {0};
        uint8_t bytes[16] = {0};
        size_t size = 0, length = strlen(examples[i].text);
        base64_encode((const uint8_t *)examples[i].bytes, strlen(examples[i].bytes), text);
        tap_ok(t, EQ_TEXT(text, examples[i].text) && EQ(base64_length(strlen(examples[i].bytes)), length),
               "\"%s\" is %s", examples[i].bytes, examples[i].text);
        bool read = base64_decode(examples[i].text, length, bytes, &size);
        tap_ok(t, CHECK(read) && EQ(size, strlen(examples[i].bytes)) && EQ_BYTES(bytes, examples[i].bytes, size),
               "%s is \"%s\"", examples[i].text, examples[i].bytes);
        while (length > 0 && examples[i].text[length - 1] == '=')
            length--;
        tap_ok(t, CHECK(base64_decode(examples[i].text, length, bytes, &size)) && EQ(size, strlen(examples[i].bytes)),
               "%s may lack its padding", examples[i].text);
    }
    static const char *const bad[] = {"Z", "Zm9vY", "Zg=", "=", "====", "Zg==Zg==", "Z===", "Zm9\n", "Zm9v ", "Zm-_"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t bytes[16];
        size_t size;
        tap_ok(t, !base64_decode(bad[i], strlen(bad[i]), bytes, &size), "text %zu is not base64", i);
    }
    uint8_t all[256], back[300];
    char text[400];
    size_t size = 0;
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    base64_encode(all, sizeof all, text);
    tap_ok(t,
           CHECK(base64_decode(text, base64_length(sizeof all), back, &size)) && EQ(size, sizeof all) &&
               EQ_BYTES(all, back, size),
           "every byte is decoded again");
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* Whether a value that is read is written as the same text. */
static bool comes_back(const char *text) {
    const char *what;
    script_value value;
    json_t *json = json_loads(text, 0, NULL), *again = NULL;
    if (json_to_value(json, &value, &what))
        again = json_from_value(&value);
    bool same = again != NULL && json_equal(json, again) != 0;
    json_decref(json);
    json_decref(again);
    return same;
}

static bool is_refused(const char *text) {
    const char *what = NULL;
    script_value value;
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    bool refused = json != NULL && !json_to_value(json, &value, &what) && what != NULL;
    json_decref(json);
    return refused;
}

static void test_values(tap *t) {
    static const char bytes16[] =
        "{\"type\":\"v128\",\"lane_type\":\"i8\",\"value\":[\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
        "\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"255\"]}";
    static const char *const good[] = {
        "{\"type\":\"i32\",\"value\":\"4294967295\"}",
        "{\"type\":\"i64\",\"value\":\"18446744073709551615\"}",
        "{\"type\":\"f32\",\"value\":\"0\"}",
        "{\"type\":\"f64\",\"value\":\"9221120237041090560\"}",
        "{\"type\":\"externref\",\"value\":\"null\"}",
        "{\"type\":\"externref\",\"value\":\"18446744073709551615\"}",
        "{\"type\":\"anyref\",\"value\":\"3\"}",
        "{\"type\":\"funcref\",\"value\":\"null\"}",
        "{\"type\":\"nullref\",\"value\":\"null\"}",
        "{\"type\":\"v128\",\"lane_type\":\"i64\",\"value\":[\"18446744073709551615\",\"1\"]}",
        "{\"type\":\"v128\",\"lane_type\":\"f32\",\"value\":[\"1\",\"2\",\"3\",\"4294967295\"]}",
        "{\"type\":\"v128\",\"lane_type\":\"i16\",\"value\":[\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"65535\"]}",
        bytes16,
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        tap_ok(t, comes_back(good[i]), "%s is read and written", good[i]);
    static const char *const bad[] = {
        "null",
        "7",
        "[]",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"\"}",
        "{\"type\":\"i32\"}",
        "{\"type\":\"i32\",\"value\":1}",
        "{\"type\":\"i32\",\"value\":\"\"}",
        "{\"type\":\"i32\",\"value\":\"+1\"}",
        "{\"type\":\"i32\",\"value\":\"4294967296\"}",
        "{\"type\":\"i64\",\"value\":\"18446744073709551616\"}",
        "{\"type\":\"i64\",\"value\":\"99999999999999999999999\"}",
        "{\"type\":\"f32\",\"value\":\"nan:canonical\"}",
        "{\"type\":\"ref\",\"value\":\"null\"}",
        "{\"type\":\"funcref\",\"value\":\"3\"}",
        "{\"type\":\"externref\",\"value\":\"func\"}",
        "{\"type\":\"externref\"}",
        "{\"type\":\"either\",\"values\":[]}",
        "{\"type\":\"v128\",\"value\":[\"1\",\"2\"]}",
        "{\"type\":\"v128\",\"lane_type\":\"i64\",\"value\":[\"1\"]}",
        "{\"type\":\"v128\",\"lane_type\":\"i64\",\"value\":[\"1\",\"2\",\"3\"]}",
        "{\"type\":\"v128\",\"lane_type\":\"i64\",\"value\":[\"1\",2]}",
        "{\"type\":\"v128\",\"lane_type\":\"i64\",\"value\":\"1\"}",
        "{\"type\":\"v128\",\"lane_type\":\"i32\",\"value\":[\"1\",\"2\",\"3\",\"4294967296\"]}",
        "{\"type\":\"v128\",\"lane_type\":\"u8\",\"value\":[]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        tap_ok(t, is_refused(bad[i]), "%s is refused", bad[i]);
    wp_value vector = {.type = WP_T_V128, .of = {.v128 = {UINT64_C(0x200000001), UINT64_C(0xFFFFFFFF00000003)}}};
    json_t *json = json_from_result(&vector);
    json_t *expected = json_pack("{s:s, s:s, s:[s, s, s, s]}", "type", "v128", "lane_type", "i32", "value", "1", "2",
                                 "3", "4294967295");
    tap_ok(t, json_equal(json, expected) != 0, "the lanes of a vector are in order");
    json_decref(json);
    json_decref(expected);
}

/* Bytes that are not UTF-8 are replaced, one by one. */
static void test_bytes(tap *t) {
#define GONE "\xEF\xBF\xBD"
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"", ""},
        {"plain \\ \" \x01", "plain \\ \" \x01"},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF",
         "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"},
        {"a\xFFz", "a" GONE "z"},
        {"\x80", GONE},
        {"\xC3", GONE},                            /* truncated */
        {"\xE2\x82", GONE GONE},                   /* truncated */
        {"\xC3(", GONE "("},                       /* without a continuation */
        {"\xC0\x80", GONE GONE},                   /* overlong */
        {"\xE0\x9F\xBF", GONE GONE GONE},          /* overlong */
        {"\xED\xA0\x80", GONE GONE GONE},          /* a surrogate */
        {"\xF4\x90\x80\x80", GONE GONE GONE GONE}, /* beyond U+10FFFF */
        {"\xF5\x80\x80\x80", GONE GONE GONE GONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = json_from_bytes(cases[i].bytes);
        const char *text = json_string_value(json);
        tap_ok(t, CHECK(text != NULL) && EQ_TEXT(text, cases[i].text), "bytes %zu are made UTF-8", i);
        json_decref(json);
    }
#undef GONE
}

/* ---- Requests ------------------------------------------------------------------------------------------------ */

static const script_os here = {.when = SCRIPT_WHEN_NEVER};

/* Every command, in a session in which each has an effect. */
static const char *const session[] = {
    "{\"id\":1,\"cmd\":\"hello\"}",
    "{\"id\":2,\"cmd\":\"module\",\"name\":\"$m\",\"text\":\"(module (func (export \\\"f\\\") (param externref f64)"
    " (result f64 externref) local.get 1 local.get 0) (global (export \\\"g\\\") i64 (i64.const 3)))\"}",
    "{\"id\":3,\"cmd\":\"invoke\",\"field\":\"f\",\"args\":[{\"type\":\"externref\",\"value\":\"5\"},"
    "{\"type\":\"f64\",\"value\":\"6\"}]}",
    "{\"id\":4,\"cmd\":\"get\",\"module\":\"$m\",\"field\":\"g\"}",
    "{\"id\":5,\"cmd\":\"register\",\"as\":\"m\"}",
    "{\"id\":6,\"cmd\":\"define\",\"name\":\"$d\",\"bytes\":\"AGFzbQEAAAA=\"}",
    "{\"id\":7,\"cmd\":\"instantiate\",\"definition\":\"$d\",\"name\":\"$i\"}",
    "{\"id\":8,\"cmd\":\"check\",\"phase\":\"instantiate\",\"text\":\"(import \\\"m\\\" \\\"g\\\" (global i64))\"}",
    "{\"id\":9,\"cmd\":\"process\",\"name\":\"$p\",\"address\":\"i64\",\"pages\":\"64\",\"stack\":\"0\"}",
    "{\"id\":10,\"cmd\":\"mmap\",\"hint\":\"65536\",\"length\":\"1\"}",
    "{\"id\":11,\"cmd\":\"poke\",\"addr\":\"65536\",\"bytes\":\"AQID\"}",
    "{\"id\":12,\"cmd\":\"peek\",\"addr\":\"65536\",\"length\":\"3\"}",
    "{\"id\":13,\"cmd\":\"munmap\",\"addr\":\"65536\",\"length\":\"1\"}",
    "{\"id\":14,\"cmd\":\"switch\"}",
    "{\"id\":15,\"cmd\":\"end\",\"name\":\"$p\"}",
    "{\"id\":16,\"cmd\":\"rules\"}",
    "{\"id\":17,\"cmd\":\"reset\"}",
};

enum { SESSION = sizeof session / sizeof *session };

/* The kind of an answer to request `id`, as read_kind gives it; "" for any other answer, or one of several lines. */
static void read_answer(const char *answer, int id, char kind[32]) {
    json_t *json = json_loads(answer, 0, NULL);
    bool ours = json_integer_value(json_object_get(json, "id")) == id && strchr(answer, '\n') == NULL;
    json_decref(json);
    kind[0] = '\0';
    if (ours)
        read_kind(answer, kind);
}

static void test_session(tap *t) {
    fixture x;
    if (!tap_ok(t, open_fixture(&x, &here, 0), "a driver is created"))
        return;
    for (int i = 0; i < SESSION; i++) {
        char kind[32];
        const char *answer = ask(&x, session[i]);
        read_answer(answer, i + 1, kind);
        if (!tap_ok(t, EQ_TEXT(kind, "ok"), "%.60s", session[i]))
            tap_note("%s", answer);
    }
    tap_ok(t,
           EQ_TEXT(ask(&x, session[8]), "{\"id\":9,\"ok\":true}") &&
               EQ_TEXT(ask(&x, session[9]), "{\"id\":10,\"ok\":true,\"value\":\"65536\"}") &&
               EQ_TEXT(ask(&x, session[10]), "{\"id\":11,\"ok\":true}") &&
               EQ_TEXT(ask(&x, session[11]), "{\"id\":12,\"ok\":true,\"bytes\":\"AQID\"}"),
           "answers have the form of the protocol");
    tap_ok(t, close_fixture(&x), "all memory is freed");
}

/* An answer that needs no memory. */
static const char no_memory[] = "{\"id\":null,\"error\":{\"kind\":\"exhaustion\",\"message\":\"out of memory\"}}";

/* A condition: a request has its normal answer, or an error other than a crash, with the k-th allocation for JSON
 * failing (0: none). */
static bool is_answered(fixture *x, size_t k, int i, const char *normal, bool *failed) {
    char kind[32] = "exhaustion";
    failing_json_at(k);
    const char *answer = ask(x, session[i]);
    failing_json_at(0);
    if (strcmp(answer, no_memory) != 0)
        read_answer(answer, i + 1, kind);
    /* A request may name an unknown object only after the first failure. */
    bool sound = kind[0] != '\0' && strcmp(kind, "crash") != 0 && (strcmp(kind, "protocol") != 0 || *failed);
    *failed = *failed || strcmp(answer, normal) != 0;
    if (!sound)
        tap_note("request %d: %s", i + 1, answer);
    return sound;
}

/* A condition: the session survives failures of the engine's k-th allocation and all later ones, or of the k-th for
 * JSON in each request, and works again afterwards. */
static bool survives(size_t k, bool of_json, char *const normal[SESSION], bool *failed) {
    fixture x;
    bool sound = true, opened = open_fixture(&x, &here, of_json ? 0 : k);
    *failed = !opened;
    for (int i = 0; i < SESSION && opened; i++)
        sound = is_answered(&x, of_json ? k : 0, i, normal[i], failed) && sound;
    failing_stop(&x.f);
    if (opened)
        sound = sound && EQ_TEXT(ask(&x, session[SESSION - 1]), normal[SESSION - 1]);
    return close_fixture(&x) && sound;
}

static void test_failing_memory(tap *t) {
    fixture x;
    char *normal[SESSION];
    if (!tap_ok(t, open_fixture(&x, &here, 0), "a driver is created"))
        return;
    for (int i = 0; i < SESSION; i++)
        normal[i] = strdup(ask(&x, session[i]));
    close_fixture(&x);
    for (int of_json = 0; of_json < 2; of_json++) {
        bool failed = true;
        size_t k = 1, survived = 0;
        for (; failed && k < 100000; k++)
            survived += survives(k, of_json != 0, normal, &failed) ? 1 : 0;
        tap_ok(t, EQ(survived, k - 1) && CHECK(k > 50), "%zu of %zu failing allocations%s are survived", survived,
               k - 1, of_json != 0 ? " for JSON" : "");
    }
    for (int i = 0; i < SESSION; i++)
        free(normal[i]);
}

/* Damaged requests. */
static void test_noise(tap *t) {
    fixture x;
    uint32_t chance = 12345;
    int strange = 0;
    if (!tap_ok(t, open_fixture(&x, &here, 0), "a driver is created"))
        return;
    for (int round = 0; round < 20000; round++) {
        char line[400];
        const char *source = session[round % SESSION];
        size_t size = strlen(source);
        memcpy(line, source, size);
        for (int changes = 0; changes <= round % 4; changes++) {
            chance = chance * 1664525 + 1013904223;
            line[chance >> 8 & 0xFFFF ? (chance >> 8) % size : 0] = (char)(chance >> 24);
        }
        const char *answer = driver_answer(x.driver, line, round % 7 == 0 ? chance % size : size);
        json_t *json = json_loads(answer, 0, NULL);
        const char *kind = json_string_value(json_object_get(json_object_get(json, "error"), "kind"));
        bool ok = json_is_true(json_object_get(json, "ok"));
        if (strchr(answer, '\n') != NULL || ok == (kind != NULL) || (kind != NULL && strcmp(kind, "crash") == 0)) {
            tap_note("%.*s: %s", (int)size, line, answer);
            strange++;
        }
        json_decref(json);
    }
    tap_ok(t, EQ(strange, 0), "20000 damaged requests are answered");
    tap_ok(t, close_fixture(&x), "all memory is freed");
}

int main(void) {
    tap t = {0};
    failing_json_install();
    test_base64(&t);
    test_values(&t);
    test_bytes(&t);
    test_session(&t);
    test_failing_memory(&t);
    test_noise(&t);
    return tap_done(&t);
}
