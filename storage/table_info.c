#include <assert.h>

#include "base/array.h"
#include "hayat/store/v1/all.h"
#include "hayat/store/v1/bank.pb-c.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "hayat/store/v1/session.pb-c.h"
#include "storage/table.h"
#include "storage/txn.h"

#define OWNER_IS_MEMBER true
#define OWNER_IS_NONE false

/* Raw document bytes have no message: its "descriptor" is the null pointer. */
#define hayat__store__v1__stored_chunk__descriptor (*(const ProtobufCMessageDescriptor *)NULL)

/* What tables.def says of retention. */
#define FOREVER                                                                                    \
    {                                                                                              \
        .kind = RETENTION_FOREVER, .text = "for ever"                                              \
    }
#define OWN(when)                                                                                  \
    {                                                                                              \
        .kind = RETENTION_OWN, .text = (when)                                                      \
    }
#define WHILE_INSURED                                                                              \
    {                                                                                              \
        .kind = RETENTION_INSURED, .text = "while insured"                                         \
    }
#define WITH(table)                                                                                \
    {                                                                                              \
        .kind = RETENTION_WITH, .with = TABLE_##table                                              \
    }
#define AFTER(name, field)                                                                         \
    {                                                                                              \
        .kind = RETENTION_AFTER, .period = PERIOD_##name, .event = #field                          \
    }
#define AFTER_CASE(name, field)                                                                    \
    {                                                                                              \
        .kind = RETENTION_AFTER_CASE, .period = PERIOD_##name, .event = #field                     \
    }

/* The place of each table in table_infos: in the list's order, since numbers may have gaps. */
enum place {
#define TABLE(number, table, message, key_domain, owned_by, layout, kept, is_exported)             \
    PLACE_##table,
#include "storage/tables.def"
#undef TABLE
};

static const uint8_t place_of[TABLE_SLOTS] = {
#define TABLE(number, table, message, key_domain, owned_by, layout, kept, is_exported)             \
    [number] = PLACE_##table,
#include "storage/tables.def"
#undef TABLE
};

const struct table_info table_infos[] = {
#define TABLE(number, table, message, key_domain, owned_by, layout, kept, is_exported)             \
    [PLACE_##table] = {                                                                            \
        .id = TABLE_##table,                                                                       \
        .name = #table,                                                                            \
        .record = &hayat__store__v1__stored_##message##__descriptor,                               \
        .domain = DOMAIN_##key_domain,                                                             \
        .of_member = OWNER_IS_##owned_by,                                                          \
        .key_layout = layout,                                                                      \
        .retention = kept,                                                                         \
        .exported = is_exported,                                                                   \
    },
#include "storage/tables.def"
#undef TABLE
};

const size_t table_info_count = ARRAY_LEN(table_infos);

const struct table_info *table_info(enum table_id id)
{
    assert((size_t)id < TABLE_SLOTS);
    const struct table_info *info = &table_infos[place_of[id]];
    assert(info->id == id);
    return info;
}
