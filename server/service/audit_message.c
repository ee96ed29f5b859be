#include "service/audit_message.h"

#include "service/app.h"
#include "service/message.h"
#include "storage/caller_store.h"

status audit_row_decode(const audit_row *row, struct audit_entry *ret_entry)
{
    return audit_entry_decode(bytes_of_binary(row->entry), ret_entry) ? STATUS_OK
                                                                      : FAIL(STORE_CORRUPT);
}

char *audit_outcome(struct rpc *rpc, uint16_t outcome)
{
    return message_text(rpc->arena,
                        outcome == REASON_OK ? "OK" : reason_name((enum reason)outcome));
}

static bool is_by_certificate(const struct audit_entry *entry)
{
    return entry->actor_kind == AUDIT_ACTOR_AGENT || entry->actor_kind == AUDIT_ACTOR_CORE_SYSTEM ||
           entry->actor_kind == AUDIT_ACTOR_PROVIDER;
}

status audit_caller(struct rpc *rpc, const audit_row *row, const struct audit_entry *entry,
                    Hayat__Store__V1__StoredCaller **ret_caller)
{
    struct id id;
    *ret_caller = NULL;
    if (!is_by_certificate(entry) || !id_of_binary(row->actor, &id)) {
        return STATUS_OK;
    }
    status s = caller_store_get(rpc->txn, id, ret_caller);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

void audit_public_key(const struct rpc *rpc, uint8_t out[AUDIT_PUBLIC_KEY_BYTES])
{
    struct audit_signer signer;
    audit_signer_init(&signer, rpc->app->keys);
    memcpy(out, signer.public_key, AUDIT_PUBLIC_KEY_BYTES);
    audit_signer_fini(&signer);
}

status audit_signed_head(struct rpc *rpc, const struct audit_head *head,
                         Hayat__V1__SignedHead **ret_message)
{
    Hayat__V1__SignedHead *message = message_new(rpc->arena, &hayat__v1__signed_head__descriptor);
    uint8_t public_key[AUDIT_PUBLIC_KEY_BYTES];
    char key_id[AUDIT_KEY_ID_LEN + 1];
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    audit_public_key(rpc, public_key);
    audit_key_id(public_key, key_id);
    message->sequence = (int64_t)head->sequence;
    message->sign_time_ms = head->time_ms;
    message->head = message_bytes(rpc->arena, bytes_of(head->hash.bytes, AUDIT_HASH_BYTES));
    message->signature = message_bytes(rpc->arena,
                                       bytes_of(head->signature, AUDIT_SIGNATURE_BYTES));
    message->key_id = message_text(rpc->arena, key_id);
    *ret_message = message;
    return arena_check(rpc->arena);
}
