/*
 * Promise (SEC-C3): the bank is asked over a real connection when cooling ends, under one request_id; only its MATCH activates; slow, silent,
 * broken and senseless answers are none, are asked again later, and open the breaker; nothing is lost while it is down, and nothing is done
 * twice.
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/limits.h"
#include "jobs/bank_job.h"
#include "service/message.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"

enum {
    OLD = 10,
    EVEN = 20,
    ODD = 31,
    OLD_DEVICE_DAYS = 400,
    POLL_US = 20000,
    POLLS = 3000,
    LINE_BYTES = 256
};

extern char **environ;

/* --- the bank --- */

struct bank {
    pid_t pid;
    int to;
    char target[64], ledger[128];
};

static void bank_open(struct bank *bank, struct harness *h, const char *behaviour)
{
    int in[2], out[2];
    posix_spawn_file_actions_t actions;
    (void)snprintf(bank->ledger, sizeof bank->ledger, "%s/ledger", h->directory);
    char *const argv[] = {(char *)(uintptr_t)HAYAT_SOURCE_DIR "/tools/bank-simulator",
                          (char *)(uintptr_t) "--behaviour",
                          (char *)(uintptr_t)behaviour,
                          (char *)(uintptr_t) "--ledger",
                          bank->ledger,
                          NULL};
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, in[1]), 0);
    assert_int_equal(posix_spawn(&bank->pid, argv[0], &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(out[1]);
    bank->to = in[1];
    FILE *lines = fdopen(out[0], "r");
    int port = 0;
    char line[LINE_BYTES];
    assert_non_null(fgets(line, sizeof line, lines));
    assert_int_equal(sscanf(line, "port %d", &port), 1); // NOLINT(cert-err34-c)
    (void)fclose(lines);
    (void)snprintf(bank->target, sizeof bank->target, "127.0.0.1:%d", port);
}

static void bank_close(struct bank *bank)
{
    int how;
    (void)kill(bank->pid, SIGKILL); /* a silent one would wait */
    (void)close(bank->to);
    (void)waitpid(bank->pid, &how, 0);
}

/* How many questions of that id were answered so, by the bank's own book; NULL answer: any. */
static size_t asked(const struct bank *bank, const char *id, const char *answer)
{
    char line[LINE_BYTES];
    size_t count = 0;
    FILE *file = fopen(bank->ledger, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *last = strrchr(line, ' ');
        count += strncmp(line, id, strlen(id)) == 0 &&
                         (answer == NULL || strcmp(last + 1, answer) == 0)
                     ? 1
                     : 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return count;
}

/* --- the fund --- */

static struct harness h;
static struct bank_member member;
static struct bank bank;
static struct bank_job *job;
static _Atomic int breaker; /* -1: never told */

static void on_breaker(bool open)
{
    breaker = open ? 1 : 0;
}

static void start_job(void)
{
    const struct bank_job_options options = {
        .app = &h.app, .target = bank.target, .on_breaker = on_breaker};
    assert_ok(bank_job_start(&options, &job));
}

static void begin(const char *behaviour)
{
    harness_start(&h);
    member = bank_member(&h, "TEST-BANK-JOB", OLD, OLD_DEVICE_DAYS);
    breaker = -1;
    job = NULL;
    bank_open(&bank, &h, behaviour);
}

static void end(void)
{
    bank_job_stop(job);
    bank_close(&bank);
    harness_stop(&h);
}

/* A change whose cooling has ended. */
static const char *due_change(uint64_t account)
{
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, account);
    assert_ok(bank_confirm(&h, &member, change).result);
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_MS);
    bank_sign_in(&h, &member);
    return change->change_id;
}

struct look {
    struct id id;
    bank_change_state state;
};

static status read_state(void *ctx, struct txn *txn)
{
    struct look *look = ctx;
    struct bank_change change;
    TRY(bank_change_find(txn, member.member.owner, look->id, &change));
    look->state = change.row->state;
    return STATUS_OK;
}

/* Not by a call: the harness counts the audit entries of each, and the job writes its own beside. */
static bank_change_state state_of(const char *id)
{
    struct look look;
    assert_true(id_parse(bytes_str(id), "bac", &look.id));
    assert_ok(harness_read(&h, read_state, &look));
    return look.state;
}

static bool becomes(const char *id, bank_change_state state)
{
    for (size_t i = 0; i < POLLS; i++) {
        if (state_of(id) == state) {
            return true;
        }
        (void)usleep(POLL_US);
    }
    return false;
}

