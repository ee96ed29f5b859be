/* document: `hayat document get`: ByteStream.Read into FILE.doc_….part, going on where it stopped,
 * then into place.  The id is in the name: what came of one document is no beginning of another. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "files.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "hayat.h"
#include "usage.h"

enum { READ_TIMEOUT_MS = 300000, MESSAGE_ARENA_BYTES = 2 * LIMIT_SEND_BYTES };

static const struct method READ = {"/google.bytestream.ByteStream/Read", NULL};

struct download {
    struct hayat *hayat;
    char resource[ID_TEXT_MAX + 16];
    int fd;
    int64_t have; /* bytes in the file */
};

static void close_part(struct download *download)
{
    defer_close(&download->fd);
}

static status append(struct download *download, const ProtobufCBinaryData *data)
{
    for (size_t used = 0; used < data->len;) {
        ssize_t n = write(download->fd, data->data + used, data->len - used);
        if (n < 0 && errno != EINTR) {
            return FAIL(FILE_UNWRITABLE);
        }
        used += n > 0 ? (size_t)n : 0;
        download->have += n > 0 ? n : 0;
    }
    return STATUS_OK;
}

static status take_all(struct download *download, struct stream *stream)
{
    struct arena arena;
    arena_init(&arena, MESSAGE_ARENA_BYTES);
    ProtobufCMessage *message;
    status s;
    do {
        arena_reset(&arena, MESSAGE_ARENA_BYTES);
        s = stream_read(stream, &google__bytestream__read_response__descriptor, &arena, &message);
        if (ok(s) && message != NULL) {
            s = append(download, &((const Google__Bytestream__ReadResponse *)message)->data);
        }
    } while (ok(s) && message != NULL);
    arena_fini(&arena);
    return s;
}

static status attempt(struct download *download)
{
    struct hayat *hayat = download->hayat;
    struct call_options options = hayat_options(hayat, READ, hayat->session.token);
    options.timeout_ms = READ_TIMEOUT_MS;
    Google__Bytestream__ReadRequest request = GOOGLE__BYTESTREAM__READ_REQUEST__INIT;
    request.resource_name = download->resource;
    request.read_offset = download->have;
    struct stream *stream;
    TRY(channel_stream(hayat->channel, &options, &stream));
    status local = STATUS_OK;
    if (ok(stream_write(stream, &request.base)) && ok(stream_writes_done(stream))) {
        local = take_all(download, stream);
    }
    status remote = stream_close(stream, &hayat->error);
    return ok(local) ? remote : local;
}

static status run(struct download *download)
{
    struct hayat *hayat = download->hayat;
    struct retry retry = hayat_retry(hayat, DEFAULT_GIVE_UP_SECONDS);
    bool renewed = false;
    for (;;) {
        TRY(sign_in_if_needed(hayat, &retry));
        int64_t before = download->have;
        status s = attempt(download);
        if (ok(s) || s.why == REASON_FILE_UNWRITABLE) {
            return s;
        }
        if (download->have > before) {
            retry_progress(&retry);
            renewed = false;
        }
        if (hayat->error.code == CODE_UNAUTHENTICATED && !renewed) {
            renewed = true;
            session_refused(hayat);
            continue;
        }
        TRY(hayat_wait_or_fail(hayat, &retry, s));
    }
}

static status finish(const struct download *download, const char *part, const char *path)
{
    bool placed = fsync(download->fd) == 0 && rename(part, path) == 0;
    return placed ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

/* Only a file of our own: in a directory of everybody's, another's link or file waits for health data. */
static status open_part(const char *part, struct download *download)
{
    struct stat st;
    download->fd = open(part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                        0600); /* nor does a pipe keep us waiting */
    if (download->fd < 0 || fstat(download->fd, &st) != 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    download->have = st.st_size;
    bool ours = S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1;
    return ours ? STATUS_OK : FAIL(FILE_PERMISSIONS);
}

status document_download(struct hayat *hayat, const char *document, const char *path)
{
    DEFER(close_part) struct download download = {.hayat = hayat, .fd = -1};
    char part[PATH_MAX];
    struct id id;
    if (!id_parse(bytes_str(document), "doc", &id) ||
        snprintf(part, sizeof part, "%s.%s.part", path, document) >= (int)sizeof part ||
        snprintf(download.resource, sizeof download.resource, "documents/%s", document) >=
            (int)sizeof download.resource) {
        return usage_wrong("DOC_ID", TEXT_USE_ID);
    }
    TRY(hayat_load_session(hayat));
    TRY(hayat_connect(hayat));
    TRY(open_part(part, &download));
    status s = run(&download);
    if (!ok(s) && download.have == 0) {
        (void)unlink(part); /* nothing to go on with */
    }
    TRY(s);
    return finish(&download, part, path);
}

status command_document_get(struct hayat *hayat)
{
    const char *path = hayat->arguments.out, *document = hayat->arguments.operand;
    return path == NULL || document == NULL ? usage_wrong("DOC_ID, --out", TEXT_USE_GIVEN)
                                            : document_download(hayat, document, path);
}
