dnl WP_COMPILER_FLAG(FLAG, [IF-ACCEPTED], [IF-REFUSED])
dnl Whether the compiler takes FLAG when compiling and linking, without as much as a warning.
AC_DEFUN([WP_COMPILER_FLAG],
  [AS_VAR_PUSHDEF([wp_var], [wp_cv_flag_$1])
   AC_CACHE_CHECK([whether $CC takes $1], [wp_var],
     [wp_saved_cflags=$CFLAGS
      CFLAGS="$CFLAGS -Werror $1"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([wp_var], [yes])], [AS_VAR_SET([wp_var], [no])])
      CFLAGS=$wp_saved_cflags])
   AS_VAR_IF([wp_var], [yes], [$2], [$3])
   AS_VAR_POPDEF([wp_var])])
