/*
 * page_token: opaque, authenticated places in a list (AIP-158).
 *
 * A token is nonce ‖ XChaCha20-Poly1305 of the cursor in base32, under a key derived from the token domain's key; the
 * associated data is the owner and the method: a token of another member or another list is PAGE_TOKEN_INVALID, the
 * same as noise.  A cursor names a place, not a count, so lists are stable under inserts.
 *
 * Memory  the token lives in the arena.
 * Threads re-entrant.
 */
#ifndef HAYAT_SERVICE_PAGE_TOKEN_H
#define HAYAT_SERVICE_PAGE_TOKEN_H

#include "base/bytes.h"
#include "base/status.h"
#include "service/rpc.h"

enum { PAGE_CURSOR_MAX = 64 };

struct page_cursor {
    uint8_t len;
    uint8_t bytes[PAGE_CURSOR_MAX];
};

/* METHOD is a constant such as "CardService.ListCards". */
status page_token_make(struct rpc *rpc, const char *method, const struct page_cursor *cursor,
                       char **ret_token);
/* An empty TOKEN gives an empty cursor: the first page. */
status page_token_read(struct rpc *rpc, const char *method, const char *token,
                       struct page_cursor *ret_cursor);

/* What a page may hold: 0 asks for the default, more than LIMIT_PAGE_MAX gets LIMIT_PAGE_MAX. */
size_t page_size_of(int32_t asked);

#endif
