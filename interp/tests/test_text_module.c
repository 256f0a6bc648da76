/* test_text_module.c: the meaning of text modules: against their binary form, and abbreviations against their
 * expansions (specification, "Text Format").
 */
#include "core/module.h"
#include "core_fixture.h"

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

static bytes encode(fixture *x, const char *text) {
    wp_module *module = fixture_parse(x, text);
    bytes out = {NULL, 0};
    fixture_must(x, wp_module_encode(module, &out.data, &out.size, &x->diag) == WP_OK, text);
    wp_module_delete(module);
    return out;
}

/* ---- Binary forms -------------------------------------------------------------------------------------------- */

#define HEAD "\0asm\1\0\0\0"
/* A module of one function () -> () with this body. */
#define FUNC_HEAD HEAD "\1\4\1\x60\0\0\3\2\1\0"

typedef struct binary_case {
    const char *text;
    const char *bytes;
    size_t size;
} binary_case;

#define CASE(text, bytes)                                                                                              \
    { text, bytes, sizeof bytes - 1 }

static const binary_case binaries[] = {
    CASE("(module)", HEAD),
    CASE("", HEAD),
    CASE("(func)", FUNC_HEAD "\x0A\4\1\2\0\x0B"),
    CASE("(module $m (func $f nop (nop)))", FUNC_HEAD "\x0A\6\1\4\0\1\1\x0B"),
    CASE("(func (local i32 i32) (local f64) (local $a f64) (local) (local i32))",
         FUNC_HEAD "\x0A\x0A\1\x08\3\2\x7F\2\x7C\1\x7F\x0B"),
    CASE("(type (func (param i32 i64) (param f32) (param $x f64) (result v128 funcref) (result externref)))",
         HEAD "\1\x0B\1\x60\4\x7F\x7E\x7D\x7C\3\x7B\x70\x6F"),
    CASE(
        "(type (func (param anyref eqref i31ref structref arrayref exnref nullref nullfuncref nullexternref nullexnref "
        "(ref func) (ref null any) (ref 1) (ref null 2))))",
        HEAD "\1\x15\1\x60\x0E\x6E\x6D\x6C\x6B\x6A\x69\x71\x73\x72\x74\x64\x70\x6E\x64\1\x63\2\0"),
    CASE("(type (func (param (ref any) (ref eq) (ref i31) (ref struct) (ref array) (ref exn) (ref none) (ref nofunc) "
         "(ref noextern) (ref noexn) (ref extern))))",
         HEAD
         "\1\x1A\1\x60\x0B\x64\x6E\x64\x6D\x64\x6C\x64\x6B\x64\x6A\x64\x69\x64\x71\x64\x73\x64\x72\x64\x74\x64\x6F\0"),
    CASE("(type (struct (field i8 (mut i16)) (field) (field $f f32))) (type (array (mut i64)))",
         HEAD "\1\x0C\2\x5F\3\x78\0\x77\1\x7D\0\x5E\x7E\1"),
    CASE("(rec (type $a (sub $a (func))) (type (sub final 0 $a (struct)))) (rec) (rec (type (sub (array i8))))",
         HEAD "\1\x16\3\x4E\2\x50\1\0\x60\0\0\x4F\2\0\0\x5F\0\x4E\0\x50\0\x5E\x78\0"),
    CASE("(import \"a\" \"\\62\" (func $f (param i32)))", HEAD "\1\5\1\x60\1\x7F\0\2\7\1\1a\1b\0\0"),
    CASE("(import \"\" \"\" (table 1 2 funcref)) (import \"\" \"\" (table i64 1 externref))",
         HEAD "\2\x0E\2\0\0\1\x70\1\1\2\0\0\1\x6F\4\1"),
    CASE("(import \"\" \"\" (memory 1)) (import \"\" \"\" (memory i32 0x1_0 16)) (import \"\" \"\" (memory i64 1))",
         HEAD "\2\x11\3\0\0\2\0\1\0\0\2\1\x10\x10\0\0\2\4\1"),
    CASE("(import \"\" \"\" (global i32)) (import \"\" \"\" (global (mut (ref null func))))",
         HEAD "\2\x0B\2\0\0\3\x7F\0\0\0\3\x70\1"),
    CASE("(import \"\" \"\" (tag (param i32)))", HEAD "\1\5\1\x60\1\x7F\0\2\6\1\0\0\4\0\0"),
    CASE("(table 0x10 funcref) (table 1 (ref func) (ref.func 0) nop)",
         HEAD "\4\x0E\2\x70\0\x10\x40\0\x64\x70\0\1\xD2\0\1\x0B"),
    CASE("(memory 18446744073709551615)", HEAD "\5\x0C\1\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"),
    CASE("(tag) (tag (type 0))", HEAD "\1\4\1\x60\0\0\x0D\5\2\0\0\0\0"),
    CASE("(global $g (mut i64) (i64.const -1)) (global i32 i32.const 1 i32.const 2)",
         HEAD "\6\x0D\2\x7E\1\x42\x7F\x0B\x7F\0\x41\1\x41\2\x0B"),
    CASE("(func $f) (export \"a\" (func $f)) (export \"b\" (func 0)) (export \"\" (memory 7)) (start $f)",
         FUNC_HEAD "\7\x0C\3\1a\0\0\1b\0\0\0\2\7\x08\1\0\x0A\4\1\2\0\x0B"),
    CASE("(export \"\" (table 1)) (export \"\" (global 2)) (export \"\" (tag 3))", HEAD "\7\x0A\3\0\1\1\0\3\2\0\4\3"),
    CASE("(data \"a\" \"\\00\\ff\" \"\") (data (memory 1) (offset i32.const 1) \"b\") (data (i32.const 0))",
         HEAD "\x0B\x12\3\1\3"
              "a\0\xFF\2\1\x41\1\x0B\1b\0\x41\0\x0B\0"),
    /* Element segments: every binary form */
    CASE("(elem (i32.const 1) func 0 1)", HEAD "\x09\x08\1\0\x41\1\x0B\2\0\1"),
    CASE("(elem func)", HEAD "\x09\4\1\1\0\0"),
    CASE("(elem (table 1) (i32.const 1) func 0)", HEAD "\x09\x09\1\2\1\x41\1\x0B\0\1\0"),
    CASE("(elem declare func 0)", HEAD "\x09\5\1\3\0\1\0"),
    CASE("(elem (i32.const 1) funcref (ref.null func))", HEAD "\x09\x09\1\4\x41\1\x0B\1\xD0\x70\x0B"),
    CASE("(elem externref (item ref.null extern nop))", HEAD "\x09\x08\1\5\x6F\1\xD0\x6F\1\x0B"),
    CASE("(elem (table 1) (offset (i32.const 1)) (ref null func) (item (ref.func 0)))",
         HEAD "\x09\x0B\1\6\1\x41\1\x0B\x70\1\xD2\0\x0B"),
    CASE("(elem (i32.const 1) externref)", HEAD "\x09\x08\1\6\0\x41\1\x0B\x6F\0"),
    CASE("(elem declare (ref 0) (ref.func 0))", HEAD "\x09\x08\1\7\x64\0\1\xD2\0\x0B"),
    CASE("(elem (ref func) (ref.func 3) (item ref.func 4))", HEAD "\x09\6\1\1\0\2\3\4"),
    CASE("(elem (ref func) (ref.func 3) (item ref.func 4 nop))", HEAD "\x09\x0C\1\5\x64\x70\2\xD2\3\x0B\xD2\4\1\x0B"),
    CASE("(func data.drop 0) (data)", FUNC_HEAD "\x0C\1\1\x0A\7\1\5\0\xFC\x09\0\x0B\x0B\3\1\1\0"),
};

