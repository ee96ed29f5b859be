#include "tests/support/bank.h"

#include <stdio.h>

#include "base/limits.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "service/delivery.h"
#include "service/message.h"
#include "service/notice.h"
#include "storage/device_store.h"
#include "storage/member_store.h"
#include "storage/outbox_store.h"
#include "tests/support/cm.h"

enum { DAY_MS = 24 * 3600 * 1000 };

void bank_rib(uint64_t number, char out[RIB_DIGITS + 1])
{
    (void)snprintf(out, RIB_DIGITS + 1, "999780%016llu00", (unsigned long long)number);
    unsigned key = rib_key(out);
    (void)snprintf(out + RIB_DIGITS - 2, 3, "%02u", key);
}

/* --- members --- */

struct making {
    struct bank_member *m;
    uint64_t account;
    int64_t age_days;
};

static status make_member(void *ctx, struct txn *txn)
{
    const struct making *making = ctx;
    struct owner owner = making->m->member.owner;
    Hayat__Store__V1__StoredMember *member;
    Hayat__Store__V1__StoredDevice *device;
    TRY(member_store_get(txn, owner, &member));
    member->phone_number = (char *)(uintptr_t)making->m->phone_number;
    member->address = (char *)(uintptr_t)making->m->address;
    TRY(member_store_put(txn, owner, member));
    TRY(device_store_get(txn, owner, making->m->member.device, &device));
    device->create_ms = txn_now_ms(txn) - making->age_days * DAY_MS;
    TRY(device_store_put(txn, owner, device));
    if (making->account == 0) {
        return STATUS_OK;
    }
    char rib[RIB_DIGITS + 1];
    uint8_t id[ID_BYTES] = {1};
    bank_rib(making->account, rib);
    bank_account_row account = HAYAT__STORE__V1__STORED_BANK_ACCOUNT__INIT;
    account.account_id = (ProtobufCBinaryData){ID_BYTES, id};
    account.rib = rib;
    account.holder_name = (char *)(uintptr_t)BANK_HOLDER;
    account.active_ms = txn_now_ms(txn);
    return bank_store_switch(txn, owner, &account);
}

struct bank_member bank_member(struct harness *h, const char *registration_number, uint64_t account,
                               int64_t age_days)
{
    struct bank_member m = {.member = harness_member(h, registration_number),
                            .phone_number = "+212600000000",
                            .address = "1 rue Inventée\nRabat"};
    fund_put_family(h, m.member.owner, 0);
    struct making making = {&m, account, age_days};
    assert_ok(harness_write(h, make_member, &making));
    bank_sign_in(h, &m);
    return m;
}

static status mark_sms(void *ctx, struct txn *txn)
{
    const struct bank_member *m = ctx;
    Hayat__Store__V1__StoredDevice *device;
    TRY(device_store_get(txn, m->member.owner, m->member.device, &device));
    device->enrolled_by = HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS;
    return device_store_put(txn, m->member.owner, device);
}

void bank_enrolled_by_sms(struct harness *h, const struct bank_member *m)
{
    struct bank_member copy = *m;
    assert_ok(harness_write(h, mark_sms, &copy));
}

void bank_sign_in(struct harness *h, struct bank_member *m)
{
    m->session = member_session_open(h, &m->member);
}

/* --- calls --- */

struct harness_reply bank_propose(struct harness *h, const struct bank_member *m, uint64_t account)
{
    char rib[RIB_DIGITS + 1];
    Hayat__V1__ProposeBankAccountRequest request = HAYAT__V1__PROPOSE_BANK_ACCOUNT_REQUEST__INIT;
    bank_rib(account, rib);
    request.request_id = fund_request_id(h);
    request.account_number = message_text(&h->arena, rib);
    request.holder_name = message_text(&h->arena, BANK_HOLDER);
    return harness_call(h, BANK_METHOD("ProposeBankAccount"), m->session.access, &request.base);
}

