#include "tests/support/clamd.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/codec.h"
#include "tests/support/cm.h"

static bool read_all(int fd, uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, data, len);
        if (n <= 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* False at the end, or when the other side hung up. */
static bool read_piece(struct clamd *clamd, int fd)
{
    uint8_t length[4], piece[4096];
    if (!read_all(fd, length, sizeof length)) {
        return false;
    }
    size_t left = get_be32(length);
    clamd->heard += left;
    bool good = left > 0;
    while (good && left > 0) {
        const size_t part = left < sizeof piece ? left : sizeof piece;
        good = read_all(fd, piece, part);
        left -= part;
    }
    return good;
}

static void serve(struct clamd *clamd, int fd)
{
    uint8_t command[10];
    uint8_t rest;
    clamd->heard = 0;
    if (!read_all(fd, command, sizeof command)) {
        return;
    }
    bool more = read_piece(clamd, fd);
    while (more && clamd->manner != CLAMD_HURRIES) {
        more = read_piece(clamd, fd);
    }
    const size_t len = strlen(clamd->answer) + (clamd->manner == CLAMD_MUMBLES ? 0 : 1);
    if (clamd->manner == CLAMD_STALLS) {
        (void)read_all(fd, &rest, 1); /* until the other side has enough */
    } else {
        (void)send(fd, clamd->answer, len, MSG_NOSIGNAL);
    }
}

static void *clamd_main(void *ctx)
{
    struct clamd *clamd = ctx;
    int fd;
    while ((fd = accept(clamd->listener, NULL, NULL)) >= 0) {
        serve(clamd, fd);
        (void)close(fd);
    }
    return NULL;
}

void clamd_start(struct clamd *clamd, enum clamd_manner manner, const char *answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *clamd = (struct clamd){.manner = manner, .answer = answer};
    (void)snprintf(clamd->path, sizeof clamd->path, "/tmp/hayat-clamd-%d-%d", (int)getpid(),
                   (int)manner);
    memcpy(address.sun_path, clamd->path, strlen(clamd->path) + 1);
    (void)unlink(clamd->path);
    clamd->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(clamd->listener >= 0);
    assert_int_equal(bind(clamd->listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(clamd->listener, 4), 0);
    assert_int_equal(pthread_create(&clamd->thread, NULL, clamd_main, clamd), 0);
}

void clamd_stop(struct clamd *clamd)
{
    (void)shutdown(clamd->listener, SHUT_RDWR);
    (void)pthread_join(clamd->thread, NULL);
    (void)close(clamd->listener);
    (void)unlink(clamd->path);
}
