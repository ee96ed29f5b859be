#include "service/bank_change.h"

#include <inttypes.h>

#include "auth/session.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/wipe.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "service/message.h"
#include "service/notice.h"
#include "service/notification.h"
#include "service/task.h"
#include "storage/audit_store.h"
#include "storage/device_store.h"
#include "storage/table.h"

enum {
    REFUSAL_BYTES = 10, /* 80 random bits: unguessable, and short enough to type */
    REFUSAL_LETTERS = 16,
    REFUSAL_GROUP = 4,
    REFUSAL_TEXT_MAX = REFUSAL_LETTERS +
                       REFUSAL_LETTERS / REFUSAL_GROUP, /* with its hyphens and NUL */
};

/* --- one step --- */

/* SEC-F3 */
static status keep_votes(struct txn *txn, bank_change_row *row, const task_row *task)
{
    struct arena *arena = txn_arena(txn);
    row->n_votes = 0;
    row->votes = arena_array(arena, task->n_votes, sizeof(void *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < task->n_votes; i++) {
        Hayat__Store__V1__StoredBankVote *vote = message_new(
            arena, &hayat__store__v1__stored_bank_vote__descriptor);
        if (vote == NULL) {
            return FAIL(ARENA_FULL);
        }
        vote->approved = task->votes[i]->approved;
        vote->reason = task->votes[i]->reason;
        vote->time_ms = task->votes[i]->time_ms;
        row->votes[row->n_votes++] = vote;
    }
    return STATUS_OK;
}

/* There is nothing to decide any more; what was said so far is kept. */
static status withdraw(struct txn *txn, const struct bank_change *change, struct id id)
{
    task_row *task;
    status s = task_store_about(txn, TASK_KIND(BANK_CHANGE), id, &task);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* it was decided */
    }
    TRY(s);
    TRY(keep_votes(txn, change->row, task));
    return task_withdraw(txn, TASK_KIND(BANK_CHANGE), id);
}

/* A person is asked while it is IN_REVIEW, and no longer. */
static status ask_person(struct txn *txn, const struct bank_change *change, bank_change_state from,
                         bank_change_state to)
{
    struct task_spec spec = {.kind = TASK_KIND(BANK_CHANGE),
                             .owner = change->owner,
                             .due_in_ms = LIMIT_BANK_REVIEW_MS,
                             .persons_needed = change->row->persons_needed};
    if (!id_of_binary(change->row->change_id, &spec.object)) {
        return FAIL(STORE_CORRUPT);
    }
    if (from == BANK_CHANGE(IN_REVIEW)) {
        return withdraw(txn, change, spec.object);
    }
    if (to != BANK_CHANGE(IN_REVIEW)) {
        return STATUS_OK;
    }
    TRY(task_parties_add_counter(txn, change->owner, &spec.parties));
    return task_open(txn, &spec);
}

/* Each step is a row of the member's inbox, but for the end of a proposal that something else came instead of: that is a row already. */
static status notify(struct txn *txn, const struct bank_change *change, bank_change_state state)
{
    static const enum notification_kind kinds[] = {
        [BANK_CHANGE(PROPOSED)] = NOTIFICATION_BANK_CHANGE_PROPOSED,
        [BANK_CHANGE(COOLING)] = NOTIFICATION_BANK_CHANGE_COOLING,
        [BANK_CHANGE(CHECKING)] = NOTIFICATION_BANK_CHANGE_CHECKING,
        [BANK_CHANGE(IN_REVIEW)] = NOTIFICATION_BANK_CHANGE_IN_REVIEW,
        [BANK_CHANGE(ACTIVE)] = NOTIFICATION_BANK_CHANGE_ACTIVE,
        [BANK_CHANGE(REFUSED)] = NOTIFICATION_BANK_CHANGE_REFUSED,
        [BANK_CHANGE(CANCELLED)] = NOTIFICATION_BANK_CHANGE_CANCELLED,
        [BANK_CHANGE(REJECTED)] = NOTIFICATION_BANK_CHANGE_REJECTED,
        [BANK_CHANGE(EXPIRED)] = NOTIFICATION_BANK_CHANGE_EXPIRED,
    };
    if (change->replaced) {
        return STATUS_OK;
    }
    return notification_add(txn, &(struct notification){.owner = change->owner,
                                                        .kind = kinds[state],
                                                        .object_type = "bac",
                                                        .object = change->id});
}

