/*
 * state: what hayatd serves during a measurement: a store of its own with an invented fund, and
 * sessions of many members (a caller's rate is limited, so a load needs many).
 */
#ifndef HAYAT_BENCH_STATE_H
#define HAYAT_BENCH_STATE_H

#include <limits.h>
#include <stdbool.h>

#include "auth/session.h"
#include "storage/db.h"

enum { STATE_SESSIONS_MAX = 8192 };

struct state {
    char directory[PATH_MAX];
    char bin[PATH_MAX]; /* where hayatd and hayatctl are */
    int port;
    int claims_per_member;                  /* 0: as people are */
    int bank_port;                          /* of the bank that hayatd asks; 0: none */
    char (*members)[TOKEN_TEXT_LEN + 1];    /* tokens of members, for reads */
    char (*pensioners)[TOKEN_TEXT_LEN + 1]; /* tokens of pensioners, for certificates */
    int member_count, pensioner_count;
};

/* Makes keys, fund, store and sessions in DIRECTORY, which must be empty or missing. */
bool state_make(struct state *state, int members);
/* Signs in members of a store that was made before: DIRECTORY holds db, master.key, keyring and, as
   fund/members.csv, the members to sign in.  Writes DIRECTORY/hayatd.conf. */
bool state_use(struct state *state);
/* Writes DIRECTORY/hayatd.conf again. */
bool state_configure(const struct state *state);
/* ACT on the store, which nobody else has open. */
bool state_with_store(const struct state *state, bool (*act)(void *ctx, struct db *db), void *ctx);
/* A CA and a certificate for 127.0.0.1 in DIRECTORY/tls, and hayatd-tls.conf, which serves the same with them. */
bool state_make_tls(const struct state *state);
void state_free(struct state *state);

#endif