static void test_binaries(fixture *x) {
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        bytes got = encode(x, binaries[i].text);
        tap_ok(x->t, EQ(got.size, binaries[i].size) && EQ_BYTES(got.data, binaries[i].bytes, got.size), "%s",
               binaries[i].text);
        wp_buffer_free(x->engine, got.data, got.size);
    }
}

/* ---- Instructions -------------------------------------------------------------------------------------------- */

/* Bodies of a function, in a module with names for everything. */
static const binary_case bodies[] = {
    CASE("block end loop end", "\2\x40\x0B\3\x40\x0B"),
    CASE("block (result i32) end", "\2\x7F\x0B"),
    CASE("block (result) end", "\2\x40\x0B"),
    CASE("block (param) (result (ref 1)) end", "\2\x64\1\x0B"),
    CASE("block (type $t) end", "\2\0\x0B"),
    CASE("block (type 1) end", "\2\1\x0B"),
    CASE("block (type $t) (param i32) (result i32) end", "\2\0\x0B"),
    CASE("block (param i32) (result i32) end", "\2\0\x0B"),
    CASE("block (result i32) (result i32) end", "\2\3\x0B"),
    CASE("if $l br $l else $l br 0 end $l", "\4\x40\x0C\0\5\x0C\0\x0B"),
    CASE("block $a block $b block $a br $a br $b br 3 end br $a end $b end $a", "\2\x40\2\x40\2\x40\x0C\0\x0C\1\x0C\3"
                                                                                "\x0B\x0C\1\x0B\x0B"),
    CASE("br_if 0 br_table 1 br_table 1 2 3 br_on_null 4 br_on_non_null 5", "\x0D\0\x0E\0\1\x0E\2\1\2\3\xD5\4\xD6\5"),
    CASE("call $f return_call 1 call_ref $t return_call_ref 1 ref.func $f throw $e throw_ref return unreachable",
         "\x10\0\x12\1\x14\0\x15\1\xD2\0\x08\0\x0A\x0F\0"),
    CASE("call_indirect (type $t) call_indirect 1 (type $t) call_indirect $u (param i32) (result i32)",
         "\x11\0\0\x11\0\1\x11\0\1"),
    CASE("call_indirect return_call_indirect $u (type 1) (return_call_indirect)", "\x11\1\0\x13\1\1\x13\1\0"),
    CASE("drop select select (result i32) select (result) (result f32 i32)", "\x1A\x1B\x1C\1\x7F\x1C\2\x7D\x7F"),
    CASE("select (result)", "\x1C\0"),
    CASE("local.get $x local.set $y local.tee 7 global.get $g global.set 1", "\x20\0\x21\1\x22\7\x23\0\x24\1"),
    CASE("table.get table.set $u table.size 1 table.grow table.fill table.copy table.copy $u 0",
         "\x25\0\x26\1\xFC\x10\1\xFC\x0F\0\xFC\x11\0\xFC\x0E\0\0\xFC\x0E\1\0"),
    CASE("table.init $s table.init $u $s elem.drop $s", "\xFC\x0C\0\0\xFC\x0C\0\1\xFC\x0D\0"),
    CASE("memory.size memory.size $n memory.grow 1 memory.fill memory.copy memory.copy 0 $n",
         "\x3F\0\x3F\1\x40\1\xFC\x0B\0\xFC\x0A\0\0\xFC\x0A\0\1"),
    CASE("memory.init $d memory.init $n $d data.drop 0", "\xFC\x08\0\0\xFC\x08\0\1\xFC\x09\0"),
    CASE("i32.load i32.load align=1 i64.load offset=1 align=0x8 i32.load8_u $n offset=0x1_0 align=1 f64.store 1",
         "\x28\2\0\x28\0\0\x29\3\1\x2D\x40\1\x10\x39\x43\1\0"),
    CASE("i32.load offset=18446744073709551615 align=9223372036854775808",
         "\x28\x3F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"),
    CASE("i32.const -1 i32.const 0xFFFFFFFF i64.const 0x8000_0000_0000_0000 f32.const 1.5 f64.const -nan:0x1",
         "\x41\x7F\x41\x7F\x42\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7F\x43\0\0\xC0\x3F\x44\1\0\0\0\0\0\xF0\xFF"),
    CASE("ref.null func ref.null $t ref.null none ref.is_null ref.as_non_null ref.eq",
         "\xD0\x70\xD0\0\xD0\x71\xD1\xD4\xD3"),
    CASE("ref.test (ref any) ref.test anyref ref.cast (ref null $t) ref.cast (ref 1)",
         "\xFB\x14\x6E\xFB\x15\x6E\xFB\x17\0\xFB\x16\1"),
    CASE("br_on_cast 1 anyref (ref i31) br_on_cast_fail 0 (ref any) eqref", "\xFB\x18\1\1\x6E\x6C\xFB\x19\2\0\x6E\x6D"),
    CASE("struct.new $p struct.get $p $b struct.get_s $p 0 struct.set 2 $a struct.new_default 2",
         "\xFB\0\2\xFB\2\2\1\xFB\3\2\0\xFB\5\2\0\xFB\1\2"),
    CASE("array.new $t array.new_fixed 1 4294967295 array.new_data 1 $d array.new_elem 1 $s array.copy $t 1",
         "\xFB\6\0\xFB\x08\1\xFF\xFF\xFF\xFF\x0F\xFB\x09\1\0\xFB\x0A\1\0\xFB\x11\0\1"),
    CASE("array.init_data 1 $d array.init_elem 1 $s array.len ref.i31", "\xFB\x12\1\0\xFB\x13\1\0\xFB\x0F\xFB\x1C"),
    CASE("try_table $l (catch $e $l) end", "!unknown label"),
    CASE("block $l try_table (result i32) (catch $e $l) (catch_ref 0 1) (catch_all 0) (catch_all_ref $l) br 1 end end",
         "\2\x40\x1F\x7F\4\0\0\0\1\0\1\2\0\3\0\x0C\1\x0B\x0B"),
    CASE("(try_table (catch_all 0) (nop))", "\x1F\x40\1\2\0\1\x0B"),
    CASE("v128.const i8x16 -128 255 0 1 2 3 4 5 6 7 8 9 10 11 12 0xf",
         "\xFD\x0C\x80\xFF\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0F"),
    CASE("v128.const i16x8 -1 65535 -32768 3 4 5 6 7", "\xFD\x0C\xFF\xFF\xFF\xFF\0\x80\3\0\4\0\5\0\6\0\7\0"),
    CASE("v128.const i32x4 -1 1 2 0x80000000", "\xFD\x0C\xFF\xFF\xFF\xFF\1\0\0\0\2\0\0\0\0\0\0\x80"),
    CASE("v128.const i64x2 1 -2", "\xFD\x0C\1\0\0\0\0\0\0\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
    CASE("v128.const f32x4 1 -0 inf nan", "\xFD\x0C\0\0\x80\x3F\0\0\0\x80\0\0\x80\x7F\0\0\xC0\x7F"),
    CASE("v128.const f64x2 1 -inf", "\xFD\x0C\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\xF0\xFF"),
    CASE("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 255",
         "\xFD\x0D\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\xFF"),
    CASE("i8x16.extract_lane_s 255 v128.load v128.store $n offset=1 align=1", "\xFD\x15\xFF\xFD\0\4\0\xFD\x0B\x40\1\1"),
    CASE("v128.load8_lane 3 v128.load16_lane 1 3 v128.load32_lane $n 3", "\xFD\x54\0\0\3\xFD\x55\x41\1\0\3\xFD\x56\x42"
                                                                         "\1\0\3"),
    CASE("v128.load8_lane 1 offset=2 3 v128.load16_lane 1 align=1 3 v128.load64_lane offset=2 align=1 3",
         "\xFD\x54\x40\1\2\3\xFD\x55\x40\1\0\3\xFD\x57\0\2\3"),
    CASE("v128.store8_lane 0 array.len", "\xFD\x58\0\0\0\xFB\x0F"),
    /* Folded */
    CASE("(i32.add (i32.const 1) (i32.mul (local.get $x) (i32.const 2)))", "\x41\1\x20\0\x41\2\x6C\x6A"),
    CASE("(drop) nop (drop (nop) (nop)) nop", "\x1A\1\1\1\x1A\1"),
    CASE("(block $l (result i32) (br $l (i32.const 1)) nop)", "\2\x7F\x41\1\x0C\0\1\x0B"),
    CASE("(loop (block) loop end)", "\3\x40\2\x40\x0B\3\x40\x0B\x0B"),
    CASE("(if (i32.const 1) (then))", "\x41\1\4\x40\x0B"),
    CASE("(if (then) (else))", "\4\x40\5\x0B"),
    CASE("(if $l (result i32) (i32.eqz (i32.const 1)) (nop) (then br $l) (else (br $l) nop))",
         "\x41\1\x45\1\4\x7F\x0C\0\5\x0C\0\1\x0B"),
    CASE("(block $l (if $l (br $l) (then (br $l)) (else (br 1))) (br $l))",
         "\2\x40\x0C\0\4\x40\x0C\0\5\x0C\1\x0B\x0C\0\x0B"),
    CASE("(if (type 1) (if (then) (else)) (then (if (nop) (then))))", "\4\x40\5\x0B\4\1\1\4\x40\x0B\x0B"),
    CASE("(call_indirect $u (type $t) (nop) (i32.const 0))", "\1\x41\0\x11\0\1"),
    CASE("(select (result i32) (nop) (i32.const 1))", "\1\x41\1\x1C\1\x7F"),
    CASE("(br_table 0 1 (nop)) (memory.init $d (nop)) (v128.load8_lane 1 (nop))",
         "\1\x0E\1\0\1\1\xFC\x08\0\0\1\xFD\x54\0\0\1"),
};

static void check_body(fixture *x, const binary_case *c) {
    static char text[2000];
    wp_diag diag = {.status = WP_OK};
    wp_module *module = NULL;
    uint8_t *data = NULL;
    size_t size = 0;
    snprintf(text, sizeof text,
             "(type $t (func (param i32) (result i32))) (type (func)) (type $p (struct (field $a i32) (field $b i32)))"
             "(import \"\" \"\" (func $f (type 0))) (import \"\" \"\" (memory 0)) (import \"\" \"\" (memory $n 0))"
             "(import \"\" \"\" (table 0 funcref)) (import \"\" \"\" (table $u 0 funcref))"
             "(import \"\" \"\" (global $g i32)) (import \"\" \"\" (tag $e (type 1)))"
             "(func (type 0) (param $x i32) (result i32) (local $y i32) %s) (elem $s func) (data $d)",
             c->text);
    wp_status status = wp_module_parse(x->engine, text, strlen(text), &module, &diag);
    if (c->bytes[0] == '!') {
        tap_ok(x->t, EQ_STATUS(status, WP_MALFORMED) && CHECK(strncmp(diag.message, c->bytes + 1, c->size - 1) == 0),
               "refused: %s", c->text);
        return;
    }
    if (status != WP_OK || wp_module_encode(module, &data, &size, &diag) != WP_OK) {
        tap_ok(x->t, false, "%s", c->text);
        tap_note("%s", diag.message);
        wp_module_delete(module);
        return;
    }
    /* The data section of 5 bytes follows the code, and the function's one run of locals precedes it. */
    static const uint8_t locals[] = {1, 1, 0x7F}, tail[] = {0x0B, 0x0B, 3, 1, 1, 0};
    const uint8_t *end = data + size - sizeof tail, *start = end - c->size;
    tap_ok(x->t,
           CHECK(size > c->size + 20) && EQ_BYTES(end, tail, sizeof tail) && EQ_BYTES(start, c->bytes, c->size) &&
               EQ_BYTES(start - 3, locals, 3),
           "%s", c->text);
    wp_buffer_free(x->engine, data, size);
    wp_module_delete(module);
}

static void test_bodies(fixture *x) {
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        check_body(x, &bodies[i]);
}

/* ---- Abbreviations ------------------------------------------------------------------------------------------- */

static const char *const equivalent[][2] = {
    {"(module $m (func) (memory 1))", "(func) (memory 1)"},
    /* Identifiers may be used before they are bound */
    {"(func (call $g) (global.get $h) (drop (ref.null $t))) (func $g) (global $h i32 (i32.const 0)) (type $t (func))",
     "(func (call 1) (global.get 0) (drop (ref.null 0))) (func) (global i32 (i32.const 0)) (type (func))"},
    {"(start $f) (export \"\" (table $t)) (elem (table $t) (i32.const 0) func $f) (table $t 1 funcref) (func $f)",
     "(start 0) (export \"\" (table 0)) (elem (table 0) (i32.const 0) func 0) (table 1 funcref) (func)"},
    {"(type $a (struct (field (ref $b)))) (type $b (struct))", "(type (struct (field (ref 1)))) (type (struct))"},
    {"(func $f) (func $\"g h\" (call $\"\\66\") (call $\"g\\20h\"))", "(func) (func (call 0) (call 1))"},
    /* Inline function types: the first plain type, or a new one at the end, in order of the text */
    {"(func (param i32)) (func (result i32) (unreachable)) (func (param i32))",
     "(type (func (param i32))) (type (func (result i32))) (func (type 0)) (func (type 1) (unreachable)) (func "
     "(type 0))"},
    {"(func (param i32) (block (param i32) (result i32 i32))) (type (func)) (func)",
     "(func (type 1) (block (type 2))) (type (func)) (func (type 0)) (type (func (param i32))) (type (func (param i32) "
     "(result i32 i32)))"},
    {"(type (sub (func))) (rec (type (func)) (type (func))) (func)",
     "(type (sub (func))) (rec (type (func)) (type (func))) (type (func)) (func (type 3))"},
    {"(type (struct)) (type (func)) (rec (type (func (param i32)))) (func) (func (param i32))",
     "(type (struct)) (type (func)) (type (func (param i32))) (func (type 1)) (func (type 2))"},
    {"(import \"\" \"\" (func (param $x i32))) (tag (param i32))",
     "(type (func (param i32))) (import \"\" \"\" (func (type 0))) (tag (type 0))"},
    {"(func (type $t) (local $l i32) (local.get $l)) (type $t (func (param i32 i32)))",
     "(func (type 0) (local i32) (local.get 2)) (type (func (param i32 i32)))"},
    {"(func (type 0) (param $a i32) (param) (param i32 i32) (param $b f32) (local.get $b)) (type (func (param i32 i32 "
     "i32 f32)))",
     "(func (type 0) (local.get 3)) (type (func (param i32 i32 i32 f32)))"},
    /* Inline imports and exports */
    {"(func $f (export \"a\") (export \"b\") (import \"m\" \"n\") (param i32)) (func (export \"c\") (call $f))",
     "(import \"m\" \"n\" (func $f (param i32))) (export \"a\" (func 0)) (export \"b\" (func 0)) (func (call $f)) "
     "(export "
     "\"c\" (func 1))"},
    {"(table $t (import \"m\" \"n\") 1 2 funcref) (table (export \"a\") 3 funcref)",
     "(import \"m\" \"n\" (table 1 2 funcref)) (table 3 funcref) (export \"a\" (table 1))"},
    {"(memory (import \"m\" \"n\") i64 1 2) (memory (export \"a\") 3)",
     "(import \"m\" \"n\" (memory i64 1 2)) (memory 3) (export \"a\" (memory 1))"},
    {"(global $g (import \"m\" \"n\") (mut i32)) (global (export \"a\") i32 (i32.const 3))",
     "(import \"m\" \"n\" (global (mut i32))) (global i32 (i32.const 3)) (export \"a\" (global 1))"},
    {"(tag $e (import \"m\" \"n\") (param i32)) (tag (export \"a\") (type 0))",
     "(import \"m\" \"n\" (tag (param i32))) (tag (type 0)) (export \"a\" (tag 1))"},
    /* Memories and tables with their contents */
    {"(memory $m (data))", "(memory 0 0) (data (i32.const 0))"},
    {"(memory (export \"m\") i64 (data \"a\" \"b\"))",
     "(memory i64 1 1) (export \"m\" (memory 0)) (data (i64.const 0) \"ab\")"},
    {"(memory 0) (memory i32 (data \"x\")) (data $d \"\") (func (data.drop $d))",
     "(memory 0) (memory 1 1) (data (memory 1) (i32.const 0) \"x\") (data \"\") (func (data.drop 1))"},
    {"(table funcref (elem)) (table i64 funcref (elem $f 0)) (func $f)",
     "(table 0 0 funcref) (table i64 2 2 funcref) (elem (i32.const 0) func) (elem (table 1) (i64.const 0) func 0 0) "
     "(func)"},
    {"(table (ref null 0) (elem $f)) (type (func)) (func $f) (elem $e func) (func (elem.drop $e))",
     "(table 1 1 (ref null 0)) (elem (table 0) (i32.const 0) (ref null 0) (ref.func 0)) (type (func)) (func) (elem "
     "func) "
     "(func (elem.drop 1))"},
    {"(table externref (elem (ref.null extern) (item ref.null extern)))",
     "(table 2 2 externref) (elem (table 0) (i32.const 0) externref (ref.null extern) (ref.null extern))"},
    {"(table (ref func) (elem (ref.func 0))) (func)",
     "(table 1 1 (ref func)) (elem (table 0) (i32.const 0) func 0) (func)"},
    {"(table $t (export \"elem\") (import \"elem\" \"(elem\") 0 funcref) (elem $e func) (func (elem.drop $e))",
     "(import \"elem\" \"(elem\" (table 0 funcref)) (export \"elem\" (table 0)) (elem func) (func (elem.drop 0))"},
    /* Segments */
    {"(table 1 funcref) (func $f) (elem $e (i32.const 0) $f 0) (elem (offset (i32.const 0)))",
     "(table 1 funcref) (func) (elem (table 0) (offset i32.const 0) func 0 0) (elem (table 0) (i32.const 0) func)"},
    {"(elem (i32.const 0) funcref (item (ref.func 0)) (ref.null func)) (func)",
     "(elem (table 0) (offset (i32.const 0)) funcref (item ref.func 0) (item ref.null func)) (func)"},
    {"(memory 1) (data $d (offset (i32.const 0) (nop)) \"a\") (data (i32.const 0) \"b\")",
     "(memory 1) (data (memory 0) (offset i32.const 0 nop) \"a\") (data (memory 0) (offset i32.const 0) \"b\")"},
    {"(data (memory $m) (i32.const 0)) (memory 0) (memory $m 0)",
     "(data (memory 1) (i32.const 0)) (memory 0) (memory 0)"},
    /* Flat and folded */
    {"(func (if (result i32) (i32.const 0) (then (i32.const 1)) (else (i32.const 2))))",
     "(func i32.const 0 if (result i32) i32.const 1 else i32.const 2 end)"},
    {"(func (block (loop (br_if 1 (i32.const 0)))))", "(func block loop i32.const 0 br_if 1 end end)"},
    /* Space and comments between any tokens; annotations too */
    {"((;;)func(;;)$f(;;)((;;)param(;;)i32(;;))(;;)nop(;;));;", "(func $f (param i32) nop)"},
    {"((@a)func(@a (b))$f(@c \")\")((@a)param(@a)i32(@a))(@a)nop(@a))(@a)", "(func $f (param i32) nop)"},
};

static void test_equivalent(fixture *x) {
    for (size_t i = 0; i < sizeof equivalent / sizeof *equivalent; i++) {
        bytes a = encode(x, equivalent[i][0]), b = encode(x, equivalent[i][1]);
        tap_ok(x->t, EQ(a.size, b.size) && EQ_BYTES(a.data, b.data, a.size), "%s", equivalent[i][0]);
        wp_buffer_free(x->engine, a.data, a.size);
        wp_buffer_free(x->engine, b.data, b.size);
    }
}

/* ---- Every instruction --------------------------------------------------------------------------------------- */

/* Immediates of a kind. */
static const char *sample_immediate(wp_imm immediate) {
    switch (immediate) {
    case IMM_LABEL:
    case IMM_LABELS:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_ELEM:
    case IMM_ELEM_TABLE:
    case IMM_DATA:
    case IMM_DATA_MEMORY:
    case IMM_MEMARG_LANE:
    case IMM_LANE:
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64:
    case IMM_TAG: return "0";
    case IMM_TYPE_TABLE: return "(type 0)";
    case IMM_SHUFFLE: return "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";
    case IMM_V128: return "i64x2 0 0";
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE: return "0 0";
    case IMM_CAST: return "0 anyref anyref";
    default: return "";
    }
}

static const char *immediate_of(size_t op) {
    switch (op) {
    case WP_OP_select_t: return "(result i32)";
    case WP_OP_ref_null: return "func";
    case WP_OP_ref_test:
    case WP_OP_ref_cast: return "(ref func)";
    case WP_OP_ref_test_null:
    case WP_OP_ref_cast_null: return "funcref";
    default: return sample_immediate((wp_imm)wp_instr_rows[op].immediate);
    }
}

/* Each mnemonic with its immediates is its instruction, flat and folded, and after encoding and decoding. */
static void test_every_instruction(fixture *x) {
    static char text[300];
    for (size_t op = 0; op < WP_OP_COUNT; op++) {
        const char *mnemonic = wp_instr_rows[op].mnemonic, *immediate = immediate_of(op);
        bool is_block = wp_instr_rows[op].immediate == IMM_BLOCK || op == WP_OP_try_table;
        if (op == WP_OP_else || op == WP_OP_end)
            continue;
        snprintf(text, sizeof text, "(func %s %s %s) (func (%s %s %s)) (type (struct (field i32)))", mnemonic,
                 immediate, is_block ? "end" : "", mnemonic, immediate, op == WP_OP_if ? "(then)" : "");
        wp_module *module = fixture_parse(x, text), *copy = NULL;
        bool same = module->nfuncs == 2 && module->funcs[0].code.ninstrs == (is_block ? 3 : 2) &&
                    module->funcs[0].code.instrs[0].op == op && module->funcs[1].code.instrs[0].op == op;
        uint8_t *data = NULL;
        size_t size = 0;
        fixture_must(x,
                     wp_module_encode(module, &data, &size, &x->diag) == WP_OK &&
                         wp_module_decode(x->engine, data, size, &copy, &x->diag) == WP_OK,
                     text);
        same = same && EQ(copy->funcs[0].code.instrs[0].op, op);
        if (!same || op == WP_OP_unreachable)
            tap_ok(x->t, same, "instruction %s %s", mnemonic, immediate);
        wp_buffer_free(x->engine, data, size);
        wp_module_delete(copy);
        wp_module_delete(module);
    }
}

/* ---- Beyond the binary form ---------------------------------------------------------------------------------- */

static bool is_at(const wp_module *m, uint32_t pos, uint32_t line, uint32_t column) {
    wp_location where = wp_module_locate(m, pos);
    return EQ(where.line, line) && EQ(where.column, column);
}

static void test_places(fixture *x) {
    wp_module *m = fixture_parse(x, "\n;;\n(module $\"a b\"\n  (type $t (func))\n  (import \"\" \"\" (func))\n"
                                    "  (func (nop)\n    block end)\n  (start 0) (export \"e\" (func 0))\n"
                                    "  (global i32 (i32.const 1)) (table 0 funcref) (memory 0) (tag)\n"
                                    "  (elem func) (data) (func (export \"f\")))");
    tap_ok(x->t, EQ(m->source_kind, WP_SOURCE_TEXT) && EQ_TEXT(wp_module_id(m), "a b"), "the module's identifier");
    tap_ok(x->t,
           CHECK(is_at(m, m->types[0].pos, 4, 3)) && CHECK(is_at(m, m->imports[0].pos, 5, 3)) &&
               CHECK(is_at(m, m->funcs[1].pos, 6, 3)),
           "types, imports and functions have places");
    const wp_code *code = &m->funcs[1].code;
    tap_ok(x->t,
           EQ(code->ninstrs, 4) && CHECK(is_at(m, code->pos[0], 6, 10)) && CHECK(is_at(m, code->pos[1], 7, 5)) &&
               CHECK(is_at(m, code->pos[2], 7, 11)) && CHECK(is_at(m, code->pos[3], 7, 14)),
           "instructions have places");
    tap_ok(x->t,
           CHECK(m->has_start) && CHECK(is_at(m, m->start_pos, 8, 3)) && CHECK(is_at(m, m->exports[0].pos, 8, 13)) &&
               CHECK(is_at(m, m->exports[1].pos, 10, 28)),
           "start and exports have places");
    tap_ok(x->t,
           CHECK(is_at(m, m->globals[0].pos, 9, 3)) && CHECK(is_at(m, m->tables[0].pos, 9, 30)) &&
               CHECK(is_at(m, m->memories[0].pos, 9, 48)) && CHECK(is_at(m, m->tags[0].pos, 9, 59)),
           "globals, tables, memories and tags have places");
    tap_ok(x->t, CHECK(is_at(m, m->elems[0].pos, 10, 3)) && CHECK(is_at(m, m->datas[0].pos, 10, 15)),
           "segments have places");
    wp_module_delete(m);
    m = fixture_parse(x, "(func)");
    tap_ok(x->t, CHECK(wp_module_id(m) == NULL) && CHECK(!m->has_data_count), "a module without an identifier");
    tap_ok(x->t, CHECK(wp_module_set_id(m, "ab", 1)) && EQ_TEXT(wp_module_id(m), "a"), "wp_module_set_id");
    wp_module_delete(m);
    m = fixture_parse(x, "(data) (func (data.drop 0)) (data)");
    tap_ok(x->t, CHECK(m->has_data_count) && EQ(m->data_count, 2),
           "the data count is set where functions refer to data segments");
    wp_module_delete(m);
    m = fixture_parse(x, "(data) (global i32 (array.new_data 0 0))");
    tap_ok(x->t, !m->has_data_count, "the data count is not set elsewhere");
    wp_module_delete(m);
}

/* ---- Modules in scripts -------------------------------------------------------------------------------------- */

static void expect_next(fixture *x, wp_text *text, const char *word, const char *what) {
    wp_token token = {.size = 0};
    bool ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) && EQ(token.size, strlen(word)) &&
              EQ_BYTES(token.text, word, token.size);
    tap_ok(x->t, ok, "%s", what);
}

