#include "tests/support/audited.h"

#include <sodium.h>

#include "rpc/route.h"
#include "storage/audit_store.h"
#include "tests/support/cm.h"

enum { TIP_ARENA_BYTES = 65536, ENTRIES_ARENA_BYTES = 65536 };

uint64_t audited_entries(struct db *db)
{
    struct arena arena;
    struct txn *txn;
    struct audit_tip tip;
    arena_init(&arena, TIP_ARENA_BYTES);
    assert_ok(txn_begin_read(db, &arena, &txn));
    assert_ok(audit_store_tip(txn, &tip));
    txn_end_read(txn);
    arena_fini(&arena);
    return tip.sequence;
}

void audited_before(struct audited *audited, struct db *db)
{
    audited->before = audited_entries(db);
}

/* Steps of the flows ("certificate.accepted") are entries beside the call's own, whose event is a method. */
static uint64_t calls_since(struct db *db, uint64_t before)
{
    struct arena arena;
    struct txn *txn;
    uint64_t count = 0, last = audited_entries(db);
    arena_init(&arena, ENTRIES_ARENA_BYTES);
    assert_ok(txn_begin_read(db, &arena, &txn));
    for (uint64_t sequence = before + 1; sequence <= last; sequence++) {
        struct arena_mark mark = arena_mark(&arena);
        struct audit_entry entry;
        audit_row *row;
        assert_ok(audit_store_get(txn, sequence, &row));
        assert_true(audit_entry_decode(bytes_of(row->entry.data, row->entry.len), &entry));
        count += memchr(entry.event.ptr, '/', entry.event.len) != NULL ? 1 : 0;
        arena_rewind(&arena, mark);
    }
    txn_end_read(txn);
    arena_fini(&arena);
    return count;
}

/* True the first time that this call went well. */
static bool is_first(struct audited *audited, const struct call *call, bytes request)
{
    struct owner account = principal_account(&call->principal);
    crypto_generichash_state state;
    uint64_t hash;
    (void)crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES_MIN);
    (void)crypto_generichash_update(&state, account.bytes, OWNER_BYTES);
    (void)crypto_generichash_update(&state, (const uint8_t *)call->route->path,
                                    strlen(call->route->path));
    (void)crypto_generichash_update(&state, request.ptr, request.len);
    uint8_t digest[crypto_generichash_BYTES_MIN];
    (void)crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(&hash, digest, sizeof hash);
    for (size_t i = 0; i < audited->count && i < AUDITED_SEEN_MAX; i++) {
        if (audited->seen[i] == hash) {
            return false;
        }
    }
    audited->seen[audited->count++ % AUDITED_SEEN_MAX] = hash;
    return true;
}

static uint64_t subjects(const struct call *call)
{
    uint64_t count = 0;
    for (const struct audit_subject_node *node = call->rpc.audit.subjects; node != NULL;
         node = node->next) {
        count++;
    }
    return count == 0 ? 1 : count;
}

struct bounds {
    uint64_t least, most;
};

/* How many entries a call in the writer's transaction leaves. */
static struct bounds expected(struct audited *audited, const struct call *call, bytes request)
{
    const struct policy *policy = &call->route->policy;
    uint64_t each = subjects(call);
    if (!ok(call->result)) { /* of a refusal that is kept, the policy's throttle may have kept the count alone */
        return (struct bounds){0, call->rpc.keep_writes ? each : 0};
    }
    bool replays = policy->idempotency == IDEMPOTENCY_REQUEST_ID;
    if (policy->audit == AUDIT_NONE || (!is_first(audited, call, request) && replays)) {
        return (struct bounds){0, 0};
    }
    return (struct bounds){each, policy->audit == AUDIT_READ ? UINT64_MAX : each};
}

void audited_after(struct audited *audited, struct db *db, const struct call *call, bytes request)
{
    uint64_t left = calls_since(db, audited->before);
    const struct policy *policy = call->route == NULL ? NULL : &call->route->policy;
    if (policy == NULL) {
        assert_int_equal(left, 0);
        return;
    }
    if (policy->transaction == TRANSACTION_MANUAL) {
        bool acted = ok(call->result) && policy->audit != AUDIT_NONE;
        if (acted && left == 0) {
            fail_msg("%s went well and left no audit entry", call->route->path);
        }
        return;
    }
    struct bounds due = {0, 0};
    if (policy->transaction == TRANSACTION_WRITE) {
        due = expected(audited, call, request);
    }
    if (left < due.least || left > due.most) {
        fail_msg("%s (%s) left %llu audit entries, not %llu", call->route->path,
                 reason_name(call->result.why), (unsigned long long)left,
                 (unsigned long long)due.least);
    }
}