/* Files CHANGE as STATE from now on; the next thing is due at DUE_MS, steady, or never (0). */
static status step(struct txn *txn, struct bank_change *change, bank_change_state state,
                   int64_t due_ms)
{
    bank_change_row *row = change->row;
    if (!bank_change_may(row->state, state) || row->n_steps >= LIMIT_BANK_STEPS) {
        return FAIL(BANK_CHANGE_STATE);
    }
    struct arena *arena = txn_arena(txn);
    Hayat__Store__V1__StoredBankStep *taken = message_new(
        arena, &hayat__store__v1__stored_bank_step__descriptor);
    Hayat__Store__V1__StoredBankStep **steps = arena_array(arena, row->n_steps + 1, sizeof(void *));
    if (taken == NULL || steps == NULL) {
        return FAIL(ARENA_FULL);
    }
    taken->state = state;
    taken->time_ms = txn_now_ms(txn);
    if (row->n_steps > 0) {
        memcpy(steps, row->steps, row->n_steps * sizeof(void *));
    }
    steps[row->n_steps++] = taken;
    row->steps = steps;
    TRY(ask_person(txn, change, row->state, state));
    TRY(notify(txn, change, state));
    row->state = state;
    row->version++;
    int64_t old_due_ms = row->due_ms;
    row->due_ms = due_ms;
    return bank_store_put_change(txn, change->owner, row, old_due_ms);
}

/* The refusal code works while the change can be refused. */
static status drop_refusal(struct txn *txn, bank_change_row *row)
{
    if (row->refusal_hash.len != BANK_REFUSAL_HASH_BYTES) {
        return STATUS_OK;
    }
    TRY(bank_store_delete_refusal(txn, row->refusal_hash.data));
    row->refusal_hash.len = 0;
    return STATUS_OK;
}

static status tell(struct txn *txn, const struct bank_change *change, enum notice_kind kind)
{
    return notice_send_everywhere(txn, &(struct notice){.owner = change->owner, .kind = kind});
}

/* An end that leaves the old account as it is. */
static status stop(struct txn *txn, struct bank_change *change, bank_change_state state)
{
    bool was_open = bank_change_is_open(change->row->state);
    TRY(drop_refusal(txn, change->row));
    TRY(step(txn, change, state, 0));
    return was_open ? tell(txn, change, NOTICE_BANK_CHANGE_STOPPED) : STATUS_OK;
}

status bank_change_find(struct txn *txn, struct owner owner, struct id id,
                        struct bank_change *ret_change)
{
    bank_change_row *row;
    TRY(bank_store_change(txn, owner, id, &row));
    *ret_change = (struct bank_change){.owner = owner, .id = id, .row = row};
    return STATUS_OK;
}

char *bank_change_etag(struct arena *arena, const bank_change_row *row)
{
    return arena_printf(arena, "%" PRIu64, row->version);
}

/* --- proposing --- */

static bool is_forgettable(struct txn *txn, const bank_change_row *row)
{
    bool ended = !bank_change_is_open(row->state) && row->state != BANK_CHANGE(PROPOSED);
    return ended && row->confirm_ms == 0 &&
           txn_now_ms(txn) - row->propose_ms > LIMIT_BANK_UNCONFIRMED_MS;
}

