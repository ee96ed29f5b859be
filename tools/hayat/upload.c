#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/defer.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "progress.h"

enum {
    STREAM_TIMEOUT_MS = 300000, /* one stream; a slower line goes on with the next */
    STEP_ARENA_BYTES = 64 * 1024,
};

static const struct method WRITE = {"/google.bytestream.ByteStream/Write", NULL};
static const struct method GET_UPLOAD = {"/hayat.v1.UploadService/GetUpload",
                                         &hayat__v1__get_upload_response__descriptor};

/* One upload under way. */
struct upload {
    struct hayat *hayat;
    const struct filing_document *document;
    struct retry *retry;
    struct progress progress;
    int fd;
    int64_t committed; /* the most the server ever told */
    char resource[ID_TEXT_MAX + 16];
};

static status ask(struct upload *upload, bool *ret_complete)
{
    struct arena arena;
    Hayat__V1__GetUploadRequest request = HAYAT__V1__GET_UPLOAD_REQUEST__INIT;
    Hayat__V1__GetUploadResponse *response;
    request.upload_id = (char *)(uintptr_t)upload->document->upload_id;
    arena_init(&arena, STEP_ARENA_BYTES);
    status s = hayat_call_patiently(upload->hayat, GET_UPLOAD, &request.base,
                                    (struct patience){upload->retry, &arena},
                                    (ProtobufCMessage **)&response);
    if (ok(s) && response->upload != NULL) {
        upload->committed = response->upload->committed_size;
        *ret_complete = response->upload->state == HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE;
    } else if (ok(s)) {
        s = FAIL(MALFORMED_REQUEST);
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

/* Sends from upload->committed to the end.  A write that fails is told by stream_close. */
static status send_rest(struct upload *upload, struct stream *stream)
{
    uint8_t buffer[UPLOAD_STEP_BYTES];
    int64_t size = upload->document->size_bytes, offset = upload->committed;
    do {
        size_t len = step_at(offset, size);
        TRY(read_step(upload->fd, buffer, len, offset));
        Google__Bytestream__WriteRequest request = GOOGLE__BYTESTREAM__WRITE_REQUEST__INIT;
        request.resource_name = offset == upload->committed ? upload->resource
                                                            : request.resource_name;
        request.write_offset = offset;
        request.data = (ProtobufCBinaryData){len, buffer};
        offset += (int64_t)len;
        request.finish_write = offset == size;
        if (!ok(stream_write(stream, &request.base))) {
            return STATUS_OK;
        }
        progress_sent(&upload->progress, offset);
    } while (offset < size);
    return STATUS_OK;
}

/* The reply to all of it, if there is one. */
static void read_reply(struct upload *upload, struct stream *stream)
{
    struct arena arena;
    ProtobufCMessage *message;
    arena_init(&arena, STEP_ARENA_BYTES);
    if (ok(stream_read(stream, &google__bytestream__write_response__descriptor, &arena,
                       &message)) &&
        message != NULL) {
        upload->committed = ((Google__Bytestream__WriteResponse *)message)->committed_size;
        (void)stream_read(stream, &google__bytestream__write_response__descriptor, &arena,
                          &message);
    }
    arena_fini(&arena);
}

/* One stream from the committed offset. */
static status attempt(struct upload *upload)
{
    struct hayat *hayat = upload->hayat;
    struct call_options options = hayat_options(hayat, WRITE, hayat->session.token);
    options.timeout_ms = STREAM_TIMEOUT_MS;
    struct stream *stream;
    TRY(channel_stream(hayat->channel, &options, &stream));
    status local = send_rest(upload, stream);
    if (ok(local)) {
        (void)stream_writes_done(stream);
        read_reply(upload, stream);
    }
    status remote = stream_close(stream, &hayat->error);
    return ok(local) ? remote : local;
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
    for (int64_t before = 0;; before = upload->committed) {
        bool complete = false;
        TRY(ask(upload, &complete));
        if (complete) {
            return STATUS_OK;
        }
        if (upload->committed < 0 || upload->committed > upload->document->size_bytes) {
            return FAIL(MALFORMED_REQUEST);
        }
        retry_alive(upload->retry);
        if (upload->committed > before) {
            retry_progress(upload->retry);
        }
        progress_resume(&upload->progress, upload->committed);
        status s = attempt(upload);
        if (ok(s) && upload->committed == upload->document->size_bytes) {
            return STATUS_OK;
        }
        TRY(recover(upload, ok(s) ? FAIL(UPLOAD_INCOMPLETE) : s));
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
    (void)snprintf(upload.resource, sizeof upload.resource, "uploads/%s", document->upload_id);
    progress_begin(&upload.progress, hayat, document);
    status s = run(&upload);
    progress_close(&upload.progress, ok(s));
    return s;
}
