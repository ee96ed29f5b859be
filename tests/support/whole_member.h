/*
 * whole_member: a member with a row in every table of members that storage/tables.def lists, for tests of what becomes of all of it.
 *
 *     whole_member_put(&s, &(struct whole_member){.number = 1, .left_ms = …, .event_ms = …});
 *     whole_member_rows(&s, kept_owner(1), TABLE_inbox);
 *
 * Most rows are made of the table's own description: its key's layout, its record's type, the instant its period counts from.  So a
 * table that is added has its row here without a line.
 * Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_WHOLE_MEMBER_H
#define HAYAT_TESTS_WHOLE_MEMBER_H

#include "auth/session.h"
#include "tests/support/kept_store.h"

struct whole_member {
    uint32_t number;  /* kept_owner and kept_document's */
    int64_t left_ms;  /* and told on that day; 0: insured */
    int64_t event_ms; /* what has a period of its own counts it from here */
    const char *cine;
    struct session_token session; /* set: a session of the member's */
};
void whole_member_put(struct kept_store *s, struct whole_member *member);

/* How many rows of OWNER a table has. */
uint64_t whole_member_rows(struct kept_store *s, struct owner owner, enum table_id table);
/* Every row of OWNER, key and record, of every table of members but for documents' chunks; free it. */
uint8_t *whole_member_image(struct kept_store *s, struct owner owner, size_t *ret_len);

#endif
