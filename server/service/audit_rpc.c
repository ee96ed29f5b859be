#include "gen/handlers.h"

#include "auth/certificate.h"
#include "base/codec.h"
#include "service/audit_message.h"
#include "service/caller_message.h"
#include "service/message.h"
#include "service/page_token.h"
#include "storage/audit_head_store.h"
#include "storage/audit_verify.h"

static const char list_entries[] = "AuditService.ListEntries";

/* --- the head --- */

status audit_get_head(struct rpc *rpc, const Hayat__Backoffice__V1__GetHeadRequest *request,
                      Hayat__Backoffice__V1__GetHeadResponse *response)
{
    (void)request;
    struct audit_tip tip;
    struct audit_head head;
    uint64_t exported;
    uint8_t public_key[AUDIT_PUBLIC_KEY_BYTES];
    TRY(audit_store_tip(rpc->txn, &tip));
    TRY(audit_export_get(rpc->txn, &exported));
    audit_public_key(rpc, public_key);
    response->entry_count = (int64_t)tip.sequence;
    response->exported_sequence = (int64_t)exported;
    response->public_key = message_bytes(rpc->arena, bytes_of(public_key, sizeof public_key));
    status s = audit_head_last(rpc->txn, &head);
    if (s.why == REASON_NOT_FOUND) {
        return arena_check(rpc->arena);
    }
    TRY(s);
    return audit_signed_head(rpc, &head, &response->signed_head);
}

/* --- the list --- */

struct listing {
    struct rpc *rpc;
    Hayat__Backoffice__V1__ListEntriesResponse *response;
    bool by_caller;
    struct id caller;
};

static status entry_of(struct rpc *rpc, const audit_row *row, const struct audit_entry *entry,
                       Hayat__Backoffice__V1__AuditEntry *message)
{
    Hayat__Store__V1__StoredCaller *caller;
    TRY(audit_caller(rpc, row, entry, &caller));
    message->sequence = (int64_t)entry->sequence;
    message->entry_time = message_time(rpc->arena, entry->time_ms);
    message->event = arena_str(rpc->arena, entry->event);
    message->actor = (Hayat__V1__ActorKind)entry->actor_kind;
    if (caller != NULL) {
        message->caller_id = message_id(rpc->arena, certificate_id_prefix(caller->type),
                                        row->actor);
    }
    message->actor_pseudonym = message_bytes(rpc->arena,
                                             bytes_of(entry->actor, AUDIT_PSEUDONYM_BYTES));
    message->subject_pseudonym = message_bytes(rpc->arena,
                                               bytes_of(entry->subject, AUDIT_PSEUDONYM_BYTES));
    message->subject_number = (int64_t)entry->number;
    message->object_type = arena_str(rpc->arena, entry->object_type);
    message->purpose = arena_str(rpc->arena, entry->purpose);
    message->outcome = audit_outcome(rpc, entry->outcome);
    message->entry = message_bytes(rpc->arena, bytes_of_binary(row->entry));
    message->head = message_bytes(rpc->arena, bytes_of_binary(row->head));
    return arena_check(rpc->arena);
}

