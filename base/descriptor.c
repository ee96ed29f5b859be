#include "base/descriptor.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

enum { STEP_BYTES = 65536 };

status descriptor_read_all(int fd, struct arena *arena, size_t most, bytes *ret_content)
{
    uint8_t *content = arena_room(arena, most + STEP_BYTES); /* mostly it is little: no zeroes */
    size_t len = 0;
    ssize_t n = 1;
    while (content != NULL && n != 0 && len <= most) {
        n = read(fd, content + len, STEP_BYTES);
        if (n < 0 && errno != EINTR) {
            return FAIL(FILE_UNREADABLE);
        }
        len += n > 0 ? (size_t)n : 0;
    }
    *ret_content = bytes_of(content, len);
    return content != NULL && len <= most ? STATUS_OK : FAIL(ARENA_FULL);
}

bool descriptor_write_all(int fd, bytes content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.ptr, content.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        content = bytes_skip(content, (size_t)n);
    }
    return true;
}
