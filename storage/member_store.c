#include "storage/member_store.h"

#include "base/codec.h"
#include "hayat/store/v1/agents.pb-c.h"
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

status member_store_has(struct txn *txn, struct owner owner, bool *ret_has)
{
    Hayat__Store__V1__StoredMember *member;
    status s = member_store_get(txn, owner, &member);
    *ret_has = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
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

/* --- by the number of the identity card --- */

enum { CINE_MAX = 32, CINE_KEY_BYTES = 16 };

/* Upper case, letters and digits alone; how many of them. */
static size_t cine_normal(bytes cine, char out[CINE_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < cine.len && len < CINE_MAX; i++) {
        char c = (char)cine.ptr[i];
        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        }
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            out[len++] = c;
        }
    }
    return len;
}

static struct cell cell_of_cine(struct txn *txn, const char *normal, size_t len)
{
    uint8_t hash[CINE_KEY_BYTES];
    seal_blind(txn_keys(txn), "cine", bytes_of(normal, len), hash, sizeof hash);
    return cell_of(TABLE_member_cine, key_bytes(key_empty(), bytes_of(hash, sizeof hash)));
}

static status put_cine(struct txn *txn, struct owner owner, const char *cine)
{
    char normal[CINE_MAX];
    size_t len = cine_normal(bytes_str(cine), normal);
    if (len == 0) {
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredMemberCine row = HAYAT__STORE__V1__STORED_MEMBER_CINE__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    struct cell cell = cell_of_cine(txn, normal, len);
    return table_put_record(txn, &cell, &row.base);
}

status member_store_free_cine(struct txn *txn, struct owner owner, const char *cine)
{
    char normal[CINE_MAX];
    size_t len = cine_normal(bytes_str(cine), normal);
    struct cell cell = cell_of_cine(txn, normal, len);
    ProtobufCMessage *record;
    status s = len > 0 ? table_get_record(txn, &cell, &record) : FAIL(NOT_FOUND);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    const ProtobufCBinaryData *whose = &((Hayat__Store__V1__StoredMemberCine *)record)->owner;
    bool is_theirs = bytes_equal(bytes_of(whose->data, whose->len),
                                 bytes_of(owner.bytes, OWNER_BYTES));
    return is_theirs ? table_delete(txn, &cell) : STATUS_OK;
}

bool member_store_same_cine(bytes one, bytes other)
{
    char a[CINE_MAX], b[CINE_MAX];
    size_t len = cine_normal(one, a);
    return len > 0 && cine_normal(other, b) == len && memcmp(a, b, len) == 0;
}

status member_store_by_cine(struct txn *txn, bytes cine, struct owner *ret_owner)
{
    char normal[CINE_MAX];
    size_t len = cine_normal(cine, normal);
    struct cell cell = cell_of_cine(txn, normal, len);
    ProtobufCMessage *record;
    struct owner owner;
    Hayat__Store__V1__StoredBeneficiary *holder;
    TRY(table_get_record(txn, &cell, &record));
    const ProtobufCBinaryData *whose = &((Hayat__Store__V1__StoredMemberCine *)record)->owner;
    if (whose->len != OWNER_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(owner.bytes, whose->data, OWNER_BYTES);
    TRY(member_store_get_beneficiary(txn, owner, SEQ_HOLDER, &holder));
    if (!member_store_same_cine(cine, bytes_str(holder->cine_number))) {
        return FAIL(NOT_FOUND);
    }
    *ret_owner = owner;
    return STATUS_OK;
}

/* --- beneficiaries --- */

status member_store_put_beneficiary(struct txn *txn, struct owner owner, uint32_t seq,
                                    const Hayat__Store__V1__StoredBeneficiary *beneficiary)
{
    struct cell cell = cell_of_beneficiary(owner, seq);
    TRY(table_put_record(txn, &cell, &beneficiary->base));
    return seq == SEQ_HOLDER ? put_cine(txn, owner, beneficiary->cine_number) : STATUS_OK;
}

status member_store_drop_beneficiary(struct txn *txn, struct owner owner, uint32_t seq)
{
    struct cell cell = cell_of_beneficiary(owner, seq);
    Hayat__Store__V1__StoredBeneficiary *beneficiary;
    status s = member_store_get_beneficiary(txn, owner, seq, &beneficiary);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    TRY(seq == SEQ_HOLDER ? member_store_free_cine(txn, owner, beneficiary->cine_number)
                          : STATUS_OK);
    return table_delete(txn, &cell);
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
