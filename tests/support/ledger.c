#include "tests/support/ledger.h"

#include <semaphore.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hayat/store/v1/records.pb-c.h"
#include "storage/audit_verify.h"
#include "tests/support/cm.h"

enum { JOB_ARENA_BYTES = 1024 * 1024, EXIT_FATAL = 2, SUBJECTS = 5 };

struct ledger_job {
    struct write_job job; /* first */
    struct arena arena;
    uint32_t number;
    sem_t *ended;
    void (*told)(void *ctx, uint32_t number);
    void *ctx;
};

/* Both rows of a job: a small one, and one of many pages so that a commit writes more than one
   stretch. */
static struct cell first_row(uint32_t number)
{
    return cell_of(TABLE_campaign, key_u32(key_empty(), number));
}

static struct cell second_row(uint32_t number)
{
    return cell_of(TABLE_import_state, key_u64(key_empty(), number * UINT64_C(0x9E3779B97F4A7C15)));
}

static size_t second_len(uint32_t number)
{
    return 1 + number * UINT32_C(7919) % 9000;
}

static status run_ledger_job(struct write_job *job, struct txn *txn)
{
    uint32_t number = ((struct ledger_job *)(void *)job)->number;
    static uint8_t digest[9001];
    Hayat__Store__V1__StoredCampaign campaign = HAYAT__STORE__V1__STORED_CAMPAIGN__INIT;
    campaign.year = (int32_t)number;
    Hayat__Store__V1__StoredImportState import = HAYAT__STORE__V1__STORED_IMPORT_STATE__INIT;
    import.next_line = number;
    import.file_digest = (ProtobufCBinaryData){second_len(number), digest};
    struct cell first = first_row(number), second = second_row(number);
    TRY(table_put_record(txn, &first, &campaign.base));
    TRY(table_put_record(txn, &second, &import.base));
    const struct audit_event event = {.event = "ledger",
                                      .actor_kind = AUDIT_ACTOR_SYSTEM,
                                      .subject = {{(uint8_t)(1 + number % SUBJECTS)}}};
    return audit_append(txn, &event);
}

static void done_ledger_job(struct write_job *job, status result)
{
    struct ledger_job *ledger_job = (struct ledger_job *)(void *)job;
    if (ok(result)) {
        ledger_job->told(ledger_job->ctx, ledger_job->number);
    }
    (void)sem_post(ledger_job->ended);
}

void ledger_write(struct temp_store *t, const struct ledger *ledger,
                  void (*told)(void *ctx, uint32_t number), void *ctx)
{
    struct ledger_job *jobs = calloc(ledger->jobs, sizeof *jobs);
    sem_t ended;
    (void)sem_init(&ended, 0, 0);
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < ledger->jobs; i++) {
        jobs[i] = (struct ledger_job){{run_ledger_job, done_ledger_job, .arena = &jobs[i].arena},
                                      .number = i,
                                      .ended = &ended,
                                      .told = told,
                                      .ctx = ctx};
        arena_init(&jobs[i].arena, JOB_ARENA_BYTES);
        waiting += ok(writer_submit(t->writer, &jobs[i].job)) ? 1 : 0;
        while (waiting > 0 && (waiting == ledger->together || i + 1 == ledger->jobs)) {
            (void)sem_wait(&ended);
            waiting--;
        }
    }
    for (uint32_t i = 0; i < ledger->jobs; i++) {
        arena_fini(&jobs[i].arena);
    }
    (void)sem_destroy(&ended);
    free(jobs);
}

static void acknowledge(void *ctx, uint32_t number)
{
    if (write(*(const int *)ctx, &number, sizeof number) != sizeof number) {
        _exit(1);
    }
}

static int run_child(const struct ledger *ledger, struct temp_store *t, int pipe_fd)
{
    temp_store_open(t);
    if (ledger->arm != NULL) {
        ledger->arm(ledger->ctx);
    }
    ledger_write(t, ledger, acknowledge, &pipe_fd);
    return t->fatal > 0 ? EXIT_FATAL : 0; /* without closing: as a stopped process */
}

void ledger_run(struct ledger *ledger, struct temp_store *t)
{
    assert_true(ledger->jobs <= LEDGER_JOBS_MAX && ledger->together > 0);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        temp_store_in_child();
        (void)close(fds[0]);
        _exit(run_child(ledger, t, fds[1]));
    }
    (void)close(fds[1]);
    uint32_t number = 0;
    while (read(fds[0], &number, sizeof number) == sizeof number) {
        assert_true(number < ledger->jobs && !ledger->acknowledged[number]);
        ledger->acknowledged[number] = true;
        ledger->acknowledged_count++;
    }
    (void)close(fds[0]);
    int wait_status = 0;
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    ledger->exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -WTERMSIG(wait_status);
}

struct reading {
    uint32_t jobs, found_count;
    bool *found;
};

/* NULL when there is none; a damaged one fails the test. */
static const void *read_row(struct txn *txn, struct cell cell)
{
    ProtobufCMessage *record = NULL;
    status result = table_get_record(txn, &cell, &record);
    assert_true(ok(result) || result.why == REASON_NOT_FOUND);
    return ok(result) ? record : NULL;
}

static bool is_whole(struct txn *txn, uint32_t number)
{
    const Hayat__Store__V1__StoredCampaign *first = read_row(txn, first_row(number));
    const Hayat__Store__V1__StoredImportState *second = read_row(txn, second_row(number));
    if (first == NULL) {
        assert_null(second);
        return false;
    }
    assert_non_null(second);
    assert_int_equal(first->year, number);
    assert_int_equal(second->next_line, number);
    assert_int_equal(second->file_digest.len, second_len(number));
    return true;
}

static status read_jobs(void *ctx, struct txn *txn)
{
    struct reading *reading = ctx;
    for (uint32_t i = 0; i < reading->jobs; i++) {
        reading->found[i] = is_whole(txn, i);
        reading->found_count += reading->found[i] ? 1 : 0;
    }
    return STATUS_OK;
}

/* An entry for each job that is there, and the chain is whole. */
static void verify_chain(struct temp_store *t, uint32_t entries)
{
    static const struct audit_heads none;
    struct audit_signer signer;
    struct audit_report report;
    audit_signer_init(&signer, &t->keys);
    assert_ok(audit_verify(t->db, signer.public_key, &none, &report));
    assert_int_equal(report.entries, entries);
}

uint32_t ledger_read(struct temp_store *t, uint32_t jobs, bool *ret_found)
{
    struct reading reading = {jobs, 0, ret_found};
    arena_reset(&t->arena, t->arena.cap);
    assert_ok(temp_store_read(t, read_jobs, &reading));
    verify_chain(t, reading.found_count);
    return reading.found_count;
}

void ledger_verify(const struct ledger *ledger, struct temp_store *t)
{
    bool found[LEDGER_JOBS_MAX] = {false};
    temp_store_open(t);
    (void)ledger_read(t, ledger->jobs, found);
    for (uint32_t i = 0; i < ledger->jobs; i++) {
        assert_true(found[i] || !ledger->acknowledged[i]); /* no acknowledged write is lost */
    }
    temp_store_close(t);
}
