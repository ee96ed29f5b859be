/*
 * google.bytestream.ByteStream.Write to "uploads/upl_…", and QueryWriteStatus.
 *
 * The stream reads ahead (service/rpc.h): messages of any size fill chunks, which are sealed as they are full; commits run meanwhile,
 * each of all the chunks that are there.  The first commit claims the upload: from then on an older writer is fenced, whether or not
 * its connection looks alive.
 *
 *   first message ──commit: claim, and what came with it──▶ writing ──commit: whole chunks──▶ writing ──finish──▶ answered
 *
 * A stream that ends without finish_write leaves the upload open with all its bytes committed; so does one whose line breaks, with
 * all that arrived.
 */
#include "gen/handlers.h"

#include "service/message.h"
#include "service/resource_name.h"
#include "service/upload_window.h"

struct write {
    struct id upload;
    bool claim_taken; /* the first commit is on its way, or was */
    bool finishing;   /* finish_write came */
    bool astray;      /* a message came with a wrong offset */
    char name[64];    /* as the first message said it */

    /* the writer's while a commit runs */
    bool claimed; /* generation is ours */
    uint64_t generation;
    uint64_t committed;

    struct upload_window window;
};

/* --- the first message --- */

static status parse_name(struct rpc *rpc, struct write *write, const char *name)
{
    if (!upload_name_parse(name, &write->upload) || strlen(name) >= sizeof write->name) {
        rpc_violation(rpc, "resource_name", "must be uploads/{upload_id}");
        return FAIL(INVALID_FIELD);
    }
    memcpy(write->name, name, strlen(name) + 1);
    return STATUS_OK;
}

static status write_open(struct rpc *rpc, void *state, const ProtobufCMessage *first)
{
    struct write *write = state;
    const Google__Bytestream__WriteRequest *request =
        (const Google__Bytestream__WriteRequest *)first;
    Hayat__Store__V1__StoredDocument *upload;
    TRY(parse_name(rpc, write, request->resource_name));
    TRY(upload_find(rpc, write->upload, &upload));
    if ((uint64_t)request->write_offset != upload->committed_bytes) {
        return upload_refuse_offset(rpc, upload);
    }
    write->committed = upload->committed_bytes;
    write->generation = upload->writer_generation;
    return upload_window_open(rpc, &write->window, upload);
}

/* --- every message --- */

static status write_message(struct rpc *rpc, void *state, const ProtobufCMessage *message,
                            bool *ret_commit, bool *ret_finish)
{
    struct write *write = state;
    const Google__Bytestream__WriteRequest *request =
        (const Google__Bytestream__WriteRequest *)message;
    (void)ret_commit; /* take tells */
    if (request->resource_name[0] != '\0' && strcmp(request->resource_name, write->name) != 0) {
        rpc_violation(rpc, "resource_name", "must not change within a stream");
        return FAIL(INVALID_FIELD);
    }
    /* What came before it is kept, and the refusal tells how much that is. */
    write->astray = (uint64_t)request->write_offset != write->window.end;
    write->finishing = request->finish_write && !write->astray;
    *ret_finish = request->finish_write || write->astray;
    return write->astray ? STATUS_OK
                         : upload_window_add(&write->window, bytes_of_binary(request->data));
}

static bool write_has_room(void *state)
{
    struct write *write = state;
    return upload_window_has_room(&write->window);
}

static bool write_take(void *state, bool all)
{
    struct write *write = state;
    bool first = !write->claim_taken;
    write->claim_taken = true;
    return upload_window_take(&write->window, all) || first;
}

/* --- the writer's transaction --- */

/* The first commit fences every older writer.  When all bytes are there nobody can write, and who only finishes must not undo the
   finish that is on its way (upload_finish.c). */
static status claim(struct rpc *rpc, struct write *write, Hayat__Store__V1__StoredDocument *upload)
{
    if (write->committed != upload->committed_bytes) {
        return upload_refuse_offset(rpc, upload);
    }
    bool moved = write->generation != upload->writer_generation;
    if (moved && write->committed % CHUNK_PLAIN_BYTES != 0) {
        return FAIL(UPLOAD_TAKEN_OVER); /* the chunk we go on with may be another by now */
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

/* Claims on the first time; then what was taken is written. */
static status write_commit(struct rpc *rpc, void *state)
{
    struct write *write = state;
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find(rpc, write->upload, &upload));
    TRY(write->claimed ? keep_claim(write, upload) : claim(rpc, write, upload));
    if (!upload_is_open(upload)) {
        return STATUS_OK; /* complete, so nothing could be added: it may only be finished again */
    }
    TRY(upload_window_put(rpc, &write->window, upload));
    write->committed = upload->committed_bytes;
    return upload_save(rpc, upload);
}

static status end_write(struct rpc *rpc, struct write *write,
                        Hayat__Store__V1__StoredDocument *upload)
{
    uint8_t hash[SHA256_BYTES];
    if (write->astray || write->window.misfit) {
        rpc->keep_writes = write->astray;
        rpc_detail_int(rpc, "committed_size", (int64_t)upload->committed_bytes);
        return write->astray ? FAIL(UPLOAD_OFFSET_MISMATCH) : FAIL(MEDIA_TYPE_REFUSED);
    }
    if (!write->finishing) {
        return STATUS_OK;
    }
    bool hashed = upload_window_hash(&write->window, hash);
    return upload_finish(rpc, upload, hashed ? hash : NULL);
}

/* The commit of what was left, if anything was, is in this transaction. */
static status write_finish(struct rpc *rpc, void *state, ProtobufCMessage *message)
{
    struct write *write = state;
    Google__Bytestream__WriteResponse *response = (Google__Bytestream__WriteResponse *)message;
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find(rpc, write->upload, &upload));
    TRY(keep_claim(write, upload));
    TRY(end_write(rpc, write, upload));
    response->committed_size = (int64_t)upload->committed_bytes;
    return STATUS_OK;
}

static void write_close(void *state)
{
    struct write *write = state;
    upload_window_close(&write->window);
}

const struct client_stream byte_stream_write = {
    .state_size = sizeof(struct write),
    .open = write_open,
    .message = write_message,
    .commit = write_commit,
    .finish = write_finish,
    .close = write_close,
    .take = write_take,
    .has_room = write_has_room,
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
