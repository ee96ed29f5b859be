/*
 * PrivacyService.ExportMyData: one JSON text of every record that tables.def exports, in pieces.
 *
 *   {"format":"hayat export v1","time":"…","tables":{"member":[{…}],"beneficiary":[{…},{…}],…}}
 *
 * The tables come from table_infos and the fields from the records' descriptors: what is added to either is exported without a
 * line here (SEC-F3).  Each piece is a read transaction of its own (SEC-D7), so the whole is no snapshot: a record that is
 * written meanwhile is told as it is when its turn comes.
 */
#include "gen/handlers.h"

#include "base/id.h"
#include "base/limits.h"
#include "service/export_json.h"
#include "service/message.h"
#include "storage/document_store.h"
#include "storage/table.h"

struct export
{
    size_t table; /* of table_infos */
    bool begun;   /* the table's bracket is open */
    bool any_table, any_row;
    bool ended;
    struct key after;
};

struct piece {
    struct export *export;
    struct export_text out;
};

/* Bytes of documents are read by ByteStream.Read: their records name them. */
static bool is_listed(const struct table_info *table)
{
    return table->exported && table->record != NULL;
}

static void add_resource_name(struct export_text *out,
                              const Hayat__Store__V1__StoredDocument *document)
{
    struct id id;
    char text[ID_TEXT_MAX];
    if (!id_of_binary(document->document_id, &id)) {
        return;
    }
    id_format(id, "doc", text);
    export_raw(out, "\"resource_name\":\"documents/");
    export_raw(out, text);
    export_raw(out, "\",");
}

static bool add_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct piece *piece = ctx;
    struct export *export = piece->export;
    export_raw(&piece->out, export->any_row ? ",{" : "{");
    if (table_infos[export->table].id == TABLE_document) {
        add_resource_name(&piece->out, (const Hayat__Store__V1__StoredDocument *)record);
    }
    export_fields(&piece->out, record);
    export_raw(&piece->out, "}");
    export->any_row = true;
    export->after = key;
    return piece->out.len < LIMIT_EXPORT_PIECE_BYTES && !piece->out.full;
}

static void begin_table(struct piece *piece, const struct table_info *table)
{
    struct export *export = piece->export;
    export_raw(&piece->out, export->any_table ? "," : "");
    export_string(&piece->out, table->name);
    export_raw(&piece->out, ":[");
    export->begun = export->any_table = true;
    export->any_row = false;
    export->after = key_empty();
}

/* As many rows of the table as the piece has room for. */
static status add_rows(struct rpc *rpc, struct piece *piece, const struct table_info *table)
{
    struct export *export = piece->export;
    struct owner owner = rpc->principal->owner;
    if (!export->begun) {
        begin_table(piece, table);
    }
    struct scan scan = {
        .table = table->id, .owner = owner, .prefix = key_owner(owner), .after = export->after};
    TRY(table_scan(rpc->txn, &scan, add_row, piece));
    if (piece->out.len < LIMIT_EXPORT_PIECE_BYTES) {
        export_raw(&piece->out, "]");
        export->begun = false;
        export->table++;
    }
    return STATUS_OK;
}

static status fill(struct rpc *rpc, struct piece *piece)
{
    struct export *export = piece->export;
    while (export->table < table_info_count && piece->out.len < LIMIT_EXPORT_PIECE_BYTES) {
        const struct table_info *table = &table_infos[export->table];
        if (is_listed(table)) {
            TRY(add_rows(rpc, piece, table));
        } else {
            export->table++;
        }
    }
    if (export->table == table_info_count) {
        export_raw(&piece->out, "}}\n");
        export->ended = true;
    }
    return piece->out.full ? FAIL(ARENA_FULL) : STATUS_OK;
}

static status export_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    (void)rpc;
    (void)message;
    struct export *export = state;
    *export = (struct export){.after = key_empty()};
    return STATUS_OK;
}

static void begin(struct rpc *rpc, struct export_text *out)
{
    export_raw(out, "{\"format\":\"hayat export v1\",");
    export_time_field(out, "time", rpc->now_ms);
    export_raw(out, ",\"tables\":{");
}

static status export_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                          enum stream_step *ret_step)
{
    struct piece piece = {.export = state, .out = {.arena = rpc->arena}};
    Hayat__V1__ExportMyDataResponse *response = (Hayat__V1__ExportMyDataResponse *)message;
    if (piece.export->ended) {
        *ret_step = STREAM_END;
        return STATUS_OK;
    }
    if (piece.export->table == 0 && !piece.export->begun) {
        begin(rpc, &piece.out);
    }
    TRY(fill(rpc, &piece));
    response->data = (ProtobufCBinaryData){piece.out.len, (uint8_t *)piece.out.text};
    *ret_step = STREAM_SEND;
    return STATUS_OK;
}

const struct server_stream privacy_export_my_data = {
    .state_size = sizeof(struct export),
    .open = export_open,
    .next = export_next,
};
