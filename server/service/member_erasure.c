#include "service/member_erasure.h"

#include <string.h>

#include "auth/enrol.h"
#include "base/codec.h"
#include "base/limits.h"
#include "storage/audit_store.h"
#include "storage/member_store.h"
#include "storage/retention.h"

/* --- what goes --- */

/* The table whose record a row belongs to, in the end. */
static const struct table_info *root_of(const struct table_info *table)
{
    while (table->retention.kind == RETENTION_WITH) {
        table = table_info((enum table_id)table->retention.with);
    }
    return table;
}

/* RULE ERASURE-MEMBER */
bool member_erasure_takes(const struct table_info *table)
{
    enum retention_kind kind = root_of(table)->retention.kind;
    return table->of_member && table->id != TABLE_member_erasure &&
           (kind == RETENTION_INSURED || kind == RETENTION_OWN);
}

/* --- one step --- */

struct keys {
    size_t count, most;
    struct key keys[LIMIT_RETENTION_RECORDS];
};

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct keys *keys = ctx;
    (void)record;
    keys->keys[keys->count++] = key;
    return keys->count < keys->most;
}

static status drop_row(struct txn *txn, enum table_id table, struct owner owner, struct key key)
{
    struct cell cell = cell_of_owner(table, owner, key);
    return table == TABLE_beneficiary && key.len == OWNER_BYTES + sizeof(uint32_t)
               ? member_store_drop_beneficiary(txn, owner, get_be32(key.bytes + OWNER_BYTES))
               : table_delete(txn, &cell);
}

/* As many rows of TABLE as there is room for. */
static status drop_rows(struct txn *txn, const struct table_info *table, struct owner owner,
                        size_t *room, struct member_erasure_step *step)
{
    struct keys keys = {.most = *room};
    struct scan scan = {
        .table = table->id, .owner = owner, .prefix = key_owner(owner), .keys_only = true};
    TRY(table_scan(txn, &scan, gather, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        TRY(drop_row(txn, table->id, owner, keys.keys[i]));
    }
    *room -= keys.count;
    step->gone[table->id] = (uint16_t)keys.count;
    return STATUS_OK;
}

static status drop_some(struct txn *txn, struct owner owner, struct member_erasure_step *step)
{
    size_t room = LIMIT_RETENTION_RECORDS;
    for (size_t i = 0; i < table_info_count && room > 0; i++) {
        const struct table_info *table = &table_infos[i];
        if (table->id != TABLE_member && member_erasure_takes(table)) {
            TRY(drop_rows(txn, table, owner, &room, step));
        }
    }
    if (room > 0) { /* nothing else is left */
        TRY(drop_rows(txn, table_info(TABLE_member), owner, &room, step));
    }
    step->ended = room > 0;
    return STATUS_OK;
}

static status note(struct txn *txn, struct owner owner, const char *event)
{
    struct audit_event entry = {.event = event,
                                .actor_kind = AUDIT_ACTOR_SYSTEM,
                                .subject = owner,
                                .outcome = REASON_OK,
                                .purpose = retention_defaults[PERIOD_insured].name};
    return audit_append(txn, &entry); /* SEC-F1 */
}

/* The feed told of them again before the last of it went. */
static status is_back(struct txn *txn, struct owner owner, bool *ret_back)
{
    Hayat__Store__V1__StoredMember *member;
    status s = member_store_get(txn, owner, &member);
    *ret_back = ok(s) && member->left_ms == 0;
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

status member_erasure_step(struct txn *txn, struct owner owner, const char *event,
                           struct member_erasure_step *ret_step)
{
    bool back;
    *ret_step = (struct member_erasure_step){.ended = false};
    TRY(is_back(txn, owner, &back));
    ret_step->ended = back;
    if (!back) {
        TRY(drop_some(txn, owner, ret_step));
        TRY(note(txn, owner, event));
    }
    return ret_step->ended ? member_erasure_store_delete(txn, owner) : STATUS_OK;
}

/* --- beginning, counting --- */

status member_erasure_begin(struct txn *txn, struct owner owner)
{
    member_erasure_row row = HAYAT__STORE__V1__STORED_MEMBER_ERASURE__INIT;
    row.start_ms = txn_now_ms(txn);
    TRY(enrol_revoke_all(txn, owner)); /* nobody is in, or comes in, while it goes */
    return member_erasure_store_put(txn, owner, &row);
}

static bool count_one(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    (void)record;
    ++*(uint64_t *)ctx;
    return true;
}

/* Sessions and passphrase end when it begins, a first screen with the first thing that it shows. */
static bool is_counted(const struct table_info *table)
{
    return member_erasure_takes(table) && table->id != TABLE_session_family &&
           table->id != TABLE_passphrase && table->id != TABLE_home_view;
}

status member_erasure_count(struct txn *txn, struct owner owner, uint64_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < table_info_count; i++) {
        struct scan scan = {.table = table_infos[i].id,
                            .owner = owner,
                            .prefix = key_owner(owner),
                            .keys_only = true};
        TRY(is_counted(&table_infos[i]) ? table_scan(txn, &scan, count_one, ret_count) : STATUS_OK);
    }
    return STATUS_OK;
}
