/* export: `hayat export`: everything on file about the member, as one JSON file (SEC-F3).  A broken stream begins again. */
#include <stdio.h>
#include <stdlib.h>

#include "base/defer.h"
#include "files.h"
#include "hayat.h"
#include "hayat/v1/privacy.pb-c.h"
#include "usage.h"

enum { EXPORT_TIMEOUT_MS = 300000, MESSAGE_ARENA_BYTES = 2 * LIMIT_SEND_BYTES };

static const struct method EXPORT = {"/hayat.v1.PrivacyService/ExportMyData", NULL};

/* What came so far. */
struct taken {
    char *text;
    size_t len;
};

static void free_taken(struct taken *taken)
{
    free(taken->text);
}

static status append(struct taken *taken, const ProtobufCBinaryData *data)
{
    char *longer = realloc(taken->text, taken->len + data->len + 1);
    if (longer == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (data->len > 0) {
        memcpy(longer + taken->len, data->data, data->len);
    }
    taken->text = longer;
    taken->len += data->len;
    return STATUS_OK;
}

static status take_all(struct taken *taken, struct stream *stream)
{
    struct arena arena;
    ProtobufCMessage *message;
    status s;
    arena_init(&arena, MESSAGE_ARENA_BYTES);
    do {
        arena_reset(&arena, MESSAGE_ARENA_BYTES);
        s = stream_read(stream, &hayat__v1__export_my_data_response__descriptor, &arena, &message);
        if (ok(s) && message != NULL) {
            s = append(taken, &((const Hayat__V1__ExportMyDataResponse *)message)->data);
        }
    } while (ok(s) && message != NULL);
    arena_fini(&arena);
    return s;
}

static status attempt(struct hayat *hayat, struct taken *taken)
{
    struct call_options options = hayat_options(hayat, EXPORT, hayat->session.token);
    Hayat__V1__ExportMyDataRequest request = HAYAT__V1__EXPORT_MY_DATA_REQUEST__INIT;
    struct stream *stream;
    options.timeout_ms = EXPORT_TIMEOUT_MS;
    taken->len = 0;
    TRY(channel_stream(hayat->channel, &options, &stream));
    status local = STATUS_OK;
    if (ok(stream_write(stream, &request.base)) && ok(stream_writes_done(stream))) {
        local = take_all(taken, stream);
    }
    status remote = stream_close(stream, &hayat->error);
    return ok(local) ? remote : local;
}

static status run(struct hayat *hayat, struct taken *taken)
{
    struct retry retry = hayat_retry(hayat, DEFAULT_GIVE_UP_SECONDS);
    bool renewed = false;
    for (;;) {
        TRY(sign_in_if_needed(hayat, &retry));
        status s = attempt(hayat, taken);
        if (ok(s) || s.why == REASON_ARENA_FULL) {
            return s;
        }
        if (hayat->error.code == CODE_UNAUTHENTICATED && !renewed) {
            renewed = true;
            session_refused(hayat);
            continue;
        }
        TRY(hayat_wait_or_fail(hayat, &retry, s));
    }
}

status command_export(struct hayat *hayat)
{
    DEFER(free_taken) struct taken taken = {NULL, 0};
    if (hayat->arguments.out == NULL) {
        return usage_wrong("--out", TEXT_USE_FILE);
    }
    TRY(hayat_load_session(hayat));
    TRY(hayat_connect(hayat));
    TRY(run(hayat, &taken));
    return file_replace(hayat->arguments.out, bytes_of(taken.text, taken.len));
}
