/*
 * Promise (RULE LC-6, LC-7): no suspension by silence.  Every state that a pensioner's year can reach, by every event that can happen in it, ends as a
 * model says that was written from the rules alone and shares nothing with the code but the names of states; each transition leaves its entry in the
 * audit chain, and no step is one that the drawing does not have.  A planted bug is found.
 *
 * The states are searched breadth first: for each one found, by the shortest way, each event is tried on a pensioner made for it and brought there by
 * the same way.  Days go by for all of them; each one's window is laid around the day they are made.
 */
#include "service/campaign_walk.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/obligation_record.h"
#include "service/task.h"
#include "storage/audit_store.h"
#include "storage/caller_store.h"
#include "storage/delivery_store.h"
#include "storage/document_store.h"
#include "storage/member_store.h"
#include "storage/outbox_store.h"
#include "storage/reference_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/obligation_model.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define DAYS(n) ((n)*24LL * 3600 * 1000)

/* --- the real one --- */

static struct harness h;
static struct harness_caller persons[2];
static struct id person_ids[2];
static bool planted;

struct pensioner {
    struct owner owner;
    struct id certificate;
    struct id upload;
    enum event event;
    status result;
};

static int64_t today(struct txn *txn)
{
    return date_to_days(date_from_wall_ms(txn_now_ms(txn), 0));
}

static status make(void *ctx, struct txn *txn)
{
    struct pensioner *p = ctx;
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    Hayat__Store__V1__StoredPension pension = HAYAT__STORE__V1__STORED_PENSION__INIT;
    const struct life_certificate_list nothing = {.count = 0};
    const struct campaign window = {YEAR, today(txn), today(txn) + DUE, today(txn) + GRACE_END};
    obligation_row *row;
    member.phone_number = message_text(txn_arena(txn), "+212600000000");
    pension.pension_number = message_text(txn_arena(txn), "P-999-0001");
    pension.country_code = message_text(txn_arena(txn), "FR");
    TRY(member_store_put(txn, p->owner, &member));
    TRY(pension_store_put(txn, p->owner, 1, &pension));
    TRY(obligation_record_new(txn, 1, &pension, &window, &row));
    return obligation_record_set(txn, p->owner, row, &nothing, SUSPENSION(UNSPECIFIED));
}

static status certificate_of(struct txn *txn, const struct pensioner *p, certificate_row **ret)
{
    return life_certificate_store_get(txn, p->owner, p->certificate, ret);
}

static status begin(struct txn *txn, struct pensioner *p)
{
    certificate_row row = HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    p->certificate = id_new(txn_random(txn));
    row.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, p->certificate.bytes};
    row.year = YEAR;
    row.route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM;
    row.create_ms = txn_now_ms(txn);
    return certificate_drafted(txn, p->owner, &row);
}

static status put_upload(struct txn *txn, struct pensioner *p, bool open)
{
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    p->upload = open ? id_new(txn_random(txn)) : p->upload;
    row.document_id = (ProtobufCBinaryData){ID_BYTES, p->upload.bytes};
    row.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, p->certificate.bytes};
    row.state = open ? DOCUMENT(OPEN) : DOCUMENT(COMPLETE);
    return document_store_put(txn, p->owner, &row);
}

static status submit(struct txn *txn, struct pensioner *p)
{
    certificate_row *row;
    TRY(certificate_of(txn, p, &row));
    if (!certificate_is_open((certificate_state)row->state)) {
        return FAIL(CERTIFICATE_ALREADY_FILED); /* as SubmitLifeCertificate says */
    }
    row->submit_ms = txn_now_ms(txn);
    return certificate_submitted(txn, p->owner, row);
}

/* As ReviewService does at the end of a task. */
static status decide(struct txn *txn, struct pensioner *p, enum certificate_outcome outcome)
{
    certificate_row *row;
    struct certificate_decision decision = {.outcome = outcome, .decided_by = person_ids[0]};
    item_list_add(&decision.missing, ITEM(FORM));
    decision.missing.count = outcome == CERTIFICATE_ACCEPTED ? 0 : decision.missing.count;
    TRY(certificate_of(txn, p, &row));
    TRY(certificate_decided(txn, p->owner, row, &decision));
    return task_withdraw(txn, TASK_KIND(LIFE_CERTIFICATE), p->certificate);
}

