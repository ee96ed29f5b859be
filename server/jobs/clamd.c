#include "jobs/clamd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/defer.h"

enum { ANSWER_MAX = 512, LENGTH_BYTES = 4 };

struct talk {
    int fd;
    int64_t end_ms; /* monotonic */
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False when its time is over. */
static bool await(const struct talk *talk, short events)
{
    struct pollfd polled = {.fd = talk->fd, .events = events};
    int ready = -1;
    int64_t left;
    while ((left = talk->end_ms - now_ms()) > 0 && (ready = poll(&polled, 1, (int)left)) < 0 &&
           errno == EINTR) {
    }
    return ready == 1;
}

static bool dial(struct talk *talk, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t len = strlen(path);
    if (len >= sizeof address.sun_path) {
        return false;
    }
    memcpy(address.sun_path, path, len + 1);
    talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return talk->fd >= 0 &&
           connect(talk->fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static bool say(const struct talk *talk, bytes words)
{
    while (words.len > 0 && await(talk, POLLOUT)) {
        ssize_t n = send(talk->fd, words.ptr, words.len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
        words = bytes_skip(words, n > 0 ? (size_t)n : 0);
    }
    return words.len == 0;
}

/* Its length, then itself; an empty one ends the file. */
static bool say_piece(const struct talk *talk, bytes piece)
{
    uint8_t length[LENGTH_BYTES];
    put_be32(length, (uint32_t)piece.len);
    return say(talk, bytes_of(length, sizeof length)) && say(talk, piece);
}

/* Until its zero byte or its end. */
static bytes hear(const struct talk *talk, uint8_t answer[ANSWER_MAX])
{
    size_t len = 0;
    ssize_t n = 1;
    while (n > 0 && len < ANSWER_MAX && memchr(answer, '\0', len) == NULL && await(talk, POLLIN)) {
        n = recv(talk->fd, answer + len, ANSWER_MAX - len, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            n = 1;
            continue;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    const uint8_t *end = memchr(answer, '\0', len);
    return end == NULL ? bytes_of(NULL, 0) : bytes_of(answer, (size_t)(end - answer));
}

static bool ends_with(bytes text, const char *end)
{
    const size_t len = strlen(end);
    return text.len >= len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

static enum clamd_verdict verdict_of(bytes answer)
{
    if (bytes_equal_str(answer, "stream: OK")) {
        return CLAMD_CLEAN;
    }
    if (bytes_starts_with(answer, "stream: ") && ends_with(answer, " FOUND")) {
        return CLAMD_INFECTED;
    }
    return bytes_starts_with(answer, "INSTREAM size limit exceeded") ? CLAMD_TOO_LARGE
                                                                     : CLAMD_SILENT;
}

/* True when all of it was taken; it may stop listening and say why. */
static status send_file(const struct talk *talk, const struct clamd_question *question,
                        bool *ret_whole)
{
    static const char command[] = "zINSTREAM";
    bytes piece = {NULL, 0};
    bool heard = say(talk, bytes_of(command, sizeof command));
    do {
        TRY(question->next(question->ctx, &piece));
        heard = heard && say_piece(talk, piece);
    } while (heard && piece.len > 0);
    *ret_whole = heard;
    return STATUS_OK;
}

status clamd_scan(const struct clamd_question *question, enum clamd_verdict *ret_verdict)
{
    uint8_t answer[ANSWER_MAX];
    struct talk talk = {.fd = -1, .end_ms = now_ms() + question->timeout_ms};
    bool whole = false;
    *ret_verdict = CLAMD_SILENT;
    status s = STATUS_OK;
    if (dial(&talk, question->socket)) {
        s = send_file(&talk, question, &whole);
        const enum clamd_verdict said = ok(s) ? verdict_of(hear(&talk, answer)) : CLAMD_SILENT;
        /* Clean is said of the whole file or not at all. */
        *ret_verdict = said == CLAMD_CLEAN && !whole ? CLAMD_SILENT : said;
    }
    defer_close(&talk.fd);
    return s;
}
