#include "tests/support/audit.h"

#include "storage/audit_store.h"
#include "tests/support/cm.h"

static status read_tip(void *ctx, struct txn *txn)
{
    return audit_store_tip(txn, ctx);
}

uint64_t audit_count(struct harness *h)
{
    struct audit_tip tip;
    assert_ok(harness_read(h, read_tip, &tip));
    return tip.sequence;
}

struct lookup {
    uint64_t sequence;
    struct audit_entry entry;
};

static status read_entry(void *ctx, struct txn *txn)
{
    struct lookup *lookup = ctx;
    audit_row *row;
    TRY(audit_store_get(txn, lookup->sequence, &row));
    assert_true(audit_entry_decode(bytes_of(row->entry.data, row->entry.len), &lookup->entry));
    return STATUS_OK;
}

struct audit_entry audit_last(struct harness *h, uint64_t back)
{
    struct lookup lookup = {.sequence = audit_count(h) - back};
    assert_ok(harness_read(h, read_entry, &lookup));
    return lookup.entry;
}

void audit_assert_is(struct harness *h, const uint8_t *pseudonym, bytes who)
{
    uint8_t expected[AUDIT_PSEUDONYM_BYTES];
    audit_pseudonym(h->keys, who, expected);
    assert_memory_equal(pseudonym, expected, sizeof expected);
}
