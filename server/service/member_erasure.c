#include "service/member_erasure.h"

#include <string.h>

#include "auth/enrol.h"
#include "base/codec.h"
#include "base/limits.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "service/erasure.h"
#include "service/message.h"
#include "service/notification.h"
#include "service/retention_needs.h"
#include "storage/audit_store.h"
#include "storage/device_store.h"
#include "storage/document_store.h"
#include "storage/member_store.h"
#include "storage/retention.h"

typedef Hayat__Store__V1__StoredDocument document_row;

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

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

/* RULE ERASURE-USE: what they get back by enrolling again, or do without. */
bool member_erasure_serves_use(const struct table_info *table)
{
    bool ends = member_erasure_takes(table) && root_of(table)->retention.kind == RETENTION_OWN;
    return ends || table->id == TABLE_device || table->id == TABLE_preferences;
}

static bool takes(const member_erasure_row *row, const struct table_info *table)
{
    return row->use_only ? member_erasure_serves_use(table) : member_erasure_takes(table);
}

/* --- one step --- */

/* A step under way: ROOM rows are left to it. */
struct stepping {
    struct txn *txn;
    struct owner owner;
    const member_erasure_row *row;
    size_t room;
    struct member_erasure_step *step;
};

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
    struct id id;
    if (table == TABLE_beneficiary && key.len == OWNER_BYTES + sizeof(uint32_t)) {
        return member_store_drop_beneficiary(txn, owner, get_be32(key.bytes + OWNER_BYTES));
    }
    if (table == TABLE_device && key.len == OWNER_BYTES + ID_BYTES) {
        memcpy(id.bytes, key.bytes + OWNER_BYTES, ID_BYTES);
        return device_store_drop(txn, owner, id);
    }
    return table_delete(txn, &cell);
}

