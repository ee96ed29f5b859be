/*
 * hayat-check: looks at one file that a member sent (SEC-E6).  hayatd spawns it (server/helper/helper.h) with what to do and the
 * declared type, and the file on standard input:
 *
 *     hayat-check inspect image/jpeg     a serialized hayat.check.v1.Verdict on standard output
 *     hayat-check clean image/jpeg       how many bytes follow (u64, big-endian), and the file without what it tells beside its
 *                                        picture or its pages
 *
 *     limits ──▶ lists and decoders ──▶ files and system calls given up ──▶ input read ──▶ inspected ──▶ written
 *
 * Exit code 0 when the answer is whole; it says nothing else.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/limits.h"
#include "checker/inspect.h"
#include "confine/confine.h"

enum { STEP_BYTES = 65536, ARENA_BYTES = 640 * 1024 * 1024 };

struct job {
    bool clean;
    enum kind kind;
};

static status read_all(struct arena *arena, bytes *ret_input)
{
    uint8_t *input = arena_room(arena, LIMIT_UPLOAD_BYTES +
                                           STEP_BYTES); /* most files are small: no zeroes */
    size_t len = 0;
    ssize_t n = 1;
    while (input != NULL && n != 0 && len <= LIMIT_UPLOAD_BYTES) {
        n = read(STDIN_FILENO, input + len, STEP_BYTES);
        if (n < 0 && errno != EINTR) {
            return FAIL(FILE_UNREADABLE);
        }
        len += n > 0 ? (size_t)n : 0;
    }
    *ret_input = bytes_of(input, len);
    return input != NULL && len <= LIMIT_UPLOAD_BYTES ? STATUS_OK : FAIL(ARENA_FULL);
}

static status write_all(bytes rest)
{
    while (rest.len > 0) {
        ssize_t n = write(STDOUT_FILENO, rest.ptr, rest.len);
        if (n < 0 && errno != EINTR) {
            return FAIL(FILE_UNWRITABLE);
        }
        rest = bytes_skip(rest, n > 0 ? (size_t)n : 0);
    }
    return STATUS_OK;
}

static status answer(const struct job *job, struct arena *arena, bytes *ret_answer)
{
    bytes file;
    TRY(read_all(arena, &file));
    if (job->clean) {
        uint8_t size[sizeof(uint64_t)];
        TRY(inspect_clean(file, job->kind, arena, ret_answer));
        put_be64(size, ret_answer->len);
        return write_all(bytes_of(size, sizeof size));
    }
    struct finding finding;
    inspect_file(file, job->kind, arena, &finding);
    return finding_pack(&finding, arena, ret_answer);
}

static status run(const struct job *job, struct arena *arena)
{
    const struct confine_limits limits = {LIMIT_CHECK_MEMORY_BYTES, LIMIT_CHECK_CPU_SECONDS};
    bytes said;
    TRY(confine_limits(&limits));
    TRY(inspect_prepare(job->kind));
    TRY(confine_calls(CONFINE_PARSER));
    TRY(answer(job, arena, &said));
    return write_all(said);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct job job = {.kind = argc == 3 ? kind_of_type(argv[2]) : KIND_NONE};
    job.clean = argc == 3 && strcmp(argv[1], "clean") == 0;
    if (argc != 3 || (!job.clean && strcmp(argv[1], "inspect") != 0)) {
        (void)fputs("hayat-check: spawned by hayatd to look at a file on standard input\n"
                    "usage: hayat-check inspect|clean MEDIA-TYPE\n",
                    stderr);
        return 2;
    }
    (void)mallopt(M_ARENA_MAX,
                  1); /* a second heap for each decoder's thread would be 64 MB of address space */
    arena_init(&arena, ARENA_BYTES);
    status s = run(&job, &arena);
    /* No tidying up: the process ends, and its memory was never another's. */
    _exit(ok(s) ? 0 : 1);
}
