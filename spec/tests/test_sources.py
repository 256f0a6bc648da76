"""The names that a C source defines."""

import sys

from conftest import SPEC

sys.path.insert(0, str(SPEC / "_ext"))

from wasmproc_spec.sources import defined_in, symbols  # noqa: E402

SOURCE = """
/* not_in_a_comment(void); */
#define A_MACRO(x) ((x) + not_called_in_a_macro(x))
typedef uint32_t a_type;
typedef enum a_tag {
    A_CONSTANT, /* with a comment, NOT_A_CONSTANT */
    ANOTHER_CONSTANT = 3,
    LAST_CONSTANT
} an_enumeration;
typedef struct a_struct {
    int not_a_member;
} a_struct_type;
typedef wp_status (*a_func_type)(void *ctx);
struct another_struct {
    int x;
};
enum { ONE_CONSTANT = 1, TWO_CONSTANT = ONE_CONSTANT };
static const char *a_function(int not_a_parameter) {
    int not_a_variable = not_called(not_a_parameter);
    return not_called_either(not_a_variable);
}
WP_MUST_CHECK wp_status a_prototype(int a,
                                    int not_in_the_second_line(int));
"""


def test_definitions_are_told_from_uses():
    assert defined_in(SOURCE) == {
        "A_MACRO",
        "a_type",
        "a_tag",
        "A_CONSTANT",
        "ANOTHER_CONSTANT",
        "LAST_CONSTANT",
        "an_enumeration",
        "a_struct",
        "a_struct_type",
        "a_func_type",
        "another_struct",
        "ONE_CONSTANT",
        "TWO_CONSTANT",
        "a_function",
        "a_prototype",
    }


def test_the_interpreter_defines_what_it_says():
    assert {"wp_process_new", "wp_process_desc", "WP_PAGE_GUARD", "WP_OK", "space_map", "RULE"} <= symbols()
    assert not {"main_test", "malloc", "uint64_t", "if", "return"} & symbols()
