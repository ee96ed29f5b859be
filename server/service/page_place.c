#include "service/page_place.h"

#include <string.h>

#include "base/codec.h"

enum { TIME_BYTES = 8, CURSOR_LEN = TIME_BYTES + ID_BYTES };

status page_place_read(struct rpc *rpc, const char *method, const char *token,
                       struct page_place *ret_place)
{
    struct page_cursor cursor;
    TRY(page_token_read(rpc, method, token, &cursor));
    if (cursor.len != 0 && cursor.len != CURSOR_LEN) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    *ret_place = (struct page_place){.is_start = cursor.len == 0};
    if (cursor.len != 0) {
        ret_place->time_ms = (int64_t)get_be64(cursor.bytes);
        memcpy(ret_place->id.bytes, cursor.bytes + TIME_BYTES, ID_BYTES);
    }
    return STATUS_OK;
}

status page_place_make(struct rpc *rpc, const char *method, const struct page_place *place,
                       char **ret_token)
{
    struct page_cursor cursor = {.len = CURSOR_LEN};
    put_be64(cursor.bytes, (uint64_t)place->time_ms);
    memcpy(cursor.bytes + TIME_BYTES, place->id.bytes, ID_BYTES);
    return page_token_make(rpc, method, &cursor, ret_token);
}

bool page_place_seen(const struct page_place *place, int64_t time_ms, const uint8_t *id)
{
    if (place->is_start || time_ms < place->time_ms) {
        return false;
    }
    return time_ms > place->time_ms || memcmp(id, place->id.bytes, ID_BYTES) <= 0;
}
