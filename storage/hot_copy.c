#include "storage/hot_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/thread.h"
#include "storage/txn.h"

enum { PIECE_BYTES = 64 * 1024 };

struct feeder {
    MDB_env *env;
    int fd; /* the pipe's mouth */
    int rc;
};

static void *feed(void *ctx)
{
    struct feeder *feeder = ctx;
    sigset_t broken_pipe;
    (void)sigemptyset(&broken_pipe);
    (void)sigaddset(&broken_pipe, SIGPIPE); /* whoever reads may stop: LMDB then hears EPIPE */
    (void)pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    feeder->rc = mdb_env_copyfd2(feeder->env, feeder->fd, 0);
    (void)close(feeder->fd);
    return NULL;
}

static status drain(int fd, hot_copy_take *take, void *ctx)
{
    uint8_t piece[PIECE_BYTES];
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? STATUS_OK : FAIL(STORE_FAILED);
        }
        if (!take(ctx, bytes_of(piece, (size_t)got))) {
            return FAIL(CANCELLED);
        }
    }
}

status hot_copy(struct db *db, hot_copy_take *take, void *ctx)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return FAIL(STORE_FAILED);
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    struct feeder feeder = {.env = db->env, .fd = ends[1], .rc = 0};
    pthread_t thread;
    if (!thread_start(&thread, "hayat-copy", feed, &feeder)) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return FAIL(STORE_FAILED);
    }
    status drained = drain(ends[0], take, ctx);
    (void)close(ends[0]); /* a feeder that has more ends now */
    (void)pthread_join(thread, NULL);
    TRY(drained);
    return status_of_mdb(feeder.rc);
}
