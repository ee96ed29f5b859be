#include "service/access_verify.h"

#include <string.h>

#include "service/message.h"
#include "storage/audit_head.h"

_Static_assert((int)ACCESS_PUBLIC_KEY_BYTES == (int)AUDIT_PUBLIC_KEY_BYTES, "the same key");

/* --- the proof --- */

static bool take_hash(ProtobufCBinaryData data, struct audit_hash *ret_hash)
{
    if (data.len != AUDIT_HASH_BYTES) {
        return false;
    }
    memcpy(ret_hash->bytes, data.data, AUDIT_HASH_BYTES);
    return true;
}

/* What the entry and those after it lead to. */
static bool lead(const Hayat__V1__GetAccessProofResponse *proof, struct audit_hash *ret_head)
{
    struct audit_hash head, leaf = audit_leaf(bytes_of_binary(proof->entry));
    if (!take_hash(proof->previous_head, &head)) {
        return false;
    }
    head = audit_chain(&head, &leaf);
    for (size_t i = 0; i < proof->n_following_leaves; i++) {
        if (!take_hash(proof->following_leaves[i], &leaf)) {
            return false;
        }
        head = audit_chain(&head, &leaf);
    }
    *ret_head = head;
    return true;
}

static bool is_signed(const uint8_t *public_key, const Hayat__V1__SignedHead *message,
                      const struct audit_hash *hash, uint64_t sequence)
{
    struct audit_head head = {
        .sequence = sequence, .time_ms = message->sign_time_ms, .hash = *hash};
    if (message->signature.len != AUDIT_SIGNATURE_BYTES || message->sequence != (int64_t)sequence) {
        return false;
    }
    memcpy(head.signature, message->signature.data, AUDIT_SIGNATURE_BYTES);
    return audit_head_is_signed(public_key, &head);
}

static bool proof_holds(const uint8_t *public_key, const Hayat__V1__GetAccessProofResponse *proof)
{
    struct audit_entry entry;
    struct audit_hash head;
    return proof->signed_head != NULL &&
           audit_entry_decode(bytes_of_binary(proof->entry), &entry) &&
           entry.number == (uint64_t)proof->number && lead(proof, &head) &&
           is_signed(public_key, proof->signed_head, &head,
                     entry.sequence + proof->n_following_leaves);
}

/* --- the list --- */

static bool shows(const Hayat__V1__Access *access, const struct audit_entry *entry)
{
    const char *outcome = entry->outcome == REASON_OK ? "OK"
                                                      : reason_name((enum reason)entry->outcome);
    int64_t shown_ms = access->access_time == NULL ? -1
                                                   : access->access_time->seconds * 1000 +
                                                         access->access_time->nanos / 1000000;
    return access->number == (int64_t)entry->number && shown_ms == entry->time_ms &&
           (int)access->actor == (int)entry->actor_kind &&
           bytes_equal_str(entry->event, access->event) &&
           bytes_equal_str(entry->purpose, access->purpose) &&
           strcmp(outcome, access->outcome) == 0;
}

/* One access, whose entry AFTER names, when there is one after it. */
static bool link_holds(const Hayat__V1__Access *access, const struct audit_entry *after,
                       struct audit_entry *ret_entry)
{
    bytes encoded = bytes_of_binary(access->entry);
    if (!audit_entry_decode(encoded, ret_entry) || !shows(access, ret_entry)) {
        return false;
    }
    struct audit_hash leaf = audit_leaf(encoded);
    return after == NULL ||
           (after->number == ret_entry->number + 1 && audit_hash_equal(&after->previous, &leaf) &&
            memcmp(after->subject, ret_entry->subject, AUDIT_PSEUDONYM_BYTES) == 0);
}

/* From the proven entry down to the first; what is newer is not looked at. */
static bool list_holds(const Hayat__V1__GetAccessProofResponse *proof, struct access_list list,
                       size_t first)
{
    struct audit_entry entry, after;
    bool has_after = false;
    for (size_t i = first; i < list.count; i++) {
        if (!link_holds(list.accesses[i], has_after ? &after : NULL, &entry)) {
            return false;
        }
        after = entry;
        has_after = true;
    }
    return has_after && after.number == 1 &&
           bytes_equal(bytes_of_binary(list.accesses[first]->entry), bytes_of_binary(proof->entry));
}

status access_verify(const uint8_t public_key[ACCESS_PUBLIC_KEY_BYTES],
                     const Hayat__V1__GetAccessProofResponse *proof, struct access_list list,
                     size_t *ret_proven)
{
    size_t first = 0;
    while (first < list.count && list.accesses[first]->number > proof->number) {
        first++;
    }
    if (!proof_holds(public_key, proof) || !list_holds(proof, list, first)) {
        return FAIL(ACCESS_PROOF_INVALID);
    }
    *ret_proven = list.count - first;
    return STATUS_OK;
}
