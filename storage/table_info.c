#include <assert.h>

#include "base/array.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

#define OWNER_IS_MEMBER true
#define OWNER_IS_NONE false

/* Raw document bytes have no message: its "descriptor" is the null pointer. */
#define hayat__store__v1__stored_chunk__descriptor (*(const ProtobufCMessageDescriptor *)NULL)

const struct table_info table_infos[] = {
#define TABLE(number, table, message, key_domain, owned_by, layout, kept, is_exported)             \
    [(number)-1] = {                                                                               \
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
    assert(id >= 1 && (size_t)id <= table_info_count);
    const struct table_info *info = &table_infos[id - 1];
    assert(info->id == id); /* tables.def has no gaps */
    return info;
}
