#include "gen/handlers.h"

#include "base/codec.h"
#include "service/audit_message.h"
#include "service/message.h"
#include "service/page_token.h"
#include "storage/audit_head_store.h"

static const char list_accesses[] = "PrivacyService.ListAccesses";

/* --- one access --- */

static bool is_mine(const struct rpc *rpc, const audit_row *row, const struct audit_entry *entry)
{
    return entry->actor_kind == AUDIT_ACTOR_MEMBER &&
           bytes_equal(bytes_of_binary(row->actor),
                       bytes_of(rpc->principal->owner.bytes, OWNER_BYTES));
}

/* "lc_…": only types that may be a public id's prefix. */
static char *object_id(struct rpc *rpc, const audit_row *row, const struct audit_entry *entry)
{
    char *type = arena_str(rpc->arena, entry->object_type);
    bool has_id = type != NULL && entry->object_type.len > 0 && entry->object_type.len <= 8 &&
                  row->object.len == ID_BYTES;
    return has_id ? message_id(rpc->arena, type, row->object) : message_text(rpc->arena, "");
}

static status set_roles(struct rpc *rpc, uint32_t scopes, Hayat__V1__Access *access)
{
    char text[SCOPE_TEXT_MAX];
    scope_format(scopes, text);
    access->actor_roles = arena_array(rpc->arena, 8, sizeof(char *));
    TRY(arena_check(rpc->arena));
    for (const char *at = text; *at != '\0' && access->n_actor_roles < 8;) {
        size_t len = strcspn(at, ",");
        access->actor_roles[access->n_actor_roles++] = arena_str(rpc->arena, bytes_of(at, len));
        at += len + (at[len] == ',' ? 1 : 0);
    }
    return arena_check(rpc->arena);
}

static status set_actor(struct rpc *rpc, const audit_row *row, const struct audit_entry *entry,
                        Hayat__V1__Access *access)
{
    Hayat__Store__V1__StoredCaller *caller;
    access->actor = (Hayat__V1__ActorKind)entry->actor_kind;
    access->by_you = is_mine(rpc, row, entry);
    TRY(audit_caller(rpc, row, entry, &caller));
    if (caller == NULL) {
        return STATUS_OK;
    }
    access->actor_name = message_text(rpc->arena, caller->name);
    return set_roles(rpc, caller->scopes, access);
}

static status access_of(struct rpc *rpc, const audit_row *row, const struct audit_entry *entry,
                        Hayat__V1__Access **ret_access)
{
    Hayat__V1__Access *access = message_new(rpc->arena, &hayat__v1__access__descriptor);
    if (access == NULL) {
        return FAIL(ARENA_FULL);
    }
    access->number = (int64_t)entry->number;
    access->access_time = message_time(rpc->arena, entry->time_ms);
    access->event = arena_str(rpc->arena, entry->event);
    access->purpose = arena_str(rpc->arena, entry->purpose);
    access->object_id = object_id(rpc, row, entry);
    access->outcome = audit_outcome(rpc, entry->outcome);
    access->entry = message_bytes(rpc->arena, bytes_of_binary(row->entry));
    TRY(set_actor(rpc, row, entry, access));
    *ret_access = access;
    return arena_check(rpc->arena);
}

/* The member's NUMBERth entry. */
static status find_entry(struct rpc *rpc, uint64_t number, audit_row **ret_row,
                         struct audit_entry *ret_entry)
{
    audit_subject_row *place;
    TRY(audit_store_subject(rpc->txn, rpc->principal->owner, number, &place));
    TRY(audit_store_get(rpc->txn, place->sequence, ret_row));
    return audit_row_decode(*ret_row, ret_entry);
}

/* --- the list --- */

/* The number to begin at: the newest, or what the token says. */
static status first_number(struct rpc *rpc, const char *token, uint64_t *ret_number)
{
    struct page_cursor cursor;
    TRY(page_token_read(rpc, list_accesses, token, &cursor));
    if (cursor.len == 0) {
        return audit_store_subject_count(rpc->txn, rpc->principal->owner, ret_number);
    }
    if (cursor.len != 8) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    *ret_number = get_be64(cursor.bytes);
    return STATUS_OK;
}

static status next_page(struct rpc *rpc, uint64_t number, char **ret_token)
{
    struct page_cursor cursor = {.len = 8};
    put_be64(cursor.bytes, number);
    return page_token_make(rpc, list_accesses, &cursor, ret_token);
}

static status add_access(struct rpc *rpc, uint64_t number, bool others_only,
                         Hayat__V1__ListAccessesResponse *response)
{
    audit_row *row;
    struct audit_entry entry;
    TRY(find_entry(rpc, number, &row, &entry));
    if (others_only && is_mine(rpc, row, &entry)) {
        return STATUS_OK;
    }
    TRY(access_of(rpc, row, &entry, &response->accesses[response->n_accesses]));
    response->n_accesses++;
    return STATUS_OK;
}