status bank_change_make_way(struct txn *txn, struct owner owner)
{
    struct bank_change_list list;
    TRY(bank_store_changes(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        struct bank_change old = {.owner = owner, .row = list.rows[i], .replaced = true};
        if (!id_of_binary(old.row->change_id, &old.id)) {
            return FAIL(STORE_CORRUPT);
        }
        if (bank_change_is_open(old.row->state)) {
            return FAIL(BANK_CHANGE_OPEN);
        }
        if (old.row->state == BANK_CHANGE(PROPOSED)) {
            TRY(stop(txn, &old, BANK_CHANGE(EXPIRED)));
        }
    }
    return STATUS_OK;
}

/* One at a time; after a refusal none for a while. */
static status make_room(struct txn *txn, struct owner owner)
{
    struct bank_change_list list;
    TRY(bank_change_make_way(txn, owner));
    TRY(bank_store_changes(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        const bank_change_row *row = list.rows[i];
        int64_t since_refusal_ms = txn_steady_ms(txn) - row->refuse_steady_ms;
        if (row->state == BANK_CHANGE(REFUSED) && since_refusal_ms < LIMIT_BANK_FREEZE_MS) {
            return FAIL(BANK_CHANGE_FROZEN);
        }
        if (is_forgettable(txn, row)) {
            TRY(bank_store_delete_change(txn, owner, row));
        }
    }
    return STATUS_OK;
}

status bank_change_propose(struct txn *txn, const struct bank_proposal *proposal,
                           struct bank_change *ret_change)
{
    struct arena *arena = txn_arena(txn);
    TRY(make_room(txn, proposal->owner));
    bank_change_row *row = message_new(arena, &hayat__store__v1__stored_bank_change__descriptor);
    if (row == NULL) {
        return FAIL(ARENA_FULL);
    }
    struct id id = id_new(txn_random(txn));
    row->change_id = message_bytes(arena, bytes_of(id.bytes, ID_BYTES));
    row->rib = message_text(arena, proposal->rib.digits);
    row->holder_name = message_text(arena, proposal->holder_name);
    row->old_rib = message_text(arena, proposal->old_rib);
    row->propose_ms = txn_now_ms(txn);
    TRY(arena_check(arena));
    *ret_change = (struct bank_change){.owner = proposal->owner, .id = id, .row = row};
    return step(txn, ret_change, BANK_CHANGE(PROPOSED),
                txn_steady_ms(txn) + LIMIT_BANK_PROPOSAL_MS);
}

/* --- refusal codes (SEC-C2) --- */

static void refusal_hash(const struct seal_keys *keys, const uint8_t raw[REFUSAL_BYTES],
                         uint8_t *ret_hash)
{
    seal_blind(keys, "bank refusal", bytes_of(raw, REFUSAL_BYTES), ret_hash,
               BANK_REFUSAL_HASH_BYTES);
}

/* "k7qm-2xrd-…" in capitals. */
static void write_code(const uint8_t raw[REFUSAL_BYTES], char out[REFUSAL_TEXT_MAX])
{
    char letters[REFUSAL_LETTERS + 1];
    base32_encode(bytes_of(raw, REFUSAL_BYTES), letters);
    size_t len = 0;
    for (size_t i = 0; i < REFUSAL_LETTERS; i++) {
        if (i > 0 && i % REFUSAL_GROUP == 0) {
            out[len++] = '-';
        }
        out[len++] = (char)(letters[i] >= 'a' ? letters[i] - 'a' + 'A' : letters[i]);
    }
    out[len] = '\0';
    wipe(letters, sizeof letters);
}

static bool read_code(bytes text, uint8_t raw[REFUSAL_BYTES])
{
    char letters[REFUSAL_LETTERS];
    if (!base32_typed(text, letters, REFUSAL_LETTERS)) {
        return false;
    }
    for (size_t i = 0; i < REFUSAL_LETTERS; i++) {
        letters[i] = (char)(letters[i] >= 'A' ? letters[i] - 'A' + 'a' : letters[i]);
    }
    return base32_decode(bytes_of(letters, REFUSAL_LETTERS), raw, REFUSAL_BYTES);
}

/* Draws a code, files its hash, and sends it to every channel on file. */
static status send_refusal_code(struct txn *txn, struct bank_change *change)
{
    uint8_t raw[REFUSAL_BYTES], *hash = arena_alloc(txn_arena(txn), BANK_REFUSAL_HASH_BYTES);
    char code[REFUSAL_TEXT_MAX];
    if (hash == NULL) {
        return FAIL(ARENA_FULL);
    }
    random_fill(txn_random(txn), raw, sizeof raw);
    refusal_hash(txn_keys(txn), raw, hash);
    write_code(raw, code);
    change->row->refusal_hash = (ProtobufCBinaryData){BANK_REFUSAL_HASH_BYTES, hash};
    status s = bank_store_put_refusal(txn, hash, change->owner, change->id);
    if (ok(s)) {
        s = notice_send_everywhere(txn, &(struct notice){.owner = change->owner,
                                                         .kind = NOTICE_BANK_CHANGE_STARTED,
                                                         .code = code});
    }
    wipe(raw, sizeof raw);
    wipe(code, sizeof code);
    return s;
}

/* --- confirming --- */

static status read_signer(struct txn *txn, struct owner owner, struct id device,
                          struct bank_signer *ret_signer)
{
    static const struct id none;
    Hayat__Store__V1__StoredDevice *stored;
    *ret_signer = (struct bank_signer){.has_device = memcmp(device.bytes, none.bytes, ID_BYTES) !=
                                                     0};
    if (!ret_signer->has_device) {
        return STATUS_OK;
    }
    TRY(device_store_get(txn, owner, device, &stored));
    ret_signer->by_sms = stored->enrolled_by ==
                         HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS;
    ret_signer->device_age_ms = txn_now_ms(txn) - stored->create_ms;
    return STATUS_OK;
}

status bank_change_confirm(struct txn *txn, struct bank_change *change, struct id device)
{
    struct bank_signer signer;
    bank_change_row *row = change->row;
    if (row->state != BANK_CHANGE(PROPOSED) || row->due_ms <= txn_steady_ms(txn)) {
        return FAIL(BANK_CHANGE_STATE);
    }
    TRY(read_signer(txn, change->owner, device, &signer));
    int64_t cooling_ms = bank_cooling_ms(&signer);
    row->confirm_ms = txn_now_ms(txn);
    row->cooling_end_ms = row->confirm_ms + cooling_ms;
    row->persons_needed = bank_persons_needed(&signer);
    row->device_id = message_bytes(txn_arena(txn),
                                   bytes_of(device.bytes, signer.has_device ? ID_BYTES : 0));
    TRY(send_refusal_code(txn, change));
    return step(txn, change, BANK_CHANGE(COOLING), txn_steady_ms(txn) + cooling_ms);
}

/* --- ending --- */

status bank_change_cancel(struct txn *txn, struct bank_change *change)
{
    return stop(txn, change, BANK_CHANGE(CANCELLED));
}

status bank_change_refuse(struct txn *txn, bytes code, struct bank_change *ret_change)
{
    uint8_t raw[REFUSAL_BYTES], hash[BANK_REFUSAL_HASH_BYTES];
    struct owner owner;
    struct id id;
    if (!read_code(code, raw)) {
        return FAIL(NOT_FOUND);
    }
    refusal_hash(txn_keys(txn), raw, hash);
    TRY(bank_store_refusal(txn, hash, &owner, &id));
    TRY(bank_change_find(txn, owner, id, ret_change));
    ret_change->row->refuse_steady_ms = txn_steady_ms(txn);
    TRY(stop(txn, ret_change, BANK_CHANGE(REFUSED)));
    return session_end_all(txn, owner); /* who changed it may be signed in still */
}

/* --- the job's steps --- */

/* SEC-F1: the job acts for nobody; what a call does is audited with the call. */
static status audit(struct txn *txn, const struct bank_change *change, const char *event)
{
    return audit_append(txn, &(struct audit_event){.event = event,
                                                   .actor_kind = AUDIT_ACTOR_SYSTEM,
                                                   .subject = change->owner,
                                                   .object_type = "bac",
                                                   .object = change->id,
                                                   .outcome = REASON_OK});
}

static status ask_again(struct txn *txn, struct bank_change *change)
{
    uint8_t dice[8];
    bank_change_row *row = change->row;
    int64_t old_due_ms = row->due_ms;
    row->check_count++;
    random_fill(txn_random(txn), dice, sizeof dice);
    row->due_ms = txn_steady_ms(txn) + bank_retry_ms(row->check_count, get_be64(dice));
    return bank_store_put_change(txn, change->owner, row, old_due_ms);
}

status bank_change_due(struct txn *txn, struct bank_change *change, bool *ret_ask)
{
    *ret_ask = false;
    if (change->row->due_ms == 0 || change->row->due_ms > txn_steady_ms(txn)) {
        return STATUS_OK; /* it went on since it was seen due */
    }
    if (change->row->state == BANK_CHANGE(PROPOSED)) {
        TRY(audit(txn, change, "bank.due"));
        return stop(txn, change, BANK_CHANGE(EXPIRED));
    }
    if (change->row->state == BANK_CHANGE(COOLING)) {
        TRY(audit(txn, change, "bank.due"));
        TRY(step(txn, change, BANK_CHANGE(CHECKING), txn_steady_ms(txn)));
    }
    if (change->row->state != BANK_CHANGE(CHECKING)) {
        return FAIL(STORE_CORRUPT);
    }
    if (bank_state_after(BANK_ANSWER(UNSPECIFIED), change->row->check_count) !=
        BANK_CHANGE(CHECKING)) {
        return bank_change_answered(txn, change, BANK_ANSWER(SILENT), "");
    }
    *ret_ask = true;
    return ask_again(txn, change);
}

/* SEC-C4: the switch, its step and its export are one commit. */
static status activate(struct txn *txn, struct bank_change *change)
{
    bank_change_row *row = change->row;
    bank_account_row account = HAYAT__STORE__V1__STORED_BANK_ACCOUNT__INIT;
    struct id id = id_new(txn_random(txn));
    account.account_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    account.rib = row->rib;
    account.holder_name = row->holder_name;
    account.active_ms = txn_now_ms(txn);
    account.change_id = row->change_id;
    TRY(drop_refusal(txn, row));
    TRY(step(txn, change, BANK_CHANGE(ACTIVE), 0));
    TRY(bank_store_switch(txn, change->owner, &account));
    return tell(txn, change, NOTICE_BANK_CHANGED);
}

static status go_to(struct txn *txn, struct bank_change *change, bank_change_state state)
{
    switch (state) {
    case BANK_CHANGE(ACTIVE):
        return activate(txn, change);
    case BANK_CHANGE(REJECTED):
        return stop(txn, change, state);
    case BANK_CHANGE(IN_REVIEW):
        return step(txn, change, state, 0);
    case BANK_CHANGE(CHECKING): /* its next time is set */
        return STATUS_OK;
    case BANK_CHANGE(UNSPECIFIED):
    case BANK_CHANGE(PROPOSED):
    case BANK_CHANGE(COOLING):
    case BANK_CHANGE(REFUSED):
    case BANK_CHANGE(CANCELLED):
    case BANK_CHANGE(EXPIRED):
    case _HAYAT__STORE__V1__BANK_CHANGE_STATE_IS_INT_SIZE:
        break;
    }
    return FAIL(BANK_CHANGE_STATE);
}

status bank_change_answered(struct txn *txn, struct bank_change *change, bank_answer answer,
                            const char *name_on_file)
{
    bank_change_row *row = change->row;
    if (row->state != BANK_CHANGE(CHECKING)) {
        return STATUS_OK;
    }
    bank_change_state next = bank_state_after(answer, row->check_count);
    if (next != BANK_CHANGE(CHECKING)) {
        TRY(audit(txn, change, "bank.answered"));
        row->answer = answer;
        row->name_on_file = message_text(txn_arena(txn), name_on_file);
        TRY(arena_check(txn_arena(txn)));
    }
    return go_to(txn, change, next);
}

status bank_change_decided(struct txn *txn, struct bank_change *change, const task_row *task)
{
    if (change->row->state != BANK_CHANGE(IN_REVIEW)) {
        return FAIL(BANK_CHANGE_STATE);
    }
    TRY(keep_votes(txn, change->row, task));
    return go_to(txn, change,
                 task->state == TASK_STATE(APPROVED) ? BANK_CHANGE(ACTIVE) : BANK_CHANGE(REJECTED));
}
