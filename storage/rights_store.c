#include "storage/rights_store.h"

#include <string.h>

#include "storage/table.h"

/* The record, or an empty one. */
static status get_or_empty(struct txn *txn, enum table_id table, struct owner owner,
                           ProtobufCMessage **ret_record)
{
    struct cell cell = cell_of_owner(table, owner, key_owner(owner));
    status found = table_get_record(txn, &cell, ret_record);
    if (found.why != REASON_NOT_FOUND) {
        return found;
    }
    const ProtobufCMessageDescriptor *descriptor = table_info(table)->record;
    ProtobufCMessage *empty = arena_alloc(txn_arena(txn), descriptor->sizeof_message);
    if (empty == NULL) {
        return FAIL(ARENA_FULL);
    }
    protobuf_c_message_init(descriptor, empty);
    *ret_record = empty;
    return STATUS_OK;
}

status rights_store_get(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredRights **ret_rights)
{
    ProtobufCMessage *record;
    TRY(get_or_empty(txn, TABLE_rights, owner, &record));
    *ret_rights = (Hayat__Store__V1__StoredRights *)(void *)record;
    return STATUS_OK;
}

status exemption_store_get(struct txn *txn, struct owner owner,
                           Hayat__Store__V1__StoredExemptions **ret_exemptions)
{
    ProtobufCMessage *record;
    TRY(get_or_empty(txn, TABLE_exemption, owner, &record));
    *ret_exemptions = (Hayat__Store__V1__StoredExemptions *)(void *)record;
    return STATUS_OK;
}

/* A copy of the list of COUNT pointers with ITEM before the one AT; NULL when there is no room. */
static void *inserted(struct arena *arena, const void *list, size_t count, size_t at,
                      const void *item)
{
    enum { EACH = sizeof(void *) };
    uint8_t *longer = arena_array(arena, count + 1, EACH);
    if (longer == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(longer, list, at * EACH);
        memcpy(longer + (at + 1) * EACH, (const uint8_t *)list + at * EACH, (count - at) * EACH);
    }
    memcpy(longer + at * EACH, &item, EACH);
    return longer;
}

static uint64_t place_of(uint32_t seq, uint32_t number)
{
    return (uint64_t)seq << 32 | number;
}

status rights_store_put(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredRightsPeriod *period)
{
    Hayat__Store__V1__StoredRights *rights;
    TRY(rights_store_get(txn, owner, &rights));
    uint64_t place = place_of(period->beneficiary_seq, period->period_number), other = 0;
    size_t at = 0;
    for (; at < rights->n_periods; at++) {
        other = place_of(rights->periods[at]->beneficiary_seq, rights->periods[at]->period_number);
        if (other >= place) {
            break;
        }
    }
    bool replaces = at < rights->n_periods && other == place;
    if (replaces) {
        rights->periods[at] = period;
    } else {
        TRY(rights->n_periods < LIMIT_RIGHTS_PERIODS ? STATUS_OK : FAIL(OVERLOADED));
        rights->periods = inserted(txn_arena(txn), rights->periods, rights->n_periods++, at,
                                   period);
        TRY(arena_check(txn_arena(txn)));
    }
    struct cell cell = cell_of_owner(TABLE_rights, owner, key_owner(owner));
    return table_put_record(txn, &cell, &rights->base);
}

status exemption_store_put(struct txn *txn, struct owner owner,
                           Hayat__Store__V1__StoredExemption *exemption)
{
    Hayat__Store__V1__StoredExemptions *all;
    TRY(exemption_store_get(txn, owner, &all));
    uint64_t place = place_of(exemption->beneficiary_seq, exemption->exemption_number), other = 0;
    size_t at = 0;
    for (; at < all->n_exemptions; at++) {
        other = place_of(all->exemptions[at]->beneficiary_seq,
                         all->exemptions[at]->exemption_number);
        if (other >= place) {
            break;
        }
    }
    bool replaces = at < all->n_exemptions && other == place;
    if (replaces) {
        all->exemptions[at] = exemption;
    } else {
        TRY(all->n_exemptions < LIMIT_RIGHTS_PERIODS ? STATUS_OK : FAIL(OVERLOADED));
        all->exemptions = inserted(txn_arena(txn), all->exemptions, all->n_exemptions++, at,
                                   exemption);
        TRY(arena_check(txn_arena(txn)));
    }
    struct cell cell = cell_of_owner(TABLE_exemption, owner, key_owner(owner));
    return table_put_record(txn, &cell, &all->base);
}
