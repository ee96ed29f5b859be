/*
 * refresh_rules: what becomes of a refresh (SEC-B7).  Pure.
 */
#ifndef HAYAT_AUTH_REFRESH_RULES_H
#define HAYAT_AUTH_REFRESH_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of a refresh token that is ours and whose session goes on. */
struct refresh_facts {
    bool used;           /* it has a successor */
    bool same_wish;      /* ... made for the same rotation id */
    bool signature_good; /* by the session's key, over this token and this rotation id */
    int64_t now_ms;
    int64_t idle_ms;   /* unused, it works until then */
    int64_t rotate_ms; /* when it was used */
    int64_t end_ms;    /* the session's absolute end */
    uint32_t rotations;
};

enum refresh_verdict {
    REFRESH_OVER,       /* the session is over by time, or has had its refreshes */
    REFRESH_NOT_SIGNED, /* refused, nothing changes: a stolen token without the key is worth nothing */
    REFRESH_ROTATE,     /* new tokens */
    REFRESH_REPEAT,     /* the answer was lost: the same tokens again */
    REFRESH_REUSED,     /* somebody else has this token too: the session ends */
};

enum refresh_verdict refresh_judge(const struct refresh_facts *facts);

#endif
