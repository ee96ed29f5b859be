#include <string.h>

#include "base/codec.h"
#include "service/obligation_record.h"
#include "tools/hayatctl/check_rows.h"

static bool counts(const obligation_row *row, const struct life_certificate_row *best)
{
    bool none = row->life_certificate_id.len == 0;
    return best == NULL ? none
                        : !none && memcmp(row->life_certificate_id.data, best->id.bytes,
                                          row->life_certificate_id.len) == 0;
}

/* An obligation that does not open was told by db_check. */
static status check(struct txn *txn, struct owner owner, const struct key *key)
{
    struct life_certificate_list list;
    obligation_row *row;
    if (key->len != OWNER_BYTES + 8) {
        return FAIL(STORE_CORRUPT);
    }
    int32_t year = (int32_t)get_be32(key->bytes + OWNER_BYTES);
    uint32_t seq = get_be32(key->bytes + OWNER_BYTES + 4);
    if (!ok(obligation_store_get(txn, owner, year, seq, &row))) {
        return STATUS_OK;
    }
    TRY(life_certificate_store_list(txn, owner, &list));
    const struct life_certificate_row *best = obligation_counting(&list, year);
    certificate_state state = best == NULL ? CERTIFICATE(UNSPECIFIED)
                                           : (certificate_state)best->state;
    bool same = (obligation_state)row->state == obligation_state_of(state, row->suspension) &&
                row->year == year && row->pension_seq == seq && counts(row, best);
    return same ? STATUS_OK : FAIL(STORE_CORRUPT);
}

const struct row_check check_obligations = {TABLE_obligation, check};
