#include "storage/document_key.h"

#include <assert.h>
#include <string.h>

#include "storage/cell_key.h"
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

void document_key_wrap(const struct seal_keys *keys, const struct document_name *name,
                       struct random_source *random, const struct seal_key *key, uint8_t *out)
{
    struct key at = key_of(name);
    struct seal_place place = place_of(name, &at);
    place.epoch = keys->current[DOMAIN_DOCUMENT];
    const struct seal_key *domain_key = seal_key_of_epoch(keys, DOMAIN_DOCUMENT, place.epoch);
    assert(domain_key != NULL); /* a domain without a key is our bug */
    seal_cell(domain_key, &place, random, bytes_of(key->bytes, SEAL_KEY_BYTES), out);
}

status document_key_unwrap(const struct seal_keys *keys, const struct document_name *name,
                           bytes wrapped, struct seal_key *ret_key)
{
    if (wrapped.len != WRAPPED_KEY_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    struct key at = key_of(name);
    struct seal_place place = place_of(name, &at);
    TRY(seal_cell_epoch(wrapped, &place.epoch));
    const struct seal_key *domain_key = seal_key_of_epoch(keys, DOMAIN_DOCUMENT, place.epoch);
    return domain_key == NULL ? FAIL(STORE_CORRUPT)
                              : open_cell(domain_key, &place, wrapped, ret_key->bytes);
}
