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
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/descriptor.h"
#include "base/limits.h"
#include "checker/inspect.h"
#include "confine/confine.h"

enum { ARENA_BYTES = 640 * 1024 * 1024 };

struct job {
    bool clean;
    enum kind kind;
};

static status write_answer(bytes piece)
{
    return descriptor_write_all(STDOUT_FILENO, piece) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status answer(const struct job *job, struct arena *arena, bytes *ret_answer)
{
    bytes file;
    TRY(descriptor_read_all(STDIN_FILENO, arena, LIMIT_UPLOAD_BYTES, &file));
    if (job->clean) {
        uint8_t size[sizeof(uint64_t)];
        TRY(inspect_clean(file, job->kind, arena, ret_answer));
        put_be64(size, ret_answer->len);
        return write_answer(bytes_of(size, sizeof size));
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
    return write_answer(said);
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
