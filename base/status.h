/*
 * status: how a function tells what went wrong, without allocating and without global state.
 *
 * A status is one reason out of status.def; REASON_OK is success.  It must be looked at: clang refuses to drop it.
 * The public text, the gRPC code and the published reason list all come from status.def.
 * Threads  values; everything here is re-entrant.
 */
#ifndef HAYAT_BASE_STATUS_H
#define HAYAT_BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__clang__)
#define HAYAT_MUST_USE_TYPE __attribute__((warn_unused_result))
#else
#define HAYAT_MUST_USE_TYPE
#endif

enum reason {
    REASON_OK = 0,
#define REASON(number, name, code, en, fr, ar) REASON_##name = (number),
#include "base/status.def"
#undef REASON
};

/* The gRPC status codes (numbers fixed by the gRPC protocol). */
enum grpc_code {
    CODE_OK = 0,
    CODE_CANCELLED = 1,
    CODE_UNKNOWN = 2,
    CODE_INVALID_ARGUMENT = 3,
    CODE_DEADLINE_EXCEEDED = 4,
    CODE_NOT_FOUND = 5,
    CODE_ALREADY_EXISTS = 6,
    CODE_PERMISSION_DENIED = 7,
    CODE_RESOURCE_EXHAUSTED = 8,
    CODE_FAILED_PRECONDITION = 9,
    CODE_ABORTED = 10,
    CODE_OUT_OF_RANGE = 11,
    CODE_UNIMPLEMENTED = 12,
    CODE_INTERNAL = 13,
    CODE_UNAVAILABLE = 14,
    CODE_DATA_LOSS = 15,
    CODE_UNAUTHENTICATED = 16,
};

enum language { LANGUAGE_EN, LANGUAGE_FR, LANGUAGE_AR };

typedef struct HAYAT_MUST_USE_TYPE status {
    enum reason why;
} status;

#define STATUS_OK ((status){REASON_OK})
#define FAIL(name) ((status){REASON_##name})

static inline bool ok(status s)
{
    return s.why == REASON_OK;
}

/* Returns from the calling function when EXPR fails.  The only macro with control flow; it declares nothing visible. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        status try_status_ = (expr);                                                               \
        if (!ok(try_status_)) {                                                                    \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* "UPLOAD_EXPIRED"; never NULL ("INTERNAL" for a number that is not in the list). */
const char *reason_name(enum reason why);
/* Of local programs alone: nobody hears it over the wire. */
bool reason_is_local(enum reason why);
/* What the public is told, in its language. */
const char *reason_text(enum reason why, enum language language);
enum grpc_code reason_code(enum reason why);
/* Walks the list in order: writes the reason at INDEX and returns true, or false past the end. */
bool reason_at(size_t index, enum reason *ret_why);
/* "INVALID_ARGUMENT". */
const char *grpc_code_name(enum grpc_code code);

#endif
