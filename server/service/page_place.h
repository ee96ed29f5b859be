/*
 * page_place: the place in a list that goes by time and id, as a page token (page_token.h).
 *
 *     TRY(page_place_read(rpc, "XService.ListThings", request->page_token, &place));
 *     while (first < count && page_place_seen(&place, rows[first].time_ms, rows[first].id)) { first++; }
 *
 * Reasons  PAGE_TOKEN_INVALID · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_PAGE_PLACE_H
#define HAYAT_SERVICE_PAGE_PLACE_H

#include "service/page_token.h"

/* The last row of a page. */
struct page_place {
    bool is_start; /* nothing was shown yet */
    int64_t time_ms;
    struct id id;
};

status page_place_read(struct rpc *rpc, const char *method, const char *token,
                       struct page_place *ret_place);
status page_place_make(struct rpc *rpc, const char *method, const struct page_place *place,
                       char **ret_token);

/* In a list from new to old, ids deciding among what is of one time: whether that row was shown on an earlier page. */
bool page_place_seen(const struct page_place *place, int64_t time_ms, const uint8_t *id);

#endif
