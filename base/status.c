#include "base/status.h"

#include "base/array.h"

struct reason_row {
    enum reason why;
    enum grpc_code code;
    const char *name;
    const char *text[3]; /* by enum language */
};

static const struct reason_row rows[] = {
#define REASON(number, name, code, en, fr, ar)                                                     \
    {REASON_##name,                                                                                \
     CODE_##code,                                                                                  \
     #name,                                                                                        \
     {[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar}},
#include "base/status.def"
#undef REASON
};

static const struct reason_row ok_row = {REASON_OK, CODE_OK, "OK", {"", "", ""}};

static const struct reason_row *row_of(enum reason why)
{
    if (why == REASON_OK) {
        return &ok_row;
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].why == why) {
            return &rows[i];
        }
    }
    return &rows[0]; /* INTERNAL: an unknown number is our bug */
}

const char *reason_name(enum reason why)
{
    return row_of(why)->name;
}

bool reason_is_local(enum reason why)
{
    enum { LOCAL_FIRST = 200, LOCAL_LAST = 249 }; /* status.def */
    return (int)why >= LOCAL_FIRST && (int)why <= LOCAL_LAST;
}

const char *reason_text(enum reason why, enum language language)
{
    return row_of(why)->text[language];
}

enum grpc_code reason_code(enum reason why)
{
    return row_of(why)->code;
}

bool reason_at(size_t index, enum reason *ret_why)
{
    if (index >= ARRAY_LEN(rows)) {
        return false;
    }
    *ret_why = rows[index].why;
    return true;
}

const char *grpc_code_name(enum grpc_code code)
{
    static const char *const names[] = {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    };
    return (size_t)code < ARRAY_LEN(names) ? names[code] : "UNKNOWN";
}
