#include "storage/member_store.h"

#include "base/codec.h"
#include "storage/table.h"

static struct cell cell_of_member(struct owner owner)
{
    return cell_of_owner(TABLE_member, owner, key_owner(owner));
}

static struct cell cell_of_beneficiary(struct owner owner, uint32_t seq)
{
    return cell_of_owner(TABLE_beneficiary, owner, key_u32(key_owner(owner), seq));
}

status member_store_get(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredMember **ret_member)
{
    struct cell cell = cell_of_member(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_member = (Hayat__Store__V1__StoredMember *)record;
    return STATUS_OK;
}

status member_store_put(struct txn *txn, struct owner owner,
                        const Hayat__Store__V1__StoredMember *member)
{
    struct cell cell = cell_of_member(owner);
    return table_put_record(txn, &cell, &member->base);
}

status member_store_get_beneficiary(struct txn *txn, struct owner owner, uint32_t seq,
                                    Hayat__Store__V1__StoredBeneficiary **ret_beneficiary)
{
    struct cell cell = cell_of_beneficiary(owner, seq);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_beneficiary = (Hayat__Store__V1__StoredBeneficiary *)record;
    return STATUS_OK;
}

status member_store_put_beneficiary(struct txn *txn, struct owner owner, uint32_t seq,
                                    const Hayat__Store__V1__StoredBeneficiary *beneficiary)
{
    struct cell cell = cell_of_beneficiary(owner, seq);
    return table_put_record(txn, &cell, &beneficiary->base);
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct beneficiary_list *list = ctx;
    list->rows[list->count++] = (struct beneficiary_row){
        get_be32(key.bytes + OWNER_BYTES), (const Hayat__Store__V1__StoredBeneficiary *)record};
    return list->count < LIMIT_BENEFICIARIES;
}

status member_store_list_beneficiaries(struct txn *txn, struct owner owner,
                                       struct beneficiary_list *ret_list)
{
    struct scan scan = {.table = TABLE_beneficiary, .owner = owner, .prefix = key_owner(owner)};
    ret_list->count = 0;
    return table_scan(txn, &scan, gather, ret_list);
}