/* As many rows of TABLE as there is room for. */
static status drop_rows(struct stepping *s, const struct table_info *table)
{
    struct keys keys = {.most = s->room};
    struct scan scan = {
        .table = table->id, .owner = s->owner, .prefix = key_owner(s->owner), .keys_only = true};
    TRY(table_scan(s->txn, &scan, gather, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        TRY(drop_row(s->txn, table->id, s->owner, keys.keys[i]));
    }
    s->room -= keys.count;
    s->step->gone[table->id] = (uint16_t)keys.count;
    return STATUS_OK;
}

/* --- documents that prove nothing --- */

struct proofless {
    size_t count, most;
    struct {
        struct id id;
        bool by_case; /* when its certificate is decided on */
    } rows[LIMIT_DOCUMENTS_PER_MEMBER];
};

static void see_document(void *ctx, const document_row *document)
{
    struct proofless *found = ctx;
    bool is_video = document->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO &&
                    document->state == DOCUMENT(FILED);
    bool made_for_them = document->state == DOCUMENT(ISSUED) ||
                         document->state == DOCUMENT(CLEANED);
    if ((is_video || made_for_them) && found->count < LIMIT_DOCUMENTS_PER_MEMBER &&
        id_of_binary(document->document_id, &found->rows[found->count].id)) {
        found->rows[found->count++].by_case = is_video;
    }
}

static status may_go(struct stepping *s, struct id id, bool by_case, bool *ret_may)
{
    document_row *document;
    struct walk_row row = {.table = TABLE_document, .owner = s->owner};
    bool needed = false;
    TRY(document_store_get(s->txn, s->owner, id, &document));
    row.record = &document->base;
    TRY(by_case ? retention_is_needed(s->txn, &row, &needed) : STATUS_OK);
    *ret_may = !needed;
    return STATUS_OK;
}

/* Into the batch whose keys are destroyed next, as far as that has room. */
static status take_documents(struct stepping *s)
{
    struct proofless *found = arena_alloc(txn_arena(s->txn), sizeof *found);
    if (found == NULL) {
        return FAIL(ARENA_FULL);
    }
    found->count = 0;
    TRY(document_store_each(s->txn, s->owner, see_document, found));
    for (size_t i = 0; i < found->count && s->room > 0; i++) {
        bool may;
        TRY(may_go(s, found->rows[i].id, found->rows[i].by_case, &may));
        TRY(may ? erasure_take(s->txn, s->owner, found->rows[i].id) : STATUS_OK);
        s->room -= may ? 1 : 0;
        s->step->gone[TABLE_document] = (uint16_t)(s->step->gone[TABLE_document] + (may ? 1 : 0));
    }
    return STATUS_OK;
}

/* --- all of a step --- */

static status drop_some(struct stepping *s)
{
    for (size_t i = 0; i < table_info_count && s->room > 0; i++) {
        const struct table_info *table = &table_infos[i];
        TRY(table->id != TABLE_member && takes(s->row, table) ? drop_rows(s, table) : STATUS_OK);
    }
    if (s->row->use_only) {
        TRY(s->room > 0 ? take_documents(s) : STATUS_OK);
    } else {
        TRY(s->room > 0 ? drop_rows(s, table_info(TABLE_member)) : STATUS_OK); /* the last */
    }
    s->step->ended = s->room > 0;
    return STATUS_OK;
}

static status note(const struct stepping *s, const char *event)
{
    struct audit_event entry = {
        .event = event,
        .actor_kind = AUDIT_ACTOR_SYSTEM,
        .subject = s->owner,
        .outcome = REASON_OK,
        .purpose = s->row->use_only ? "erasure" : retention_defaults[PERIOD_insured].name};
    if (id_of_binary(s->row->wish_id, &entry.object)) {
        entry.object_type = "rec";
    }
    return audit_append(s->txn, &entry); /* SEC-F1 */
}

/* The feed told of them again before the last of it went. */
static status is_back(const struct stepping *s, bool *ret_back)
{
    Hayat__Store__V1__StoredMember *member;
    status found = member_store_get(s->txn, s->owner, &member);
    *ret_back = ok(found) && member->left_ms == 0 && !s->row->use_only;
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

/* For whoever enrols again, or has left and does not. */
static status end(struct stepping *s)
{
    struct notification news = {
        .owner = s->owner, .kind = NOTIFICATION_ERASURE_DONE, .object_type = "rec"};
    TRY(member_erasure_store_delete(s->txn, s->owner));
    return s->row->use_only && id_of_binary(s->row->wish_id, &news.object)
               ? notification_add(s->txn, &news)
               : STATUS_OK;
}

status member_erasure_step(struct txn *txn, struct owner owner, const char *event,
                           struct member_erasure_step *ret_step)
{
    member_erasure_row *row;
    bool back;
    *ret_step = (struct member_erasure_step){.ended = false};
    TRY(member_erasure_store_get(txn, owner, &row));
    struct stepping s = {txn, owner, row, LIMIT_RETENTION_RECORDS, ret_step};
    TRY(is_back(&s, &back));
    ret_step->ended = back;
    if (!back) {
        TRY(drop_some(&s));
        TRY(note(&s, event));
    }
    return ret_step->ended ? end(&s) : STATUS_OK;
}

/* --- beginning, counting --- */

static status begin(struct txn *txn, struct owner owner, member_erasure_row *row)
{
    row->start_ms = txn_now_ms(txn);
    TRY(enrol_revoke_all(txn, owner)); /* nobody is in, or comes in, while it goes */
    return member_erasure_store_put(txn, owner, row);
}

status member_erasure_begin(struct txn *txn, struct owner owner)
{
    member_erasure_row row = HAYAT__STORE__V1__STORED_MEMBER_ERASURE__INIT;
    return begin(txn, owner, &row);
}

status member_erasure_begin_use(struct txn *txn, struct owner owner, struct id wish)
{
    member_erasure_row row = HAYAT__STORE__V1__STORED_MEMBER_ERASURE__INIT;
    row.use_only = true;
    row.wish_id = (ProtobufCBinaryData){ID_BYTES, wish.bytes};
    return begin(txn, owner, &row);
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