static status settle(struct txn *txn, struct pensioner *p, bool arrived)
{
    obligation_row *row;
    TRY(obligation_store_get(txn, p->owner, YEAR, 1, &row));
    for (size_t i = 0; i < row->n_reminders; i++) {
        Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
        Hayat__Store__V1__StoredDelivery *known;
        uint64_t sequence = row->reminders[i]->outbox_sequence;
        if (sequence == 0 || ok(delivery_store_get(txn, p->owner, sequence, &known))) {
            continue;
        }
        delivery.queue = OUTBOX_SMS;
        delivery.outcome = arrived ? HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED
                                   : HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_FAILED;
        delivery.settle_ms = txn_now_ms(txn);
        TRY(delivery_store_put(txn, p->owner, sequence, &delivery));
    }
    return STATUS_OK;
}

/* The bug: whoever has begun something is asked about all the same, once grace is over. */
static status run_job(struct txn *txn, struct pensioner *p)
{
    struct walk_counts counts = {0};
    struct life_certificate_list list;
    obligation_row *row;
    TRY(campaign_walk_member(txn, p->owner, today(txn), &counts));
    TRY(obligation_store_get(txn, p->owner, YEAR, 1, &row));
    if (planted && row->state == OBLIGATION(DRAFT) && today(txn) > row->grace_end_days) {
        TRY(life_certificate_store_list(txn, p->owner, &list));
        row->state = OBLIGATION(DUE);
        return obligation_record_set(txn, p->owner, row, &list, SUSPENSION(PROPOSED));
    }
    return STATUS_OK;
}

/* As ReviewService: claim, vote, and what follows from the end. */
static status vote(struct txn *txn, struct pensioner *p, int person, bool yes)
{
    obligation_row *row;
    task_row *task;
    struct id object;
    TRY(obligation_store_get(txn, p->owner, YEAR, 1, &row));
    assert_true(id_of_binary(row->obligation_id, &object));
    TRY(task_store_about(txn, TASK_KIND(SUSPENSION), object, &task));
    TRY(task_claim(txn, task, person_ids[person]));
    TRY(task_vote(txn, task,
                  &(struct task_vote){.agent = person_ids[person],
                                      .said = yes ? TASK_STATE(APPROVED) : TASK_STATE(REFUSED),
                                      .reason = "seen"}));
    return task->state == TASK_STATE(OPEN)
               ? STATUS_OK
               : suspension_decided(
                     txn, p->owner, object,
                     &(struct suspension_decision){yes, person_ids[person], today(txn)});
}

/* The second yes: first the same person's, which counts for nothing, then the other's. */
static status second_yes(struct txn *txn, struct pensioner *p)
{
    status again = vote(txn, p, 0, true);
    if (ok(again)) {
        return FAIL(INTERNAL); /* it was the first after all: nothing of this is kept */
    }
    return again.why == REASON_TASK_VOTED ? vote(txn, p, 1, true) : again;
}

static status act(void *ctx, struct txn *txn)
{
    struct pensioner *p = ctx;
    switch (p->event) {
    case DRAFT:
        return begin(txn, p);
    case UPLOAD_OPENS:
    case UPLOAD_ENDS:
        return put_upload(txn, p, p->event == UPLOAD_OPENS);
    case SUBMIT:
        return submit(txn, p);
    case ACCEPT:
        return decide(txn, p, CERTIFICATE_ACCEPTED);
    case REFUSE:
        return decide(txn, p, CERTIFICATE_REFUSED);
    case WANT_MORE:
        return decide(txn, p, CERTIFICATE_MORE_NEEDED);
    case REGISTRY:
        return certificate_confirmed_by_registry(
            txn, p->owner, &(struct registry_confirmation){YEAR, today(txn), "REG-999-1"});
    case DELIVERED:
    case FAILED:
        return settle(txn, p, p->event == DELIVERED);
    case TIME_PASSES:
    case JOB_RUNS:
        return run_job(txn, p);
    case FIRST_YES:
        return vote(txn, p, 0, true);
    case SECOND_YES:
        return second_yes(txn, p);
    case A_NO:
        return vote(txn, p, 1, false);
    case EVENTS:
        break;
    }
    return FAIL(INTERNAL);
}

/* --- what is looked at after each event --- */

struct look {
    struct owner owner;
    obligation_state state;
    size_t steps;
    uint64_t entries; /* of the member's in the audit chain */
};

static status look(void *ctx, struct txn *txn)
{
    struct look *l = ctx;
    obligation_row *row;
    TRY(obligation_store_get(txn, l->owner, YEAR, 1, &row));
    l->state = (obligation_state)row->state;
    l->steps = row->n_steps;
    return audit_store_subject_count(txn, l->owner, &l->entries);
}