static void test_scripts(fixture *x) {
    const char *source = "(module $a (func)) (module\n (@a) ) (module $c (@a) (func) (@b) ) (module (foo)) x";
    wp_text *text = NULL;
    wp_module *m = NULL;
    wp_token token;
    fixture_must(x, wp_text_open(x->engine, source, strlen(source), &text, fresh(x)) == WP_OK, source);
    bool ok = EQ_STATUS(wp_text_peek(text, 1, &token, &x->diag), WP_OK) &&
              EQ_STATUS(wp_text_module(text, &m, &x->diag), WP_OK);
    tap_ok(x->t, CHECK(ok) && EQ_TEXT(wp_module_id(m), "a") && EQ(m->nfuncs, 1), "a module at the next token");
    wp_module_delete(m);
    ok = wp_text_module(text, &m, &x->diag) == WP_OK;
    tap_ok(x->t, CHECK(ok) && EQ(m->nfuncs, 0), "the module after it");
    wp_module_delete(m);
    ok = EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) &&
         EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) &&
         EQ_STATUS(wp_text_next(text, &token, &x->diag), WP_OK) &&
         EQ_STATUS(wp_text_module_fields(text, &m, &x->diag), WP_OK);
    tap_ok(x->t,
           CHECK(ok) && CHECK(wp_module_id(m) == NULL) && EQ(m->nfuncs, 1) && CHECK(is_at(m, m->funcs[0].pos, 2, 25)),
           "fields without a module");
    wp_module_delete(m);
    expect_next(x, text, ")", "the parenthesis that closes them stays");
    size_t offset = 0;
    if (wp_text_peek(text, 0, &token, &x->diag) == WP_OK)
        offset = token.where.offset;
    wp_diag diag = {.status = WP_OK};
    ok =
        EQ_STATUS(wp_text_module(text, &m, &diag), WP_MALFORMED) && EQ(diag.where.line, 2) && EQ(diag.where.column, 48);
    tap_ok(x->t, ok, "an error in a module has its place in the script: %s", diag.message);
    wp_text_seek(text, offset);
    tap_ok(x->t, EQ_STATUS(wp_text_skip(text, &x->diag), WP_OK), "the module can be skipped");
    expect_next(x, text, "x", "and what is after it is next");
    wp_text_close(text);
}

int main(void) {
    tap t = {0};
    fixture x;
    fixture_open_store(&x, &t);
    test_binaries(&x);
    test_bodies(&x);
    test_equivalent(&x);
    test_every_instruction(&x);
    test_places(&x);
    test_scripts(&x);
    fixture_close(&x, "modules");
    return tap_done(&t);
}
