#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/defer.h"
#include "hayat/v1/upload.pb-c.h"
#include "progress.h"

enum {
    STEP_TIMEOUT_MS = 30000, /* one chunk: 2.2 kB/s */
    STEP_ARENA_BYTES = 64 * 1024,
};

static const struct method APPEND_CHUNK = {"/hayat.v1.UploadService/AppendChunk",
                                           &hayat__v1__append_chunk_response__descriptor};
static const struct method GET_UPLOAD = {"/hayat.v1.UploadService/GetUpload",
                                         &hayat__v1__get_upload_response__descriptor};

/* One upload under way. */
struct upload {
    struct hayat *hayat;
    const struct filing_document *document;
    struct retry *retry;
    struct progress progress;
    int fd;
    int64_t committed; /* what the server told last */
    bool complete;
};

static status take_answer(struct upload *upload, const Hayat__V1__Upload *answer)
{
    if (answer == NULL || answer->committed_size < 0 ||
        answer->committed_size > upload->document->size_bytes) {
        return FAIL(MALFORMED_REQUEST);
    }
    if (answer->committed_size > upload->committed) {
        retry_progress(upload->retry);
    }
    upload->committed = answer->committed_size;
    upload->complete = answer->state == HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE;
    return STATUS_OK;
}

static status ask(struct upload *upload)
{
    struct arena arena;
    Hayat__V1__GetUploadRequest request = HAYAT__V1__GET_UPLOAD_REQUEST__INIT;
    Hayat__V1__GetUploadResponse *response;
    request.upload_id = (char *)(uintptr_t)upload->document->upload_id;
    arena_init(&arena, STEP_ARENA_BYTES);
    status s = hayat_call_patiently(upload->hayat, GET_UPLOAD, &request.base,
                                    (struct patience){upload->retry, &arena},
                                    (ProtobufCMessage **)&response);
    if (ok(s)) {
        s = take_answer(upload, response->upload);
    }
    arena_fini(&arena);
    return s;
}

/* LEN bytes at OFFSET, which the file had when it was inspected. */
static status read_step(int fd, uint8_t *out, size_t len, int64_t offset)
{
    size_t used = 0;
    while (used < len) {
        ssize_t n = pread(fd, out + used, len - used, offset + (int64_t)used);
        if (n <= 0 && errno != EINTR) {
            return FAIL(FILE_CHANGED);
        }
        used += n > 0 ? (size_t)n : 0;
    }
    return STATUS_OK;
}

/* To the end of the current stored chunk, or of the file. */
static size_t step_at(int64_t offset, int64_t size)
{
    int64_t step = UPLOAD_STEP_BYTES - offset % UPLOAD_STEP_BYTES;
    return (size_t)(step < size - offset ? step : size - offset);
}

/* The next chunk, or only the finish; the answer says that it is on disk. */
static status send_chunk(struct upload *upload)
{
    uint8_t buffer[UPLOAD_STEP_BYTES];
    struct arena arena;
    struct hayat *hayat = upload->hayat;
    int64_t size = upload->document->size_bytes;
    size_t len = step_at(upload->committed, size);
    TRY(read_step(upload->fd, buffer, len, upload->committed));
    Hayat__V1__AppendChunkRequest request = HAYAT__V1__APPEND_CHUNK_REQUEST__INIT;
    Hayat__V1__AppendChunkResponse *response;
    request.upload_id = (char *)(uintptr_t)upload->document->upload_id;
    request.offset = upload->committed;
    request.data = (ProtobufCBinaryData){len, buffer};
    request.finish = upload->committed + (int64_t)len == size;
    struct call_options options = hayat_options(hayat, APPEND_CHUNK, hayat->session.token);
    options.timeout_ms = STEP_TIMEOUT_MS;
    arena_init(&arena, STEP_ARENA_BYTES);
    status s = hayat_call_once(hayat, &options, &request.base, &arena,
                               (ProtobufCMessage **)&response);
    if (ok(s)) {
        s = take_answer(upload, response->upload);
    }
    arena_fini(&arena);
    return s;
}

/* One chunk after the other, each after the answer to the one before. */
static status attempt(struct upload *upload)
{
    while (!upload->complete) {
        TRY(send_chunk(upload));
        progress_sent(&upload->progress, upload->committed);
    }
    return STATUS_OK;
}

/* Waits before asking again, when that may help. */
static status recover(struct upload *upload, status s)
{
    struct rpc_error *error = &upload->hayat->error;
    if (s.why == REASON_FILE_CHANGED) {
        return s;
    }
    bool signed_out = error->code == CODE_UNAUTHENTICATED;
    if (signed_out) {
        session_refused(upload->hayat); /* the next question signs in, or says why it cannot */
    }
    /* What the server has is not what it had when we asked: asking again tells. */
    bool moved = s.why == REASON_UPLOAD_OFFSET_MISMATCH || s.why == REASON_UPLOAD_COMPLETE ||
                 s.why == REASON_UPLOAD_INCOMPLETE;
    error->code = moved || signed_out ? CODE_ABORTED : error->code;
    progress_interrupted(&upload->progress);
    return hayat_wait_or_fail(upload->hayat, upload->retry, s);
}

static status run(struct upload *upload)
{
    for (;;) {
        TRY(ask(upload));
        if (upload->complete) {
            return STATUS_OK;
        }
        retry_alive(upload->retry);
        progress_resume(&upload->progress, upload->committed);
        status s = attempt(upload);
        if (ok(s)) {
            return s;
        }
        TRY(recover(upload, s));
    }
}

status upload_document(struct hayat *hayat, const struct filing_document *document,
                       struct retry *retry)
{
    struct upload upload = {.hayat = hayat, .document = document, .retry = retry};
    DEFER(defer_close) int fd = open(document->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return FAIL(FILE_UNREADABLE);
    }
    upload.fd = fd;
    progress_begin(&upload.progress, hayat, document);
    status s = run(&upload);
    progress_close(&upload.progress, ok(s));
    return s;
}