/* Uploads and drafts of what is filed or decided are refused before any flow: UploadService and CreateLifeCertificate look. */
static bool is_refused_before(const struct model *m, enum event event)
{
    struct model copy = *m;
    bool early = event == DRAFT || event == UPLOAD_OPENS || event == UPLOAD_ENDS || event == SUBMIT;
    return early && !model_step(&copy, event);
}

static struct look seen(const struct pensioner *p)
{
    struct look l = {.owner = p->owner};
    assert_ok(harness_read(&h, look, &l));
    return l;
}

/* The way to a place was looked at when it was found: all of it between two moments is one transaction. */
struct stretch {
    struct pensioner *pensioner;
    const uint8_t *events;
    size_t count;
};

static status act_all(void *ctx, struct txn *txn)
{
    struct stretch *stretch = ctx;
    for (size_t i = 0; i < stretch->count; i++) {
        stretch->pensioner->event = (enum event)stretch->events[i];
        TRY(act(stretch->pensioner, txn));
    }
    return STATUS_OK;
}

static void walk_way(struct pensioner *p, struct model *m, const uint8_t *way, size_t len)
{
    for (size_t i = 0, end = 0; i < len; i = end) {
        if (way[i] == TIME_PASSES && m->stop < LAST_STOP) {
            fake_clock_advance(&h.clock, DAYS(stops[m->stop + 1] - stops[m->stop]));
        }
        do {
            assert_true(model_step(m, (enum event)way[end++]));
        } while (end < len && way[end] != TIME_PASSES);
        struct stretch stretch = {p, way + i, end - i};
        assert_ok(harness_write(&h, act_all, &stretch));
    }
}

/* True when the real one went as the model says. */
static bool goes(struct pensioner *p, struct model *m, enum event event)
{
    struct look before = seen(p);
    bool refused = is_refused_before(m, event);
    if (event == TIME_PASSES && m->stop < LAST_STOP) {
        fake_clock_advance(&h.clock, DAYS(stops[m->stop + 1] - stops[m->stop]));
    }
    p->event = event;
    status result = refused ? FAIL(CERTIFICATE_ALREADY_FILED) : harness_write(&h, act, p);
    bool may = model_step(m, event);
    struct look after = seen(p);
    bool changed = before.state != after.state;
    bool drawn = !changed || obligation_may(before.state, after.state);
    bool audited = !changed || after.entries > before.entries || event == DRAFT; /* its call is */
    bool kept = changed == (after.steps > before.steps) || after.steps == LIMIT_OBLIGATION_STEPS ||
                event == SUBMIT; /* filed and looked at: two steps */
    bool good = ok(result) == may && after.state == model_state(m) && drawn && audited && kept;
    if (!good && !planted) {
        (void)fprintf(stderr, "walk: %s, not %s; state %d, not %d%s%s%s\n", reason_name(result.why),
                      may ? "OK" : "refused", after.state, model_state(m),
                      drawn ? "" : "; not drawn", audited ? "" : "; not audited",
                      kept ? "" : "; not kept");
    }
    return good;
}

/* --- the search --- */

enum { STATES_MAX = 4096, WAY_MAX = 24 };

struct place {
    struct model model;
    uint8_t way[WAY_MAX];
    size_t len;
};

static struct place places[STATES_MAX];
static size_t place_count, trials;
static int next_number;

/* How a reminder stands, as far as it matters. */
static bool same_mail(const struct model *a, const struct model *b)
{
    return a->mail[0] == b->mail[0] && a->mail[1] == b->mail[1] &&
           model_may_stop(a) == model_may_stop(b);
}

static bool same(const struct model *a, const struct model *b)
{
    return a->paper == b->paper && a->upload == b->upload && a->pay == b->pay &&
           a->stop == b->stop && a->yes == b->yes && a->said_no == b->said_no && same_mail(a, b);
}

static void add(const struct place *from, enum event event, const struct model *model)
{
    for (size_t i = 0; i < place_count; i++) {
        if (same(&places[i].model, model)) {
            return;
        }
    }
    assert_true(place_count < STATES_MAX && from->len < WAY_MAX);
    struct place *place = &places[place_count++];
    *place = *from;
    place->model = *model;
    place->way[place->len++] = (uint8_t)event;
}

