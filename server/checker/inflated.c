#include "checker/inflated.h"

#include <zlib.h>

enum { PIECE_BYTES = 65536 };

static check_reason count(z_stream *stream, uint64_t *total)
{
    static uint8_t piece[PIECE_BYTES]; /* never looked at */
    int code = Z_OK;
    while (code == Z_OK) {
        stream->next_out = piece;
        stream->avail_out = sizeof piece;
        code = inflate(stream, Z_NO_FLUSH);
        *total += sizeof piece - stream->avail_out;
        if (*total > LIMIT_CHECK_INFLATED_BYTES) {
            return WHY(TOO_LARGE);
        }
    }
    /* Without its last bytes (BUF_ERROR) it still shows all it holds; some programs write them so. */
    return code == Z_STREAM_END || code == Z_BUF_ERROR ? PASSED : WHY(UNREADABLE);
}

check_reason inflated_count(bytes compressed, uint64_t *total)
{
    /* zlib does not write to its input; its structure is older than const. */
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)compressed.ptr,
                       .avail_in = (uInt)compressed.len};
    if (compressed.len == 0) {
        return PASSED;
    }
    if (inflateInit(&stream) != Z_OK) {
        return WHY(TOO_LARGE);
    }
    const check_reason reason = count(&stream, total);
    (void)inflateEnd(&stream);
    return reason;
}
