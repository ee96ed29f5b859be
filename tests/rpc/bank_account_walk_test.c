/*
 * Promise (SEC-C3, C4, F1): whatever happens to a change of account, in whatever order, every step it takes is one that the rules allow and
 * leaves an audit entry, the account changes exactly when a change becomes active, and at no commit are there two, or none after the first;
 * a person is asked exactly while it is in review.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"
#include "service/message.h"
#include "storage/task_store.h"
#include "tests/support/audit.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"

#define STATE(name) HAYAT__V1__BANK_ACCOUNT_CHANGE_STATE__BANK_ACCOUNT_CHANGE_STATE_##name

enum { OLD = 11, OLD_DEVICE_DAYS = 400 };

static struct harness h;
static struct bank_member member;

/* The events of a change's life; a path is a sequence of them, whatever may be refused on the way. */
enum event {
    PROPOSE,
    CONFIRM,
    CANCEL,
    REFUSE,
    WAIT_SHORT,
    WAIT_LONG,
    SAY_MATCH,
    SAY_CLOSE,
    SAY_NO,
    DECIDE_YES,
    DECIDE_NO,
    EVENTS
};
/* What comes before the paths: they begin in each state that something can follow. */
static const enum event beginnings[][4] = {{PROPOSE, EVENTS},
                                           {PROPOSE, CONFIRM, EVENTS},
                                           {PROPOSE, CONFIRM, WAIT_LONG, EVENTS},
                                           {PROPOSE, CONFIRM, WAIT_LONG, SAY_CLOSE}};

/* What is stored of the member after a commit. */
struct tally {
    size_t accounts; /* that are active */
    size_t steps;    /* of all changes */
    size_t actives;  /* changes that became so */
};

struct walk {
    bool had_account; /* when it began */
    struct tally tally;
    uint64_t audited;
    Hayat__V1__BankAccountChange *proposal; /* the newest */
    const char *expected_rib;               /* of the active account */
    uint64_t next_account, accounts;
};

static void play(struct walk *w, enum event event)
{
    const char *id = w->proposal == NULL ? NULL : w->proposal->change_id;
    if (event == PROPOSE) {
        struct harness_reply reply = bank_propose(&h, &member, w->next_account++);
        if (ok(reply.result)) {
            w->proposal = ((Hayat__V1__ProposeBankAccountResponse *)reply.response)->change;
        }
        return;
    }
    if (event == WAIT_SHORT || event == WAIT_LONG) {
        bank_pass(&h, &member,
                  event == WAIT_SHORT ? LIMIT_BANK_PROPOSAL_MS : LIMIT_BANK_COOLING_MS);
        (void)bank_run_due(&h);
        return;
    }
    if (id == NULL) {
        return;
    }
    if (event == CONFIRM) {
        (void)bank_confirm(&h, &member, w->proposal);
    } else if (event == CANCEL) {
        (void)bank_cancel(&h, &member, id);
    } else if (event == REFUSE) {
        const char *code = bank_refusal_code(&h, &member);
        (void)bank_refuse(&h, code == NULL ? "0000-0000-0000-0000" : code);
        bank_sign_in(&h, &member);
    } else if (event == DECIDE_YES || event == DECIDE_NO) {
        (void)bank_decide(&h, &member, id, event == DECIDE_YES);
    } else {
        (void)bank_answer_with(&h, &member, id,
                               event == SAY_MATCH   ? BANK_ANSWER(MATCH)
                               : event == SAY_CLOSE ? BANK_ANSWER(CLOSE_MATCH)
                                                    : BANK_ANSWER(NO_MATCH));
    }
}

struct asking {
    struct id change;
    bool open;
};