Hayat__V1__BankAccountChange *bank_proposed(struct harness *h, const struct bank_member *m,
                                            uint64_t account)
{
    struct harness_reply reply = bank_propose(h, m, account);
    assert_ok(reply.result);
    return ((Hayat__V1__ProposeBankAccountResponse *)reply.response)->change;
}

struct harness_reply bank_confirm(struct harness *h, const struct bank_member *m,
                                  const Hayat__V1__BankAccountChange *change)
{
    Hayat__V1__ConfirmBankAccountChangeRequest request =
        HAYAT__V1__CONFIRM_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    request.request_id = fund_request_id(h);
    request.change_id = change->change_id;
    request.etag = change->etag;
    struct member_call call = {BANK_METHOD("ConfirmBankAccountChange"), m->session.access,
                               &request.base};
    struct harness_reply reply = member_call(h, &call);
    if (reply.result.why != REASON_STEP_UP_REQUIRED) {
        return reply;
    }
    return member_confirmed_call(h, call, m->member.device_secret, NULL);
}

struct harness_reply bank_cancel(struct harness *h, const struct bank_member *m,
                                 const char *change_id)
{
    Hayat__V1__CancelBankAccountChangeRequest request =
        HAYAT__V1__CANCEL_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    request.request_id = fund_request_id(h);
    request.change_id = message_text(&h->arena, change_id);
    return harness_call(h, BANK_METHOD("CancelBankAccountChange"), m->session.access,
                        &request.base);
}

struct harness_reply bank_refuse(struct harness *h, const char *code)
{
    Hayat__V1__RefuseBankAccountChangeRequest request =
        HAYAT__V1__REFUSE_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    request.refusal_code = message_text(&h->arena, code);
    return harness_call(h, BANK_METHOD("RefuseBankAccountChange"), NULL, &request.base);
}

/* --- what is stored --- */

struct looking {
    const struct bank_member *m;
    struct harness *h;
    struct id id;
    enum notice_kind kind;
    const char *text;
    size_t count;
    bank_answer answer;
    bool approved;
    bank_change_row *row;
};

static status find_change(struct looking *l, struct txn *txn, struct bank_change *ret_change)
{
    return bank_change_find(txn, l->m->member.owner, l->id, ret_change);
}

Hayat__V1__BankAccountChange *bank_get(struct harness *h, const struct bank_member *m,
                                       const char *change_id)
{
    Hayat__V1__GetBankAccountChangeRequest request =
        HAYAT__V1__GET_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    request.change_id = message_text(&h->arena, change_id);
    ProtobufCMessage *reply = fund_call(h, BANK_METHOD("GetBankAccountChange"), m->session.access,
                                        &request.base);
    return ((Hayat__V1__GetBankAccountChangeResponse *)reply)->change;
}

static status read_change(void *ctx, struct txn *txn)
{
    struct looking *l = ctx;
    return bank_store_change(txn, l->m->member.owner, l->id, &l->row);
}

bank_change_row *bank_stored(struct harness *h, const struct bank_member *m, const char *change_id)
{
    struct looking l = {.m = m, .h = h};
    assert_true(id_parse(bytes_str(change_id), "bac", &l.id));
    assert_ok(harness_read(h, read_change, &l));
    return l.row;
}

static status read_active(void *ctx, struct txn *txn)
{
    struct looking *l = ctx;
    bank_account_row *account;
    status s = bank_store_account(txn, l->m->member.owner, &account);
    l->text = ok(s) ? message_text(&l->h->arena, account->rib) : "";
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

const char *bank_active_rib(struct harness *h, const struct bank_member *m)
{
    struct looking l = {.m = m, .h = h};
    assert_ok(harness_read(h, read_active, &l));
    return l.text;
}

static bool look_at_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct looking *l = ctx;
    const Hayat__Store__V1__StoredOutbox *row = (const Hayat__Store__V1__StoredOutbox *)record;
    Hayat__Store__V1__StoredMessage *message;
    (void)key;
    if (strcmp(row->kind, OUTBOX_KIND_MESSAGE) != 0 ||
        memcmp(row->owner.data, l->m->member.owner.bytes, OWNER_BYTES) != 0) {
        return true;
    }
    assert_ok(delivery_unpack(&l->h->arena, bytes_of_binary(row->payload), &message));
    if (message->notice_kind == (uint32_t)l->kind) {
        l->count++;
        l->text = message_text(&l->h->arena, message->code);
    }
    return true;
}

