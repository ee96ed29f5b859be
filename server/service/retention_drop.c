#include "service/retention_drop.h"

#include <string.h>

#include "hayat/store/v1/agents.pb-c.h"
#include "service/erasure.h"
#include "service/member_erasure.h"
#include "storage/audit_store.h"
#include "storage/caller_store.h"
#include "storage/claim_store.h"
#include "storage/device_store.h"
#include "storage/prior_authorization_store.h"

/* The id that ends the key of a record that has one. */
static struct id id_in(struct key key)
{
    struct id id = {{0}};
    if (key.len >= ID_BYTES) {
        memcpy(id.bytes, key.bytes + key.len - ID_BYTES, ID_BYTES);
    }
    return id;
}

static status drop_row(struct txn *txn, const struct walk_row *row)
{
    struct cell cell = {.table = row->table, .key = row->key, .owner = row->owner};
    return table_delete(txn, &cell);
}

static status drop_document(struct txn *txn, const struct walk_row *row)
{
    return erasure_take(txn, row->owner, id_in(row->key));
}

static status drop_claim(struct txn *txn, const struct walk_row *row)
{
    return claim_store_drop(txn, row->owner, id_in(row->key));
}

static status drop_prior_authorization(struct txn *txn, const struct walk_row *row)
{
    return prior_authorization_store_drop(txn, row->owner, id_in(row->key));
}

static status drop_device(struct txn *txn, const struct walk_row *row)
{
    return device_store_drop(txn, row->owner, id_in(row->key));
}

static status drop_caller(struct txn *txn, const struct walk_row *row)
{
    return caller_store_drop(txn, (const Hayat__Store__V1__StoredCaller *)row->record);
}

/* Begins it: the rest goes a step at a time. */
static status drop_member(struct txn *txn, const struct walk_row *row)
{
    return member_erasure_begin(txn, row->owner);
}

/* Tables whose records have others beside them, and what their ids are called in the audit chain. */
static const struct dropping {
    enum table_id table;
    status (*drop)(struct txn *txn, const struct walk_row *row);
    const char *object_type;
} droppings[] = {
    {TABLE_member, drop_member, NULL},
    {TABLE_document, drop_document, "doc"},
    {TABLE_claim, drop_claim, CLAIM_ID_PREFIX},
    {TABLE_prior_authorization, drop_prior_authorization, NULL},
    {TABLE_device, drop_device, "dev"},
    {TABLE_caller, drop_caller, "agt"},
    {TABLE_life_certificate, drop_row, "lc"},
    {TABLE_bank_change, drop_row, "bac"},
    {TABLE_task, drop_row, "tsk"},
};

static struct dropping dropping_of(enum table_id table)
{
    for (size_t i = 0; i < sizeof droppings / sizeof droppings[0]; i++) {
        if (droppings[i].table == table) {
            return droppings[i];
        }
    }
    return (struct dropping){table, drop_row, NULL};
}

static status drop_judged(struct txn *txn, const struct walk_row *row, enum retention_period period,
                          const char *event)
{
    struct dropping dropping = dropping_of(row->table);
    struct audit_event entry = {.event = event,
                                .actor_kind = AUDIT_ACTOR_SYSTEM,
                                .subject = row->owner,
                                .outcome = REASON_OK,
                                .purpose = retention_defaults[period].name};
    if (dropping.object_type != NULL) {
        entry.object_type = dropping.object_type;
        entry.object = id_in(row->key);
    }
    TRY(dropping.drop(txn, row));
    return audit_append(txn, &entry); /* SEC-F1 */
}

status retention_drop(struct txn *txn, const struct retention_terms *terms,
                      const struct retention_place *place, const char *event, bool *ret_gone)
{
    struct cell cell = {.table = place->table, .key = place->key, .owner = place->owner};
    struct walk_row row = {.table = place->table, .owner = place->owner, .key = place->key};
    struct retention_judgement judgement;
    ProtobufCMessage *record;
    *ret_gone = false;
    status found = table_get_record(txn, &cell, &record);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    row.record = record;
    TRY(retention_judge(txn, terms, &row, &judgement));
    if (judgement.verdict != RETENTION_GOES) {
        return STATUS_OK;
    }
    *ret_gone = true;
    return drop_judged(txn, &row, judgement.period, event);
}
