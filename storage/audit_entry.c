#include "storage/audit_entry.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/codec.h"

enum {
    AT_SEQUENCE = 1,
    AT_TIME = 9,
    AT_ACTOR_KIND = 17,
    AT_ACTOR = 18,
    AT_SUBJECT = 34,
    AT_NUMBER = 50,
    AT_PREVIOUS = 58,
    AT_OBJECT = 90,
    AT_OUTCOME = 106,
};

/* --- to bytes --- */

static size_t put_text(uint8_t *out, bytes text, size_t max)
{
    assert(text.len <= max);
    out[0] = (uint8_t)text.len;
    if (text.len > 0) {
        memcpy(out + 1, text.ptr, text.len);
    }
    return 1 + text.len;
}

size_t audit_entry_encode(const struct audit_entry *entry, uint8_t *out)
{
    out[0] = AUDIT_VERSION;
    put_be64(out + AT_SEQUENCE, entry->sequence);
    put_be64(out + AT_TIME, (uint64_t)entry->time_ms);
    out[AT_ACTOR_KIND] = (uint8_t)entry->actor_kind;
    memcpy(out + AT_ACTOR, entry->actor, AUDIT_PSEUDONYM_BYTES);
    memcpy(out + AT_SUBJECT, entry->subject, AUDIT_PSEUDONYM_BYTES);
    put_be64(out + AT_NUMBER, entry->number);
    memcpy(out + AT_PREVIOUS, entry->previous.bytes, AUDIT_HASH_BYTES);
    memcpy(out + AT_OBJECT, entry->object, AUDIT_PSEUDONYM_BYTES);
    out[AT_OUTCOME] = (uint8_t)(entry->outcome >> 8);
    out[AT_OUTCOME + 1] = (uint8_t)entry->outcome;
    size_t len = AUDIT_FIXED_BYTES;
    len += put_text(out + len, entry->event, AUDIT_EVENT_MAX);
    len += put_text(out + len, entry->object_type, AUDIT_TYPE_MAX);
    len += put_text(out + len, entry->purpose, AUDIT_PURPOSE_MAX);
    return len;
}

/* --- from bytes --- */

/* Takes one text off the front of *REST. */
static bool take_text(bytes *rest, size_t max, bytes *ret_text)
{
    if (rest->len == 0 || rest->ptr[0] > max || rest->len - 1 < rest->ptr[0]) {
        return false;
    }
    size_t len = rest->ptr[0];
    *ret_text = bytes_of(rest->ptr + 1, len);
    *rest = bytes_of(rest->ptr + 1 + len, rest->len - 1 - len);
    return true;
}

static bool take_texts(bytes rest, struct audit_entry *entry)
{
    return take_text(&rest, AUDIT_EVENT_MAX, &entry->event) &&
           take_text(&rest, AUDIT_TYPE_MAX, &entry->object_type) &&
           take_text(&rest, AUDIT_PURPOSE_MAX, &entry->purpose) && rest.len == 0;
}

bool audit_entry_decode(bytes encoded, struct audit_entry *ret_entry)
{
    const uint8_t *in = encoded.ptr;
    if (encoded.len < AUDIT_FIXED_BYTES || in[0] != AUDIT_VERSION) {
        return false;
    }
    struct audit_entry entry = {
        .sequence = get_be64(in + AT_SEQUENCE),
        .time_ms = (int64_t)get_be64(in + AT_TIME),
        .actor_kind = (enum audit_actor_kind)in[AT_ACTOR_KIND],
        .number = get_be64(in + AT_NUMBER),
        .outcome = (uint16_t)(in[AT_OUTCOME] << 8 | in[AT_OUTCOME + 1]),
    };
    memcpy(entry.actor, in + AT_ACTOR, AUDIT_PSEUDONYM_BYTES);
    memcpy(entry.subject, in + AT_SUBJECT, AUDIT_PSEUDONYM_BYTES);
    memcpy(entry.previous.bytes, in + AT_PREVIOUS, AUDIT_HASH_BYTES);
    memcpy(entry.object, in + AT_OBJECT, AUDIT_PSEUDONYM_BYTES);
    if (!take_texts(bytes_of(in + AUDIT_FIXED_BYTES, encoded.len - AUDIT_FIXED_BYTES), &entry)) {
        return false;
    }
    *ret_entry = entry;
    return true;
}

/* --- hashes --- */

struct audit_hash audit_leaf(bytes encoded)
{
    struct audit_hash leaf;
    (void)crypto_generichash(leaf.bytes, AUDIT_HASH_BYTES, encoded.ptr, encoded.len, NULL, 0);
    return leaf;
}

struct audit_hash audit_chain(const struct audit_hash *before, const struct audit_hash *leaf)
{
    uint8_t pair[2 * AUDIT_HASH_BYTES];
    struct audit_hash head;
    memcpy(pair, before->bytes, AUDIT_HASH_BYTES);
    memcpy(pair + AUDIT_HASH_BYTES, leaf->bytes, AUDIT_HASH_BYTES);
    (void)crypto_generichash(head.bytes, AUDIT_HASH_BYTES, pair, sizeof pair, NULL, 0);
    return head;
}

bool audit_hash_equal(const struct audit_hash *a, const struct audit_hash *b)
{
    return memcmp(a->bytes, b->bytes, AUDIT_HASH_BYTES) == 0;
}
