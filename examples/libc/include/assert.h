/* assert.h: see C11, 7.2. */
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__, __func__))
#endif

#ifndef LIBC_ASSERT_H
#define LIBC_ASSERT_H
_Noreturn void assert_failed(const char *condition, const char *file, int line, const char *function);
#define static_assert _Static_assert
#endif