static status look_at_outbox(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_outbox};
    return table_scan(txn, &scan, look_at_row, ctx);
}

const char *bank_refusal_code(struct harness *h, const struct bank_member *m)
{
    struct looking l = {.m = m, .h = h, .kind = NOTICE_BANK_CHANGE_STARTED};
    assert_ok(harness_read(h, look_at_outbox, &l));
    return l.text;
}

size_t bank_notices(struct harness *h, const struct bank_member *m, enum notice_kind kind)
{
    struct looking l = {.m = m, .h = h, .kind = kind};
    assert_ok(harness_read(h, look_at_outbox, &l));
    return l.count;
}

/* --- the job's part --- */

static status run_due(void *ctx, struct txn *txn)
{
    struct looking *l = ctx;
    struct bank_due_list list;
    TRY(bank_store_due(txn, &list));
    for (size_t i = 0; i < list.count; i++) {
        struct bank_change change;
        bool ask;
        TRY(bank_change_find(txn, list.rows[i].owner, list.rows[i].change, &change));
        TRY(bank_change_due(txn, &change, &ask));
        l->count += ask ? 1 : 0;
    }
    return STATUS_OK;
}

size_t bank_run_due(struct harness *h)
{
    struct looking l = {.h = h};
    assert_ok(harness_write(h, run_due, &l));
    return l.count;
}

static status answer(void *ctx, struct txn *txn)
{
    struct looking *l = ctx;
    struct bank_change change;
    TRY(find_change(l, txn, &change));
    return bank_change_answered(txn, &change, l->answer, "");
}

status bank_answer_with(struct harness *h, const struct bank_member *m, const char *change_id,
                        bank_answer what)
{
    struct looking l = {.m = m, .h = h, .answer = what};
    assert_true(id_parse(bytes_str(change_id), "bac", &l.id));
    return harness_write(h, answer, &l);
}

static status decide(void *ctx, struct txn *txn)
{
    struct looking *l = ctx;
    struct bank_change change;
    task_row task = HAYAT__STORE__V1__STORED_TASK__INIT;
    task.state = l->approved ? TASK_STATE(APPROVED) : TASK_STATE(REFUSED);
    TRY(find_change(l, txn, &change));
    return bank_change_decided(txn, &change, &task);
}

status bank_decide(struct harness *h, const struct bank_member *m, const char *change_id,
                   bool approved)
{
    struct looking l = {.m = m, .h = h, .approved = approved};
    assert_true(id_parse(bytes_str(change_id), "bac", &l.id));
    return harness_write(h, decide, &l);
}

/* --- the usual steps of several --- */

const char *bank_rib_text(struct harness *h, uint64_t number)
{
    char rib[RIB_DIGITS + 1];
    bank_rib(number, rib);
    return message_text(&h->arena, rib);
}

void bank_pass(struct harness *h, struct bank_member *m, int64_t ms)
{
    fake_clock_advance(&h->clock, ms);
    bank_sign_in(h, m);
}

const char *bank_cooling(struct harness *h, const struct bank_member *m, uint64_t account)
{
    Hayat__V1__BankAccountChange *change = bank_proposed(h, m, account);
    assert_ok(bank_confirm(h, m, change).result);
    return change->change_id;
}

Hayat__V1__BankAccountChangeState bank_state(struct harness *h, const struct bank_member *m,
                                             const char *change_id)
{
    return bank_get(h, m, change_id)->state;
}