static void answers_lead_where_they_must(void **unused)
{
    (void)unused;
    static const struct {
        const char *behaviour;
        uint64_t account;
        bank_change_state then;
        const char *told;
    } cases[] = {{"right", EVEN, BANK_CHANGE(ACTIVE), "1"},
                 {"right", ODD, BANK_CHANGE(REJECTED), "3"},
                 {"duplicating", EVEN, BANK_CHANGE(ACTIVE), "1"},
                 {"lying", ODD, BANK_CHANGE(ACTIVE),
                  "1"}, /* what a bank says of its own accounts is the last word */
                 {"close", EVEN, BANK_CHANGE(IN_REVIEW), "2"},
                 {"impossible", EVEN, BANK_CHANGE(IN_REVIEW), "4"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(cases[i].behaviour);
        const char *id = due_change(cases[i].account);
        start_job();
        assert_true(becomes(id, cases[i].then));
        assert_int_equal(asked(&bank, id, cases[i].told),
                         strcmp(cases[i].behaviour, "duplicating") == 0 ? 2 : 1);
        char rib[RIB_DIGITS + 1];
        bank_rib(cases[i].then == BANK_CHANGE(ACTIVE) ? cases[i].account : OLD, rib);
        assert_string_equal(bank_active_rib(&h, &member), rib);
        end();
    }
}

/* The clock goes on until the next question is due. */
static void ask_again(const char *id, const char *answer, size_t times)
{
    for (size_t i = 0; i < POLLS && asked(&bank, id, answer) < times; i++) {
        fake_clock_advance(&h.clock, LIMIT_BANK_RETRY_MAX_MS / 10);
        (void)usleep(POLL_US);
    }
    assert_true(asked(&bank, id, answer) >= times);
    bank_sign_in(&h, &member);
}

static void no_answer_is_never_yes(void **unused)
{
    (void)unused;
    static const struct {
        const char *behaviour, *told;
    } cases[] = {{"broken", "broken"}, {"wrong", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(cases[i].behaviour);
        const char *id = due_change(EVEN);
        start_job();
        ask_again(id, cases[i].told, 4);
        assert_int_equal(state_of(id), BANK_CHANGE(CHECKING));
        assert_int_not_equal(breaker, -1); /* three in a row opened it, time closed it */
        char rib[RIB_DIGITS + 1];
        bank_rib(OLD, rib);
        assert_string_equal(bank_active_rib(&h, &member), rib);
        end();
    }
}

static void a_flapping_bank_is_asked_until_it_answers(void **unused)
{
    (void)unused;
    begin("flapping");
    const char *id = due_change(EVEN);
    start_job();
    ask_again(id, "1", 1);
    assert_true(becomes(id, BANK_CHANGE(ACTIVE)));
    assert_int_equal(asked(&bank, id, "1"), 1);
    end();
}

static void a_bank_that_is_down_loses_nothing(void **unused)
{
    (void)unused;
    begin("right");
    const char *id = due_change(EVEN);
    bank_close(&bank);
    start_job();
    assert_true(becomes(id, BANK_CHANGE(CHECKING)));
    for (size_t hour = 0; hour < 7 * 24; hour++) { /* a week */
        fake_clock_advance(&h.clock, 3600 * 1000);
    }
    bank_job_stop(job); /* and a restart */
    bank_open(&bank, &h, "right");
    bank_sign_in(&h, &member);
    start_job();
    ask_again(id, "1", 1);
    assert_true(becomes(id, BANK_CHANGE(ACTIVE)));
    end();
}

/* --- a week without a bank --- */

enum { CROWD = 24, FIRST_ACCOUNT = 100, WEEK_HOURS = 7 * 24, STEPS = 8, HOUR_MS = 3600 * 1000 };

struct crowd {
    struct bank_member members[CROWD];
    struct id changes[CROWD];
    const char *ids[CROWD];
    size_t due, exports, states[BANK_CHANGE(EXPIRED) + 1];
    bool corrupt;
};

static bool count_export(void *ctx, uint64_t sequence, const bank_export_row *row)
{
    struct crowd *crowd = ctx;
    crowd->exports++;
    crowd->corrupt |= sequence != crowd->exports || row->change_id.len != ID_BYTES;
    return true;
}

static status look_at_crowd(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    struct bank_due_list due;
    TRY(bank_store_due(txn, &due));
    crowd->due = due.count;
    crowd->exports = 0;
    memset(crowd->states, 0, sizeof crowd->states);
    for (size_t i = 0; i < CROWD; i++) {
        bank_change_row *row;
        TRY(bank_store_change(txn, crowd->members[i].member.owner, crowd->changes[i], &row));
        crowd->states[row->state]++;
    }
    return bank_store_exports(txn, 0, count_export, crowd);
}

/* Time goes on, and the job takes on what is due by then. */
static void let_pass(struct crowd *crowd, int64_t ms)
{
    fake_clock_advance(&h.clock, ms);
    for (size_t i = 0; i < POLLS; i++) {
        assert_ok(harness_read(&h, look_at_crowd, crowd));
        if (crowd->due == 0) {
            return;
        }
        (void)usleep(POLL_US);
    }
    fail_msg("the job does not take on what is due");
}

/* Everybody has a change whose cooling has ended; every other account is not theirs. */
static void gather(struct crowd *crowd)
{
    for (size_t i = 0; i < CROWD; i++) {
        char number[32];
        (void)snprintf(number, sizeof number, "TEST-CROWD-%zu", i);
        crowd->members[i] = bank_member(&h, message_text(&h.arena, number), OLD, OLD_DEVICE_DAYS);
        Hayat__V1__BankAccountChange *change = bank_proposed(&h, &crowd->members[i],
                                                             FIRST_ACCOUNT + i);
        assert_ok(bank_confirm(&h, &crowd->members[i], change).result);
        crowd->ids[i] = change->change_id;
        assert_true(id_parse(bytes_str(change->change_id), "bac", &crowd->changes[i]));
    }
}

static void each_came_to_its_end_once(const struct crowd *crowd)
{
    for (size_t i = 0; i < CROWD; i++) {
        bool theirs = i % 2 == 0;
        char rib[RIB_DIGITS + 1];
        bank_rib(theirs ? FIRST_ACCOUNT + i : OLD, rib);
        assert_string_equal(bank_active_rib(&h, &crowd->members[i]), rib);
        assert_int_equal(asked(&bank, crowd->ids[i], "1"), theirs ? 1 : 0);
        assert_int_equal(asked(&bank, crowd->ids[i], "3"), theirs ? 0 : 1);
        assert_int_equal(bank_notices(&h, &crowd->members[i], NOTICE_BANK_CHANGED), theirs ? 2 : 0);
    }
    assert_int_equal(crowd->exports, CROWD / 2);
    assert_false(crowd->corrupt);
}

/* HAYAT_BANK_WEEK=168 looks at every hour of it; the job's own period is a second. */
static void a_week_without_a_bank_then_a_flapping_one(void **unused)
{
    (void)unused;
    static struct crowd crowd;
    const char *wanted = getenv("HAYAT_BANK_WEEK");
    int steps = wanted == NULL ? STEPS : (int)strtol(wanted, NULL, 10);
    begin("right");
    bank_close(&bank);
    gather(&crowd);
    start_job();
    let_pass(&crowd, LIMIT_BANK_COOLING_MS);
    for (int i = 0; i < steps; i++) {
        let_pass(&crowd, (int64_t)WEEK_HOURS * HOUR_MS / steps);
        assert_int_equal(crowd.states[BANK_CHANGE(CHECKING)], CROWD);
        assert_int_equal(crowd.exports, 0);
    }
    bank_job_stop(job);
    bank_open(&bank, &h, "flapping");
    start_job();
    for (int hour = 0; hour < WEEK_HOURS && crowd.states[BANK_CHANGE(CHECKING)] > 0; hour++) {
        let_pass(&crowd, 2 * HOUR_MS);
    }
    assert_int_equal(crowd.states[BANK_CHANGE(ACTIVE)], CROWD / 2);
    assert_int_equal(crowd.states[BANK_CHANGE(REJECTED)], CROWD / 2);
    each_came_to_its_end_once(&crowd);
    end();
}

static void without_a_bank_a_person_decides(void **unused)
{
    (void)unused;
    begin("right");
    const char *id = due_change(EVEN);
    const struct bank_job_options options = {.app = &h.app};
    assert_ok(bank_job_start(&options, &job));
    assert_true(becomes(id, BANK_CHANGE(IN_REVIEW)));
    assert_int_equal(asked(&bank, id, NULL), 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_lead_where_they_must),
        cmocka_unit_test(no_answer_is_never_yes),
        cmocka_unit_test(a_flapping_bank_is_asked_until_it_answers),
        cmocka_unit_test(a_bank_that_is_down_loses_nothing),
        cmocka_unit_test(a_week_without_a_bank_then_a_flapping_one),
        cmocka_unit_test(without_a_bank_a_person_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
