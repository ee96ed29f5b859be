#include "storage/reference_store.h"

#include <string.h>

#include "base/limits.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredReferenceSet reference_set;

static struct cell cell_of_set(Hayat__Store__V1__ReferenceKind kind, int64_t first_day)
{
    struct key key = key_u32(key_empty(), (uint32_t)kind);
    return cell_of(TABLE_reference_set, key_u32(key, (uint32_t)first_day));
}

struct search {
    const char *version; /* NULL: the first one */
    size_t seen;
    reference_set *found;
};

static bool match(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    struct search *search = ctx;
    reference_set *set = (reference_set *)(uintptr_t)record;
    if (search->version == NULL || strcmp(set->version, search->version) == 0) {
        search->found = set;
        return false;
    }
    return ++search->seen < LIMIT_REFERENCE_VERSIONS;
}

static status find(struct txn *txn, const struct scan *scan, const char *version,
                   reference_set **ret_set)
{
    struct search search = {.version = version};
    TRY(table_scan(txn, scan, match, &search));
    if (search.found == NULL) {
        return FAIL(NOT_FOUND);
    }
    *ret_set = search.found;
    return STATUS_OK;
}

status reference_store_on(struct txn *txn, Hayat__Store__V1__ReferenceKind kind, int64_t day,
                          reference_set **ret_set)
{
    struct scan scan = {
        .table = TABLE_reference_set,
        .prefix = key_u32(key_empty(), (uint32_t)kind),
        .after = cell_of_set(kind, day + 1).key, /* strictly before the next day */
        .reverse = true,
    };
    return find(txn, &scan, NULL, ret_set);
}

status reference_store_version(struct txn *txn, Hayat__Store__V1__ReferenceKind kind,
                               const char *version, reference_set **ret_set)
{
    struct scan scan = {
        .table = TABLE_reference_set,
        .prefix = key_u32(key_empty(), (uint32_t)kind),
        .reverse = true,
    };
    return find(txn, &scan, version, ret_set);
}

status reference_store_get(struct txn *txn, Hayat__Store__V1__ReferenceKind kind, int64_t first_day,
                           reference_set **ret_set)
{
    struct cell cell = cell_of_set(kind, first_day);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_set = (reference_set *)(void *)record;
    return STATUS_OK;
}

status reference_store_put(struct txn *txn, const reference_set *set)
{
    struct cell cell = cell_of_set(set->kind, set->valid_from_days);
    return table_put_record(txn, &cell, &set->base);
}
