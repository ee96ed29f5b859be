/* cm: cmocka and the headers it wants before itself. */
#ifndef HAYAT_TESTS_CM_H
#define HAYAT_TESTS_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"

#define assert_ok(expr) assert_string_equal(reason_name((expr).why), "OK")
#define assert_reason(expr, name) assert_string_equal(reason_name((expr).why), #name)

#endif
