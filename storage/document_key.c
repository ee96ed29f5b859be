#include "storage/document_key.h"

#include <sodium.h>
#include <string.h>

#include "base/wipe.h"
#include "storage/cell_key.h"
#include "storage/erasure_keys.h"
#include "storage/table.h"

/* Told apart from every record: those are hashes of their message's name (storage/cell_key.h). */
enum { RECORD_TYPE_WRAPPED_KEY = 1 };

static struct seal_place place_of(const struct document_name *name, const struct key *key)
{
    return (struct seal_place){
        .table = TABLE_document,
        .record_type = RECORD_TYPE_WRAPPED_KEY,
        .key = key_view(key),
        .owner = name->owner,
    };
}

static struct key key_of(const struct document_name *name)
{
    return key_bytes(key_owner(name->owner), bytes_of(name->id.bytes, ID_BYTES));
}

void document_key_create(struct random_source *random, struct seal_key *ret_key)
{
    random_fill(random, ret_key->bytes, sizeof ret_key->bytes);
}

/* The domain's key, keyed with the leaf's: both are needed to open what it seals. */
static status wrapping_key(const struct seal_keys *keys, const struct document_name *name,
                           uint32_t epoch, struct seal_key *ret_key)
{
    const struct seal_key *domain_key = seal_key_of_epoch(keys, DOMAIN_DOCUMENT, epoch);
    if (domain_key == NULL || (name->leaf != 0 && keys->erasure == NULL)) {
        return FAIL(STORE_CORRUPT);
    }
    if (name->leaf == 0) {
        *ret_key = *domain_key;
        return STATUS_OK;
    }
    struct seal_key leaf;
    TRY(erasure_key_of(keys->erasure, name->leaf, &leaf));
    (void)crypto_generichash(ret_key->bytes, SEAL_KEY_BYTES, leaf.bytes, SEAL_KEY_BYTES,
                             domain_key->bytes, SEAL_KEY_BYTES);
    wipe(&leaf, sizeof leaf);
    return STATUS_OK;
}

status document_key_wrap(const struct seal_keys *keys, const struct document_name *name,
                         struct random_source *random, const struct seal_key *key, uint8_t *out)
{
    struct key at = key_of(name);
    struct seal_place place = place_of(name, &at);
    struct seal_key wrapping;
    place.epoch = keys->current[DOMAIN_DOCUMENT];
    TRY(wrapping_key(keys, name, place.epoch, &wrapping));
    seal_cell(&wrapping, &place, random, bytes_of(key->bytes, SEAL_KEY_BYTES), out);
    wipe(&wrapping, sizeof wrapping);
    return STATUS_OK;
}

status document_key_unwrap(const struct seal_keys *keys, const struct document_name *name,
                           bytes wrapped, struct seal_key *ret_key)
{
    if (wrapped.len != WRAPPED_KEY_BYTES) {
        return wrapped.len == 0 ? FAIL(DOCUMENT_ERASED) : FAIL(STORE_CORRUPT);
    }
    struct key at = key_of(name);
    struct seal_place place = place_of(name, &at);
    struct seal_key wrapping;
    TRY(seal_cell_epoch(wrapped, &place.epoch));
    TRY(wrapping_key(keys, name, place.epoch, &wrapping));
    status s = open_cell(&wrapping, &place, wrapped, ret_key->bytes);
    wipe(&wrapping, sizeof wrapping);
    return s;
}
