/*
 * bola: the matrix of who may reach what by its id: every method × every field of a request that names something × every
 * caller (OWASP API1: broken object level authorization).
 *
 * The fields are found in the routes' rules, generated from the descriptors; the files bola_*_rows.c say for each how to make something
 * of a member's that its id names, and how the method ends.  A field without a row fails bola_missing_rows.  To add one: write a
 * function that makes the thing through the API or a store, as that member, and returns its id; one that fills what else
 * a good request needs; and the row.
 *
 * Threads  the test's.
 */
#ifndef HAYAT_TESTS_BOLA_H
#define HAYAT_TESTS_BOLA_H

#include "rpc/route.h"
#include "tests/support/fund.h"

/* Whose id it is. */
enum bola_kind {
    BOLA_MEMBER, /* a member's thing: another member's and nobody's end alike, byte for byte (SEC-A3) */
    BOLA_PUBLIC, /* of a method without callers: whatever is named, known or not, ends as the row says */
    BOLA_LOOKUP, /* an agent's or a system's key to a record; nobody's ends as refused */
    BOLA_FREE,   /* the caller's own word: it names nothing that is stored by it */
};

struct bola {
    struct harness h;
    struct harness_member other;     /* a pensioner, too */
    struct harness_caller agents[5]; /* one for each scope of agents */
    struct harness_caller systems[2];
    struct harness_caller revoked;
    int people;
    char claimed[LIMIT_TASK_CLAIMS / 2]
                [48]; /* "tsk_…", last, by the reviewer; half: cells of ClaimTask claim, too */
    size_t claims;
};

struct bola_row {
    const char *path, *field; /* "/hayat.v1.CardService/GetCard", "card_id"; inner ones with dots */
    enum bola_kind kind;
    /* The id of something of WHOM's, a pensioner made for this cell. */
    const char *(*make)(struct bola *b, const struct harness_member *whom);
    /* Fills REQUEST but for request_id and, when it is a plain text, the field itself; NULL: nothing more is needed. */
    void (*fill)(struct bola *b, ProtobufCMessage *request, const char *id);
    enum reason owner;   /* how it ends for whom it is: 0 is OK */
    enum reason refused; /* for anybody else's and nobody's */
    enum reason malformed;
    const char *unknown; /* a good id of nothing */
    /* The same of WHOM's dependant; NULL when dependants have none. */
    const char *(*of_dependant)(struct bola *b, const struct harness_member *whom);
};

/* All rows, from the files of all areas. */
size_t bola_row_count(void);
const struct bola_row *bola_row_at(size_t index);

/* One area's rows: bola_rows.c lists them. */
struct bola_set {
    const struct bola_row *rows;
    size_t count;
};

#define BOLA_SET(rows_)                                                                            \
    {                                                                                              \
        (rows_), ARRAY_LEN(rows_)                                                                  \
    }
extern const struct bola_set bola_member_rows, bola_identity_rows, bola_backoffice_rows,
    bola_bank_rows, bola_health_rows, bola_inbox_rows, bola_review_rows;

#define BOLA_NO_ID "00000000000000000000000000"
/* A member's thing: OK for the owner, NOT_FOUND for the others, INVALID_FIELD for nonsense. */
#define BOLA_MEMBERS(path_, field_, make_, fill_, unknown_)                                        \
    {                                                                                              \
        .path = (path_), .field = (field_), .kind = BOLA_MEMBER, .make = (make_), .fill = (fill_), \
        .refused = REASON_NOT_FOUND, .malformed = REASON_INVALID_FIELD, .unknown = (unknown_)      \
    }
/* A place in a member's list. */
#define BOLA_PAGES(path_, make_)                                                                   \
    {                                                                                              \
        .path = (path_), .field = "page_token", .kind = BOLA_MEMBER, .make = (make_),              \
        .refused = REASON_PAGE_TOKEN_INVALID, .malformed = REASON_PAGE_TOKEN_INVALID,              \
        .unknown = "00000000000000000000000000000000000000000000000000000000000000000000"          \
    }
/* What an agent or a system looks up. */
#define BOLA_LOOKUPS(path_, field_, make_, fill_, unknown_)                                        \
    {                                                                                              \
        .path = (path_), .field = (field_), .kind = BOLA_LOOKUP, .make = (make_), .fill = (fill_), \
        .refused = REASON_NOT_FOUND, .malformed = REASON_INVALID_FIELD, .unknown = (unknown_)      \
    }

enum { BOLA_REVIEWER = 2 }; /* in agents */
/* The reviewer claims a task, and gives back what they had too many of. */
void bola_claim(struct bola *b, const char *task_id);

void bola_start(struct bola *b);
void bola_stop(struct bola *b);

/* A pensioner with a family, cards, a pension and an open campaign. */
struct harness_member bola_person(struct bola *b);

/* Fields without a row, printed on standard error. */
size_t bola_missing_rows(void);
/* Rows of fields that are not there. */
size_t bola_stray_rows(void);

/* Who calls: nobody, a member by token, somebody by certificate. */
struct bola_who {
    const char *token;
    const struct harness_caller *caller;
    const uint8_t *secret; /* of the member's device: confirms what wants a confirmation */
};
struct bola_who bola_member(const struct harness_member *member);
struct harness_reply bola_call(struct bola *b, const struct bola_row *row, struct bola_who who,
                               const char *id);

#endif
