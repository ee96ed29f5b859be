/*
 * statement_make: the slow work behind CreateStatement, between the two runs of its handler (rpc.h's aside).
 *
 *   list ──▶ gather (16 claims a transaction) ──▶ render (hayat-paper; CSV here) ──▶ store (16 chunks a transaction) ──▶ made
 *
 * Nothing of it runs on a queue thread or holds the writer (SEC-E4).  What is stored is a document in state ISSUING, which
 * nobody can read and which the expiry job drops after LIMIT_STATEMENT_MAKING_MS; the handler's second run, in its own
 * transaction and with the right read again (SEC-A5), turns it to ISSUED.
 *
 * Memory   the claims and the file live in an arena of the work's own, gone with it; results stay in the call's arena.
 * Reasons  STATEMENT_TOO_LARGE · HELPER_FAILED · what storage says.
 */
#ifndef HAYAT_SERVICE_STATEMENT_MAKE_H
#define HAYAT_SERVICE_STATEMENT_MAKE_H

#include "hayat/v1/statement.pb-c.h"
#include "service/rpc.h"
#include "service/statement_collect.h"
#include "service/statement_verify.h"

/* What was made, or is to be. */
struct statement_made {
    Hayat__V1__StatementFormat format; /* set by the caller */
    const char *media_type;
    struct id document;
    uint64_t size_bytes;
    uint8_t sha256[STATEMENT_SHA256_BYTES], content_sha256[STATEMENT_SHA256_BYTES];
    uint32_t claim_count;
    Hayat__Store__V1__StoredSplit totals;
    char *registration_number; /* in the call's arena */
    bool done;
};

/* Sets rpc->aside up; returns rpc_go_aside's status.  Afterwards statement_made() tells what came of it. */
status statement_make(struct rpc *rpc, const struct statement_wish *wish,
                      Hayat__V1__StatementFormat format);
/* NULL in the handler's first run. */
const struct statement_made *statement_made(const struct rpc *rpc);

#endif