static struct pensioner fresh(void)
{
    struct pensioner p = {0};
    char number[16];
    (void)snprintf(number, sizeof number, "%09d", 100000000 + next_number++);
    p.owner = owner_of_registration(h.keys, bytes_str(number));
    assert_ok(harness_write(&h, make, &p));
    return p;
}

/* Somebody at PLACE, to try events on until one changes something. */
struct tried {
    struct pensioner pensioner;
    struct model model;
    bool used;
};

static void bring(const struct place *place, struct tried *tried)
{
    *tried = (struct tried){.pensioner = fresh()};
    walk_way(&tried->pensioner, &tried->model, place->way, place->len);
}

/* False when it went another way. */
static bool try_there(const struct place *place, enum event event, struct tried *tried)
{
    if (tried->used) {
        bring(place, tried);
    }
    struct model before = tried->model;
    bool good = goes(&tried->pensioner, &tried->model, event);
    trials++;
    tried->used = memcmp(&before, &tried->model, sizeof before) != 0 || !good;
    if (!good) {
        (void)fprintf(stderr, "walk: event %d in state %d, %zu steps\n", event,
                      model_state(&place->model), place->len);
        return false;
    }
    add(place, event, &tried->model);
    return true;
}

/* How many trials went another way than the model. */
static size_t search(size_t most_wrong)
{
    size_t wrong = 0;
    place_count = 1;
    places[0] = (struct place){.len = 0};
    for (size_t i = 0; i < place_count && wrong < most_wrong; i++) {
        const struct place from = places[i];
        struct arena_mark mark = arena_mark(&h.arena);
        struct tried tried = {.used = true};
        for (int event = 0; event < EVENTS; event++) {
            wrong += try_there(&from, (enum event)event, &tried) ? 0 : 1;
        }
        arena_rewind(&h.arena, mark);
    }
    return wrong;
}

static status put_plan(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredReferenceSet set = HAYAT__STORE__V1__STORED_REFERENCE_SET__INIT;
    Hayat__Store__V1__StoredReminderRule rules[2], *list[2];
    (void)ctx;
    for (size_t i = 0; i < 2; i++) {
        hayat__store__v1__stored_reminder_rule__init(&rules[i]);
        rules[i].offset_days = offsets[i];
        rules[i].way = HAYAT__STORE__V1__REMINDER_WAY__REMINDER_WAY_EVERYWHERE;
        list[i] = &rules[i];
    }
    set.kind = HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_REMINDER_PLAN;
    set.version = message_text(txn_arena(txn), "PLAN-1");
    set.n_reminders = 2;
    set.reminders = list;
    return reference_store_put(txn, &set);
}

/* Two persons: two staff numbers. */
static status name_persons(void *ctx, struct txn *txn)
{
    (void)ctx;
    for (size_t i = 0; i < 2; i++) {
        Hayat__Store__V1__StoredCaller *caller;
        TRY(caller_store_get(txn, person_ids[i], &caller));
        caller->staff_number = message_text(txn_arena(txn), i == 0 ? "S-999-1" : "S-999-2");
        TRY(caller_store_put(txn, caller));
    }
    return STATUS_OK;
}

static int setup(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0) {
        assert_int_equal(setenv("TMPDIR", "/dev/shm", 1), 0); /* nothing here is about the disk */
    }
    harness_start(&h);
    for (size_t i = 0; i < 2; i++) {
        persons[i] = harness_agent(&h, SCOPE_REVIEWER);
        person_ids[i] = persons[i].id;
    }
    assert_ok(harness_write(&h, name_persons, NULL));
    fund_put_campaign(&h, YEAR, -14, 100000, 100001);
    assert_ok(harness_write(&h, put_plan, NULL));
    planted = false;
    trials = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static void every_state_takes_every_event_as_the_rules_say(void **state)
{
    (void)state;
    bool reached[OBLIGATION(REINSTATED) + 1] = {false};
    assert_int_equal(search(1), 0);
    for (size_t i = 0; i < place_count; i++) {
        reached[model_state(&places[i].model)] = true;
    }
    for (int i = OBLIGATION(DUE); i <= (int)OBLIGATION(REINSTATED); i++) {
        assert_true(reached[i] ||
                    i == (int)OBLIGATION(SUBMITTED)); /* no document is checked here */
    }
    (void)fprintf(stderr, "walk: %zu states, %zu events tried in them\n", place_count, trials);
}

static void a_planted_bug_is_found(void **state)
{
    (void)state;
    planted = true;
    assert_true(search(1) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_state_takes_every_event_as_the_rules_say, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_planted_bug_is_found, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