static status look_for_task(void *ctx, struct txn *txn)
{
    struct asking *asking = ctx;
    task_row *task;
    status s = task_store_about(txn, TASK_KIND(BANK_CHANGE), asking->change, &task);
    asking->open = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

/* Whether a person is asked about the change. */
static bool has_task(const char *change_id)
{
    struct asking asking = {0};
    assert_true(id_parse(bytes_str(change_id), "bac", &asking.change));
    assert_ok(harness_read(&h, look_for_task, &asking));
    return asking.open;
}

static bool count_account(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct tally *tally = ctx;
    (void)key;
    (void)record;
    tally->accounts++;
    return true;
}

static status read_tally(void *ctx, struct txn *txn)
{
    struct tally *tally = ctx;
    struct owner owner = member.member.owner;
    struct bank_change_list list;
    struct scan scan = {.table = TABLE_bank_account, .owner = owner, .prefix = key_owner(owner)};
    TRY(table_scan(txn, &scan, count_account, tally));
    TRY(bank_store_changes(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        tally->steps += list.rows[i]->n_steps;
        tally->actives += list.rows[i]->state == BANK_CHANGE(ACTIVE) ? 1 : 0;
    }
    return STATUS_OK;
}

/* Never two accounts, never none after the first; no step without its entry.  A vote is audited with DecideTask, which this test does not
   call: tests/rpc/review_test.c does. */
static void check_commit(struct walk *w, enum event event)
{
    struct tally now = {0};
    uint64_t audited = audit_count(&h);
    assert_ok(harness_read(&h, read_tally, &now));
    assert_int_equal(now.accounts, w->had_account || now.actives > 0 ? 1 : 0);
    if (now.steps > w->tally.steps && event != DECIDE_YES && event != DECIDE_NO) {
        assert_true(audited > w->audited);
    }
    w->tally = now;
    w->audited = audited;
}

/* The account changes exactly when the newest change became active, to the one it names; each step was allowed. */
static void check(struct walk *w)
{
    const char *active = bank_active_rib(&h, &member);
    if (w->proposal == NULL) {
        assert_string_equal(active, w->expected_rib);
        return;
    }
    Hayat__V1__BankAccountChange *now = bank_get(&h, &member, w->proposal->change_id);
    for (size_t i = 0; i < now->n_steps; i++) {
        bank_change_state before = i == 0 ? BANK_CHANGE(UNSPECIFIED)
                                          : (bank_change_state)now->steps[i - 1]->state;
        assert_true(bank_change_may(before, (bank_change_state)now->steps[i]->state));
    }
    assert_int_equal(has_task(now->change_id), now->state == STATE(IN_REVIEW));
    if (now->state == STATE(ACTIVE)) {
        char mask[RIB_MASK_MAX + 1];
        struct rib rib;
        assert_int_equal(rib_parse(bytes_str(active), &rib), RIB_FINE);
        rib_mask(&rib, mask);
        assert_string_equal(now->account->masked_rib, mask);
        w->expected_rib = active;
    }
    assert_string_equal(active, w->expected_rib);
}

/* One path: a beginning, then DEPTH events that the digits of PATH in base EVENTS name. */
static void walk_path(size_t beginning, size_t path, size_t depth, bool had_account)
{
    char number[48];
    (void)snprintf(number, sizeof number, "TEST-WALK-%zu-%zu-%zu-%d", beginning, path, depth,
                   had_account);
    member = bank_member(&h, number, had_account ? OLD : 0, OLD_DEVICE_DAYS);
    struct walk w = {.had_account = had_account,
                     .expected_rib = had_account ? bank_rib_text(&h, OLD) : "",
                     .next_account = 1000};
    for (size_t i = 0; i < ARRAY_LEN(beginnings[0]) && beginnings[beginning][i] != EVENTS; i++) {
        play(&w, beginnings[beginning][i]);
        check_commit(&w, beginnings[beginning][i]);
    }
    for (size_t i = 0; i < depth; i++, path /= EVENTS) {
        enum event event = (enum event)(path % EVENTS);
        play(&w, event);
        check(&w);
        check_commit(&w, event);
    }
}

/* HAYAT_BANK_WALK=3 walks longer ones: each event is a commit on the disk. */
static void every_path_keeps_the_rules(void **state)
{
    (void)state;
    harness_start(&h);
    const char *wanted = getenv("HAYAT_BANK_WALK");
    size_t depth = wanted == NULL ? 1 : (size_t)(wanted[0] - '0'), paths = 1;
    for (size_t i = 0; i < depth; i++) {
        paths *= EVENTS;
    }
    for (size_t path = 0; path < paths; path++) {
        for (size_t beginning = 0; beginning < ARRAY_LEN(beginnings); beginning++) {
            walk_path(beginning, path, depth, true);
            walk_path(beginning, path, depth, false);
        }
        arena_reset(&h.arena, h.arena.cap);
    }
    harness_stop(&h);
}

/* Every pair of states, against the drawing in bank_change_rules.h. */
static void the_table_is_the_drawing(void **state)
{
    (void)state;
    static const char *const drawing[] = {
        "P", "CXE", "KXR", "AJVXR", "AJXR",
        "",  "",    "",    "",      ""}; /* after: new, P, C, K, V, and the ends */
    static const char letters[] =
        "?PCKVARXJE"; /* proposed, cooling, checKing, reView, active, refused, cancelled, reJected, expired */
    for (size_t from = 0; from < ARRAY_LEN(drawing); from++) {
        for (size_t to = 0; to < ARRAY_LEN(drawing); to++) {
            assert_int_equal(bank_change_may((bank_change_state)from, (bank_change_state)to),
                             to > 0 && strchr(drawing[from], letters[to]) != NULL);
        }
    }
}

static void retries_grow_to_an_hour(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= LIMIT_BANK_TRIES; count++) {
        int64_t least = bank_retry_ms(count, 0), most = bank_retry_ms(count, UINT64_MAX);
        assert_in_range(least, LIMIT_BANK_RETRY_MS / 2, LIMIT_BANK_RETRY_MAX_MS / 2);
        assert_in_range(most, least, LIMIT_BANK_RETRY_MAX_MS * 3 / 2);
    }
    assert_int_equal(bank_retry_ms(LIMIT_BANK_TRIES, 0), LIMIT_BANK_RETRY_MAX_MS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_the_drawing),
        cmocka_unit_test(retries_grow_to_an_hour),
        cmocka_unit_test(every_path_keeps_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