static status add_entry(struct listing *listing, uint64_t sequence)
{
    struct rpc *rpc = listing->rpc;
    audit_row *row;
    struct audit_entry entry;
    TRY(audit_store_get(rpc->txn, sequence, &row));
    TRY(audit_row_decode(row, &entry));
    if (listing->by_caller &&
        !bytes_equal(bytes_of_binary(row->actor), bytes_of(listing->caller.bytes, ID_BYTES))) {
        return STATUS_OK;
    }
    Hayat__Backoffice__V1__AuditEntry *message = message_new(
        rpc->arena, &hayat__backoffice__v1__audit_entry__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(entry_of(rpc, row, &entry, message));
    listing->response->entries[listing->response->n_entries++] = message;
    return STATUS_OK;
}

/* What a page goes on from: each page is an entry itself, so the list ends where the chain ended when it was begun. */
struct span {
    uint64_t sequence, last;
};

static status read_span(struct rpc *rpc, const Hayat__Backoffice__V1__ListEntriesRequest *request,
                        struct span *ret_span)
{
    struct page_cursor cursor;
    struct audit_tip tip;
    TRY(page_token_read(rpc, list_entries, request->page_token, &cursor));
    TRY(audit_store_tip(rpc->txn, &tip));
    ret_span->sequence = request->first_sequence == 0 ? 1 : (uint64_t)request->first_sequence;
    ret_span->last = tip.sequence;
    if (cursor.len == 0) {
        return STATUS_OK;
    }
    if (cursor.len != 2 * sizeof(uint64_t)) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    ret_span->sequence = get_be64(cursor.bytes);
    ret_span->last = get_be64(cursor.bytes + sizeof(uint64_t));
    return STATUS_OK;
}

static status find_caller(struct listing *listing, const char *caller_id)
{
    listing->by_caller = caller_id[0] != '\0';
    if (!listing->by_caller) {
        return STATUS_OK;
    }
    status s = caller_find(listing->rpc->txn, caller_id, &listing->caller);
    if (s.why == REASON_INVALID_FIELD) {
        rpc_violation(listing->rpc, "caller_id",
                      "must be \"agt_\", \"sys_\" or \"prv_\" and 26 characters of base32");
    }
    return s;
}

status audit_list_entries(struct rpc *rpc, const Hayat__Backoffice__V1__ListEntriesRequest *request,
                          Hayat__Backoffice__V1__ListEntriesResponse *response)
{
    struct listing listing = {.rpc = rpc, .response = response};
    struct span span;
    size_t most = page_size_of(request->page_size);
    TRY(find_caller(&listing, request->caller_id));
    TRY(read_span(rpc, request, &span));
    rpc_audit_nobody(rpc);
    response->entries = arena_array(rpc->arena, most, sizeof(*response->entries));
    TRY(arena_check(rpc->arena));
    for (size_t looked = 0;
         span.sequence <= span.last && response->n_entries < most && looked < LIMIT_AUDIT_LOOKS;
         looked++, span.sequence++) {
        TRY(add_entry(&listing, span.sequence));
    }
    if (span.sequence > span.last) {
        return STATUS_OK;
    }
    struct page_cursor cursor = {.len = 2 * sizeof(uint64_t)};
    put_be64(cursor.bytes, span.sequence);
    put_be64(cursor.bytes + sizeof(uint64_t), span.last);
    return page_token_make(rpc, list_entries, &cursor, &response->next_page_token);
}

/* --- a check --- */

_Static_assert((int)HAYAT__BACKOFFICE__V1__AUDIT_FAULT__AUDIT_FAULT_SUBJECT_BROKEN ==
                   (int)AUDIT_SUBJECT_BROKEN,
               "the same numbers");

status audit_verify_range(struct rpc *rpc, const Hayat__Backoffice__V1__VerifyRangeRequest *request,
                          Hayat__Backoffice__V1__VerifyRangeResponse *response)
{
    int64_t first = request->first_sequence, last = request->last_sequence;
    if (last < first || last - first >= LIMIT_AUDIT_LOOKS) {
        rpc_violation(rpc, "last_sequence", "must be at most 255 after first_sequence");
        return FAIL(INVALID_FIELD);
    }
    struct audit_range range = {(uint64_t)first, (uint64_t)last};
    struct audit_report report;
    uint8_t public_key[AUDIT_PUBLIC_KEY_BYTES];
    audit_public_key(rpc, public_key);
    TRY(audit_check_range(rpc->txn, public_key, range, &report));
    response->fault = (Hayat__Backoffice__V1__AuditFault)report.fault;
    response->fault_sequence = (int64_t)report.at;
    response->entry_count = (int64_t)report.entries;
    response->head_count = (int64_t)report.heads;
    return STATUS_OK;
}
