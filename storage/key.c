#include <assert.h>
#include <string.h>

#include "base/codec.h"
#include "storage/mutant.h"
#include "storage/table.h"

#ifdef HAYAT_MUTANT_OWNER
const struct owner *mutant_victim;
#endif

struct key key_empty(void)
{
    return (struct key){0};
}

struct key key_bytes(struct key key, bytes part)
{
    assert(part.len <= (size_t)LIMIT_KEY_BYTES - key.len);
    if (part.len > 0) {
        memcpy(key.bytes + key.len, part.ptr, part.len);
    }
    key.len = (uint8_t)(key.len + part.len);
    return key;
}

struct key key_owner(struct owner owner)
{
    return key_bytes(key_empty(), bytes_of(owner.bytes, OWNER_BYTES));
}

struct key key_u32(struct key key, uint32_t value)
{
    uint8_t part[4];
    put_be32(part, value);
    return key_bytes(key, bytes_of(part, sizeof part));
}

struct key key_u64(struct key key, uint64_t value)
{
    uint8_t part[8];
    put_be64(part, value);
    return key_bytes(key, bytes_of(part, sizeof part));
}

struct cell cell_of(enum table_id table, struct key key)
{
    assert(!table_info(table)->of_member);
    return (struct cell){.table = table, .key = key};
}

struct cell cell_of_owner(enum table_id table, struct owner owner, struct key key)
{
    assert(table_info(table)->of_member);
#ifdef HAYAT_MUTANT_OWNER
    mutate_key(&key);
#else
    assert(key.len >= OWNER_BYTES && memcmp(key.bytes, owner.bytes, OWNER_BYTES) == 0);
#endif
    return (struct cell){.table = table, .key = key, .owner = owner};
}