status privacy_list_accesses(struct rpc *rpc, const Hayat__V1__ListAccessesRequest *request,
                             Hayat__V1__ListAccessesResponse *response)
{
    uint64_t number = 0;
    size_t most = page_size_of(request->page_size);
    TRY(first_number(rpc, request->page_token, &number));
    response->accesses = arena_array(rpc->arena, most, sizeof(Hayat__V1__Access *));
    TRY(arena_check(rpc->arena));
    for (size_t looked = 0; number > 0 && response->n_accesses < most && looked < LIMIT_AUDIT_LOOKS;
         looked++) {
        TRY(add_access(rpc, number, request->others_only, response));
        number--;
    }
    return number > 0 ? next_page(rpc, number, &response->next_page_token) : STATUS_OK;
}

/* --- the proof --- */

static status head_pending(struct rpc *rpc)
{
    rpc_retry_after(rpc, LIMIT_AUDIT_HEAD_MS);
    return FAIL(AUDIT_HEAD_PENDING);
}

/* The newest of the member's entries that is not after the newest signed head. */
static status newest_signed(struct rpc *rpc, uint64_t *ret_number)
{
    struct audit_head head;
    uint64_t number;
    TRY(audit_store_subject_count(rpc->txn, rpc->principal->owner, &number));
    if (number == 0) {
        return FAIL(NOT_FOUND);
    }
    status s = audit_head_last(rpc->txn, &head);
    if (s.why == REASON_NOT_FOUND) {
        return head_pending(rpc);
    }
    TRY(s);
    for (size_t looked = 0; number > 0 && looked < LIMIT_AUDIT_LOOKS; looked++, number--) {
        audit_subject_row *place;
        TRY(audit_store_subject(rpc->txn, rpc->principal->owner, number, &place));
        if (place->sequence <= head.sequence) {
            *ret_number = number;
            return STATUS_OK;
        }
    }
    return head_pending(rpc);
}

static status add_leaves(struct rpc *rpc, uint64_t first, uint64_t last,
                         Hayat__V1__GetAccessProofResponse *response)
{
    if (last - first >= LIMIT_AUDIT_HEAD_ENTRIES) {
        return FAIL(STORE_CORRUPT); /* there is a head at every thousandth */
    }
    size_t count = (size_t)(last - first);
    response->following_leaves = arena_array(rpc->arena, count, sizeof(ProtobufCBinaryData));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        audit_row *row;
        TRY(audit_store_get(rpc->txn, first + 1 + i, &row));
        struct audit_hash leaf = audit_leaf(bytes_of_binary(row->entry));
        response->following_leaves[i] = message_bytes(rpc->arena,
                                                      bytes_of(leaf.bytes, AUDIT_HASH_BYTES));
        response->n_following_leaves++;
    }
    return arena_check(rpc->arena);
}

static status previous_head(struct rpc *rpc, uint64_t sequence, ProtobufCBinaryData *ret_head)
{
    static const struct audit_hash none;
    bytes head = bytes_of(none.bytes, AUDIT_HASH_BYTES);
    if (sequence > 1) {
        audit_row *row;
        TRY(audit_store_get(rpc->txn, sequence - 1, &row));
        head = bytes_of_binary(row->head);
    }
    *ret_head = message_bytes(rpc->arena, head);
    return arena_check(rpc->arena);
}

static status signed_head_from(struct rpc *rpc, uint64_t sequence, struct audit_head *ret_head)
{
    status s = audit_head_from(rpc->txn, sequence, ret_head);
    return s.why == REASON_NOT_FOUND ? head_pending(rpc) : s;
}

status privacy_get_access_proof(struct rpc *rpc, const Hayat__V1__GetAccessProofRequest *request,
                                Hayat__V1__GetAccessProofResponse *response)
{
    uint64_t number = (uint64_t)request->number;
    audit_row *row;
    struct audit_entry entry;
    struct audit_head head;
    if (number == 0) {
        TRY(newest_signed(rpc, &number));
    }
    TRY(find_entry(rpc, number, &row, &entry));
    TRY(signed_head_from(rpc, entry.sequence, &head));
    response->number = (int64_t)number;
    response->entry = message_bytes(rpc->arena, bytes_of_binary(row->entry));
    TRY(previous_head(rpc, entry.sequence, &response->previous_head));
    TRY(add_leaves(rpc, entry.sequence, head.sequence, response));
    return audit_signed_head(rpc, &head, &response->signed_head);
}
