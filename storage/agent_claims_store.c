#include "storage/agent_claims_store.h"

#include "hayat/store/v1/review.pb-c.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredAgentClaims Claims;
typedef Hayat__Store__V1__StoredAgentClaim Claim;

static struct cell cell_of_claims(struct id caller)
{
    return cell_of(TABLE_agent_claims, key_bytes(key_empty(), bytes_of(caller.bytes, ID_BYTES)));
}

/* Those that have not lapsed, but for TASK, with room for one more. */
static status load_others(struct txn *txn, struct id caller, struct id task, Claims *ret_claims)
{
    struct cell cell = cell_of_claims(caller);
    ProtobufCMessage *record;
    hayat__store__v1__stored_agent_claims__init(ret_claims);
    status s = table_get_record(txn, &cell, &record);
    TRY(s.why == REASON_NOT_FOUND ? STATUS_OK : s);
    const Claims *stored = ok(s) ? (const Claims *)record : ret_claims;
    ret_claims->claims = arena_array(txn_arena(txn), stored->n_claims + 1, sizeof(Claim *));
    TRY(arena_check(txn_arena(txn)));
    for (size_t i = 0; i < stored->n_claims; i++) {
        Claim *claim = stored->claims[i];
        bool same = bytes_equal(bytes_of(claim->task_id.data, claim->task_id.len),
                                bytes_of(task.bytes, ID_BYTES));
        if (!same && claim->end_steady_ms > txn_steady_ms(txn)) {
            ret_claims->claims[ret_claims->n_claims++] = claim;
        }
    }
    return STATUS_OK;
}

status agent_claims_take(struct txn *txn, struct id caller, struct id task, int64_t end_steady_ms,
                         bool *ret_full)
{
    struct cell cell = cell_of_claims(caller);
    Claims claims;
    Claim claim = HAYAT__STORE__V1__STORED_AGENT_CLAIM__INIT;
    TRY(load_others(txn, caller, task, &claims));
    *ret_full = claims.n_claims >= LIMIT_TASK_CLAIMS;
    if (*ret_full) {
        return STATUS_OK;
    }
    claim.task_id = (ProtobufCBinaryData){ID_BYTES, task.bytes};
    claim.end_steady_ms = end_steady_ms;
    claims.claims[claims.n_claims++] = &claim;
    return table_put_record(txn, &cell, &claims.base);
}

status agent_claims_drop(struct txn *txn, struct id caller, struct id task)
{
    struct cell cell = cell_of_claims(caller);
    Claims claims;
    TRY(load_others(txn, caller, task, &claims));
    return claims.n_claims > 0 ? table_put_record(txn, &cell, &claims.base)
                               : table_delete(txn, &cell);
}
