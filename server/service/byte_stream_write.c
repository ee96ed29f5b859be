/*
 * google.bytestream.ByteStream.Write to "uploads/upl_…", and QueryWriteStatus.
 *
 * Messages of any size are gathered in the stream's state; whole chunks are committed as they fill, so a connection
 * that breaks loses less than one chunk.  The first message claims the upload in a commit of its own, before anything
 * else is read: from then on an older writer is fenced, whether or not its connection looks alive.
 *
 *   first message ──commit: claim──▶ writing ──chunk full: commit──▶ writing ──finish──▶ answered
 *
 * A stream that ends without finish_write leaves the upload open with all its bytes committed.
 */
#include "gen/handlers.h"

#include "service/message.h"
#include "service/resource_name.h"
#include "service/upload.h"

struct write {
    struct id upload;
    bool named;     /* the first message came */
    bool claimed;   /* generation is ours */
    bool finishing; /* finish_write came */
    uint64_t generation;
    uint64_t committed; /* where buffer begins */
    size_t buffered;
    char name[64]; /* as the first message said it */
    uint8_t buffer[LIMIT_APPEND_BYTES + CHUNK_PLAIN_BYTES];
};

/* --- one message --- */

static status begin(struct rpc *rpc, struct write *write,
                    const Google__Bytestream__WriteRequest *request)
{
    if (!upload_name_parse(request->resource_name, &write->upload) ||
        strlen(request->resource_name) >= sizeof write->name) {
        rpc_violation(rpc, "resource_name", "must be uploads/{upload_id}");
        return FAIL(INVALID_FIELD);
    }
    memcpy(write->name, request->resource_name, strlen(request->resource_name) + 1);
    write->committed = (uint64_t)request->write_offset; /* checked by the claim */
    write->named = true;
    return STATUS_OK;
}

/* A later message may leave the name out, and goes on where the last one ended. */
static status go_on(struct rpc *rpc, const struct write *write,
                    const Google__Bytestream__WriteRequest *request)
{
    if (request->resource_name[0] != '\0' && strcmp(request->resource_name, write->name) != 0) {
        rpc_violation(rpc, "resource_name", "must not change within a stream");
        return FAIL(INVALID_FIELD);
    }
    if ((uint64_t)request->write_offset != write->committed + write->buffered) {
        rpc_detail_int(rpc, "committed_size", (int64_t)write->committed);
        return FAIL(UPLOAD_OFFSET_MISMATCH);
    }
    return STATUS_OK;
}

static bool chunk_is_full(const struct write *write)
{
    return write->committed % CHUNK_PLAIN_BYTES + write->buffered >= CHUNK_PLAIN_BYTES;
}

static status write_message(struct rpc *rpc, void *state, const ProtobufCMessage *message,
                            bool *ret_commit, bool *ret_finish)
{
    struct write *write = state;
    const Google__Bytestream__WriteRequest *request =
        (const Google__Bytestream__WriteRequest *)message;
    TRY(write->named ? go_on(rpc, write, request) : begin(rpc, write, request));
    if (request->data.len > sizeof write->buffer - write->buffered) {
        return FAIL(MESSAGE_TOO_LARGE);
    }
    if (request->data.len > 0) {
        memcpy(write->buffer + write->buffered, request->data.data, request->data.len);
        write->buffered += request->data.len;
    }
    write->finishing = request->finish_write;
    *ret_finish = request->finish_write;
    *ret_commit = !request->finish_write && (!write->claimed || chunk_is_full(write));
    return STATUS_OK;
}

/* --- the writer's transaction --- */

/* The first commit: checks the offset, then fences every older writer.  When all bytes are there nobody can write, and
   who only finishes must not undo the finish that is on its way (upload_finish.c). */
static status claim(struct rpc *rpc, struct write *write, Hayat__Store__V1__StoredDocument *upload)
{
    if (write->committed != upload->committed_bytes) {
        return upload_refuse_offset(rpc, upload);
    }
    if (upload_is_open(upload) && upload->committed_bytes < upload->size_bytes) {
        upload->writer_generation++;
    }
    write->generation = upload->writer_generation;
    write->claimed = true;
    return STATUS_OK;
}

static status keep_claim(const struct write *write, const Hayat__Store__V1__StoredDocument *upload)
{
    bool ours = upload->writer_generation == write->generation &&
                upload->committed_bytes == write->committed;
    return ours ? STATUS_OK : FAIL(UPLOAD_TAKEN_OVER);
}

/* How much of the buffer ends at the end of a chunk. */
static size_t whole_chunks(const struct write *write)
{
    size_t beyond = (write->committed + write->buffered) % CHUNK_PLAIN_BYTES;
    return beyond >= write->buffered ? 0 : write->buffered - beyond;
}

static void take_off(struct write *write, size_t len)
{
    write->committed += len;
    write->buffered -= len;
    memmove(write->buffer, write->buffer + len, write->buffered);
}

/* Claims on the first time, then writes the buffer: ALL of it, or the whole chunks. */
static status flush(struct rpc *rpc, struct write *write, bool all,
                    Hayat__Store__V1__StoredDocument **ret_upload)
{
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find(rpc, write->upload, &upload));
    TRY(write->claimed ? keep_claim(write, upload) : claim(rpc, write, upload));
    if (write->buffered > upload->size_bytes - upload->committed_bytes) {
        return FAIL(UPLOAD_TOO_LONG);
    }
    *ret_upload = upload;
    if (!upload_is_open(upload)) {
        return STATUS_OK; /* complete, and nothing is buffered: it may only be finished again */
    }
    size_t len = all ? write->buffered : whole_chunks(write);
    TRY(upload_append(rpc, upload, bytes_of(write->buffer, len)));
    take_off(write, len);
    return upload_save(rpc, upload);
}

static status write_commit(struct rpc *rpc, void *state)
{
    Hayat__Store__V1__StoredDocument *upload;
    return flush(rpc, state, false, &upload);
}

static status write_finish(struct rpc *rpc, void *state, ProtobufCMessage *message)
{
    struct write *write = state;
    Google__Bytestream__WriteResponse *response = (Google__Bytestream__WriteResponse *)message;
    Hayat__Store__V1__StoredDocument *upload;
    if (!write->named) {
        return FAIL(MESSAGE_MISSING);
    }
    TRY(flush(rpc, write, true, &upload));
    if (write->finishing) {
        TRY(upload_finish(rpc, upload));
    }
    response->committed_size = (int64_t)upload->committed_bytes;
    return STATUS_OK;
}

const struct client_stream byte_stream_write = {
    .state_size = sizeof(struct write),
    .message = write_message,
    .commit = write_commit,
    .finish = write_finish,
};

/* --- QueryWriteStatus --- */

status byte_stream_query_write_status(struct rpc *rpc,
                                      const Google__Bytestream__QueryWriteStatusRequest *request,
                                      Google__Bytestream__QueryWriteStatusResponse *response)
{
    struct id id;
    Hayat__Store__V1__StoredDocument *upload;
    if (!upload_name_parse(request->resource_name, &id)) {
        rpc_violation(rpc, "resource_name", "must be uploads/{upload_id}");
        return FAIL(INVALID_FIELD);
    }
    TRY(upload_find(rpc, id, &upload));
    response->committed_size = (int64_t)upload->committed_bytes;
    response->complete = !upload_is_open(upload);
    return STATUS_OK;
}
