/*
 * Promise (RULE LC-6, LC-7, SEC-F1, SEC-F4): no suspension by silence.  Every state that a pensioner's year can reach, by every event that can happen in
 * it, ends as a model says that was written from the rules alone and shares nothing with the code but the names of states; each step leaves its own
 * entries in the audit chain and no other; a receipt is there exactly where a promise was made, verifies with the public key alone and says what was
 * filed, decided, when and whether in time.  No step is one that the drawing does not have, each one that it has is taken, and docs/life-certificates.md has it.  A planted bug is found.
 *
 * The states are searched breadth first: for each one found, by the shortest way, each event is tried on a pensioner made for it and brought there by
 * the same way.  Days go by for all of them; each one's window is laid around the day they are made.  One certificate is open at a time: papers beside a
 * draft are rpc.agency_acts's.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "storage/audit_store.h"
#include "storage/obligation_store.h"
#include "storage/writer.h"
#include "tests/support/cm.h"
#include "tests/support/obligation_model.h"
#include "tests/support/obligation_pensioner.h"
#include "tests/support/obligation_proofs.h"

#define DAYS(n) ((n)*24LL * 3600 * 1000)

static struct pensioner_world world;

/* --- the places --- */

enum { STATES_MAX = 4096, WAY_MAX = 24 };

struct place {
    struct model model;
    uint8_t way[WAY_MAX];
    size_t len;
};

static struct place places[STATES_MAX];
static size_t place_count, trials;
static int next_number;

static void add(const struct place *from, enum event event, const struct model *model)
{
    for (size_t i = 0; i < place_count; i++) {
        if (model_same(&places[i].model, model)) {
            return;
        }
    }
    assert_true(place_count < STATES_MAX && from->len < WAY_MAX);
    struct place *place = &places[place_count++];
    *place = *from;
    place->model = *model;
    place->way[place->len++] = (uint8_t)event;
}

/* What is not tried: handlers refuse it before any flow (CreateLifeCertificate, UploadService), a second verdict is none, and a draft that the
   registry's word left behind is another certificate. */
static bool is_refused_before(const struct model *m, enum event event)
{
    struct model copy = *m;
    struct left left;
    bool early = event == DRAFT || event == PAPERS || event == UPLOAD_OPENS ||
                 event == UPLOAD_ENDS || event == CHECKED || (event == SUBMIT && m->paper == GOOD);
    return early && !model_step(&copy, event, &left);
}

/* --- who is brought there: somebody for each event --- */

struct look {
    const obligation_row *row;
    uint64_t entry_count; /* of theirs in the audit chain */
    struct proofs proofs;
};

struct tried {
    enum event event;
    struct pensioner pensioner; /* one of the crowd */
    struct model model;         /* after it */
    struct left left;
    bool expected; /* to go well */
    status result;
    struct look before, after;
};

/* They go one way together, a transaction for all: the walk is long.  The first is tried with whatever is to change nothing. */
struct crowd {
    const uint8_t *way; /* the stretch they go next */
    size_t len;
    size_t walker_count;
    struct pensioner walkers[EVENTS + 1];
    size_t count;
    struct tried of[EVENTS];
};

static status make_all(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->walker_count; i++) {
        TRY(pensioner_make(&crowd->walkers[i], txn));
    }
    return STATUS_OK;
}

/* It was looked at when the place was found: all of it between two moments at once. */
static status walk_all(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->walker_count; i++) {
        struct pensioner *p = &crowd->walkers[i];
        for (size_t j = 0; j < crowd->len; j++) {
            p->event = (enum event)crowd->way[j];
            TRY(pensioner_act(p, txn));
        }
    }
    return STATUS_OK;
}

static status write_all(struct crowd *crowd, status (*body)(void *ctx, struct txn *txn))
{
    return writer_run_bulk(world.h.app.writer, &world.h.arena, body, crowd);
}

static void let_time_pass(const struct model *m)
{
    if (m->stop < LAST_STOP) {
        fake_clock_advance(&world.h.clock, DAYS(stops[m->stop + 1] - stops[m->stop]));
    }
}

static void bring(const struct place *place, struct crowd *crowd)
{
    struct model m = {0};
    struct left left;
    assert_ok(write_all(crowd, make_all));
    for (size_t i = 0, end = 0; i < place->len; i = end) {
        if (place->way[i] == TIME_PASSES) {
            let_time_pass(&m);
        }
        do {
            assert_true(model_step(&m, (enum event)place->way[end++], &left));
        } while (end < place->len && place->way[end] != TIME_PASSES);
        crowd->way = place->way + i;
        crowd->len = end - i;
        assert_ok(write_all(crowd, walk_all));
    }
}

/* Whom each event is tried on. */
static void gather(const struct place *place, struct crowd *crowd)
{
    size_t walker[EVENTS];
    *crowd = (struct crowd){.walker_count = 1};
    for (int event = 0; event < EVENTS; event++) {
        struct tried *tried = &crowd->of[crowd->count];
        if (is_refused_before(&place->model, (enum event)event)) {
            continue;
        }
        *tried = (struct tried){.event = (enum event)event, .model = place->model};
        tried->expected = model_step(&tried->model, tried->event, &tried->left);
        bool still = memcmp(&tried->model, &place->model, sizeof tried->model) == 0;
        walker[crowd->count++] = still ? 0 : crowd->walker_count++;
    }
    for (size_t i = 0; i < crowd->walker_count; i++) {
        crowd->walkers[i] = pensioner_new(&world, next_number++);
    }
    bring(place, crowd);
    for (size_t i = 0; i < crowd->count; i++) {
        crowd->of[i].pensioner = crowd->walkers[walker[i]];
        crowd->of[i].pensioner.event = crowd->of[i].event;
    }
}

/* --- the trial --- */

static status act(struct tried *tried, struct txn *txn)
{
    tried->result = pensioner_act(&tried->pensioner, txn);
    return tried->result;
}

static status act_now(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->of[i].expected && crowd->of[i].event != TIME_PASSES) {
            TRY(act(&crowd->of[i], txn));
        }
    }
    return STATUS_OK;
}

static status act_later(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->of[i].event == TIME_PASSES) {
            TRY(act(&crowd->of[i], txn));
        }
    }
    return STATUS_OK;
}

/* Nothing of it is kept. */
static status act_in_vain(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->count; i++) {
        if (!crowd->of[i].expected) {
            (void)act(&crowd->of[i], txn);
        }
    }
    return FAIL(CERTIFICATE_STATE);
}

static status look(struct look *l, struct owner owner, struct txn *txn)
{
    obligation_row *row;
    TRY(obligation_store_get(txn, owner, YEAR, 1, &row));
    l->row = row;
    TRY(proofs_read(txn, owner, &l->proofs));
    return audit_store_subject_count(txn, owner, &l->entry_count);
}

static status look_before(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->count; i++) {
        TRY(look(&crowd->of[i].before, crowd->of[i].pensioner.owner, txn));
    }
    return STATUS_OK;
}

static status look_after(void *ctx, struct txn *txn)
{
    struct crowd *crowd = ctx;
    for (size_t i = 0; i < crowd->count; i++) {
        TRY(look(&crowd->of[i].after, crowd->of[i].pensioner.owner, txn));
    }
    return STATUS_OK;
}

/* --- what is looked at: the audit chain --- */

/* Whether the entries from FIRST on are those that are expected. */
struct entries {
    struct owner owner;
    uint64_t first, count;
    const struct left *left;
    bool same;
};

static status compare_entries(void *ctx, struct txn *txn)
{
    struct entries *e = ctx;
    bool found[ENTRIES_MAX] = {false};
    e->same = e->count == e->left->entry_count;
    for (uint64_t i = 0; i < e->count && e->same; i++) {
        audit_subject_row *link;
        audit_row *row;
        struct audit_entry entry;
        size_t at = 0;
        TRY(audit_store_subject(txn, e->owner, e->first + i, &link));
        TRY(audit_store_get(txn, link->sequence, &row));
        assert_true(audit_entry_decode(bytes_of(row->entry.data, row->entry.len), &entry));
        while (at < e->left->entry_count &&
               (found[at] || !bytes_equal(bytes_str(e->left->entries[at]), entry.event))) {
            at++;
        }
        e->same = at < e->left->entry_count;
        found[e->same ? at : 0] = true;
    }
    return STATUS_OK;
}

static bool is_audited(const struct tried *tried)
{
    const struct left *left = &tried->left;
    struct entries e = {tried->pensioner.owner, tried->before.entry_count + 1,
                        tried->after.entry_count - tried->before.entry_count, left, false};
    if (e.count == 0) {
        return left->entry_count == 0;
    }
    assert_ok(harness_read(&world.h, compare_entries, &e));
    return e.same;
}

/* --- the steps that were taken --- */

enum {
    CERTIFICATE_STATES = CERTIFICATE(REFUSED) + 1,
    OBLIGATION_STATES = OBLIGATION(REINSTATED) + 1
};

static bool certificate_steps[CERTIFICATE_STATES][CERTIFICATE_STATES];
static bool obligation_steps[OBLIGATION_STATES][OBLIGATION_STATES];

static void took(certificate_state from, certificate_state to)
{
    certificate_steps[from][to] |= from != to;
}

/* What is filed with nothing left to check is looked at in the same transaction. */
static void note_certificates(const struct proofs *before, const struct proofs *after,
                              const struct left *left)
{
    for (size_t i = 0; i < after->count; i++) {
        certificate_state from = CERTIFICATE(UNSPECIFIED), to = after->of[i].state;
        for (size_t j = 0; j < before->count; j++) {
            bool same = memcmp(before->of[j].certificate.bytes, after->of[i].certificate.bytes,
                               ID_BYTES) == 0;
            from = same ? before->of[j].state : from;
        }
        if (left->promise == FILED && from != to && to == CERTIFICATE(IN_REVIEW)) {
            took(from, CERTIFICATE(SUBMITTED));
            from = CERTIFICATE(SUBMITTED);
        }
        took(from, to);
    }
}

/* As the obligation keeps them; false when one is not drawn, or it was not kept. */
static bool note_obligation(const obligation_row *before, const obligation_row *after)
{
    uint32_t from = before->state;
    bool good = true;
    if (after->n_steps == LIMIT_OBLIGATION_STEPS) {
        return true; /* the oldest are forgotten */
    }
    for (size_t i = before->n_steps; i < after->n_steps; i++) {
        uint32_t to = after->steps[i]->state;
        good = good && obligation_may((obligation_state)from, (obligation_state)to);
        obligation_steps[from][to] = true;
        from = to;
    }
    return good && from == after->state;
}

static const char *step_wrong(const struct tried *tried)
{
    const struct look *before = &tried->before, *after = &tried->after;
    note_certificates(&before->proofs, &after->proofs, &tried->left);
    if (!note_obligation(before->row, after->row)) {
        return "a step that is not drawn, or not kept";
    }
    if (!is_audited(tried)) {
        return "other entries in the audit chain";
    }
    return proofs_wrong(&tried->pensioner, &before->proofs, &after->proofs, &tried->left);
}

/* True when the real one went as the model says. */
static bool went_well(const struct tried *tried)
{
    const char *wrong = step_wrong(tried);
    obligation_state state = (obligation_state)tried->after.row->state;
    bool good = ok(tried->result) == tried->expected && state == model_state(&tried->model) &&
                wrong == NULL;
    if (!good && !world.planted) {
        (void)fprintf(stderr, "walk: %s, not %s; state %d, not %d; %s\n",
                      reason_name(tried->result.why), tried->expected ? "OK" : "refused",
                      (int)state, (int)model_state(&tried->model), wrong == NULL ? "" : wrong);
    }
    return good;
}

/* --- the search --- */

/* How many went another way than the model. */
static size_t try_all(const struct place *place)
{
    static struct crowd crowd;
    size_t wrong = 0;
    gather(place, &crowd);
    assert_ok(harness_read(&world.h, look_before, &crowd));
    status now = write_all(&crowd, act_now);
    status in_vain = write_all(&crowd, act_in_vain);
    bool kept = ok(now) && in_vain.why == REASON_CERTIFICATE_STATE;
    int64_t then_ms = clock_wall_ms(&world.h.clock.clock);
    let_time_pass(&place->model);
    kept = ok(write_all(&crowd, act_later)) && kept;
    assert_ok(harness_read(&world.h, look_after, &crowd));
    for (size_t i = 0; i < crowd.count; i++) {
        crowd.of[i].pensioner.now_ms = crowd.of[i].event == TIME_PASSES
                                           ? clock_wall_ms(&world.h.clock.clock)
                                           : then_ms;
        trials++;
        if (!went_well(&crowd.of[i])) {
            (void)fprintf(stderr, "walk: event %d in state %d, %zu steps\n", crowd.of[i].event,
                          (int)model_state(&place->model), place->len);
            wrong++;
            continue;
        }
        add(place, crowd.of[i].event, &crowd.of[i].model);
    }
    return kept ? wrong : wrong + 1;
}

static size_t search(size_t most_wrong)
{
    size_t wrong = 0;
    place_count = 1;
    places[0] = (struct place){.len = 0};
    for (size_t i = 0; i < place_count && wrong < most_wrong; i++) {
        const struct place from = places[i];
        struct arena_mark mark = arena_mark(&world.h.arena);
        wrong += try_all(&from);
        arena_rewind(&world.h.arena, mark);
    }
    return wrong;
}

/* --- the tests --- */

static int setup(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0) {
        assert_int_equal(setenv("TMPDIR", "/dev/shm", 1), 0); /* nothing here is about the disk */
    }
    pensioner_world_start(&world);
    trials = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pensioner_world_stop(&world);
    return 0;
}

/* docs/life-certificates.md */
static char page[65536];

static void read_page(void)
{
    FILE *in = fopen(HAYAT_SOURCE_DIR "/docs/life-certificates.md", "rb");
    assert_non_null(in);
    page[fread(page, 1, sizeof page - 1, in)] = '\0';
    assert_int_equal(fclose(in), 0);
}

/* NUMBER's name without the enum's, as the page has it. */
static const char *name_of(const ProtobufCEnumDescriptor *states, int number)
{
    const char *unspecified = protobuf_c_enum_descriptor_get_value(states, 0)->name;
    size_t prefix = strlen(unspecified) - strlen("UNSPECIFIED");
    return number == 0 ? "(new)"
                       : protobuf_c_enum_descriptor_get_value(states, number)->name + prefix;
}

static bool is_published(const ProtobufCEnumDescriptor *states, int from, int to)
{
    char row[128];
    (void)snprintf(row, sizeof row, "\n| %s | %s |", name_of(states, from), name_of(states, to));
    return strstr(page, row) != NULL;
}

static size_t published_count(void)
{
    const char *at = strstr(page, "\n## Every step\n");
    assert_non_null(at);
    const char *end = strstr(at + 1, "\n## ");
    size_t count = 0;
    while ((at = strstr(at + 1, "\n| ")) != NULL && at < end) {
        count += strncmp(at, "\n| from |", strlen("\n| from |")) == 0 ? 0 : 1;
    }
    return count;
}

/* The walk takes each step of a certificate that may be taken, and no other; the page has them. */
static size_t check_certificate_steps(void)
{
    size_t taken = 0;
    for (int from = 0; from < CERTIFICATE_STATES; from++) {
        for (int to = 0; to < CERTIFICATE_STATES; to++) {
            if (certificate_steps[from][to] !=
                certificate_may((certificate_state)from, (certificate_state)to)) {
                fail_msg("walk: %d to %d was %staken", from, to,
                         certificate_steps[from][to] ? "" : "not ");
            }
            taken += certificate_steps[from][to] ? 1 : 0;
            if (certificate_steps[from][to] &&
                !is_published(&hayat__v1__life_certificate_state__descriptor, from, to)) {
                fail_msg("docs/life-certificates.md lacks %d to %d", from, to);
            }
        }
    }
    return taken;
}

/* The steps about suspensions, as drawn: these, and from or to them no other. */
static size_t check_suspension_steps(void)
{
    static const obligation_state drawn[][2] = {
        {OBLIGATION(DUE), OBLIGATION(SUSPENSION_PROPOSED)},
        {OBLIGATION(REFUSED), OBLIGATION(SUSPENSION_PROPOSED)},
        {OBLIGATION(SUSPENSION_PROPOSED), OBLIGATION(SUSPENDED)},
        {OBLIGATION(SUSPENSION_PROPOSED), OBLIGATION(DUE)},
        {OBLIGATION(SUSPENSION_PROPOSED), OBLIGATION(REFUSED)},
        {OBLIGATION(SUSPENSION_PROPOSED), OBLIGATION(DRAFT)},
        {OBLIGATION(SUSPENSION_PROPOSED), OBLIGATION(SUBMITTED)},
        {OBLIGATION(SUSPENSION_PROPOSED), OBLIGATION(ACCEPTED)},
        {OBLIGATION(SUSPENDED), OBLIGATION(REINSTATED)},
    };
    size_t taken = 0;
    for (int from = 0; from < OBLIGATION_STATES; from++) {
        for (int to = 0; to < OBLIGATION_STATES; to++) {
            bool about = from >= (int)OBLIGATION(SUSPENSION_PROPOSED) ||
                         to >= (int)OBLIGATION(SUSPENSION_PROPOSED);
            taken += about && obligation_steps[from][to] ? 1 : 0;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(drawn); i++) {
        assert_true(obligation_steps[drawn[i][0]][drawn[i][1]]);
        assert_true(is_published(&hayat__v1__obligation_state__descriptor, (int)drawn[i][0],
                                 (int)drawn[i][1]));
    }
    assert_int_equal(taken, ARRAY_LEN(drawn));
    return taken;
}

static void every_state_takes_every_event_as_the_rules_say(void **state)
{
    (void)state;
    bool reached[OBLIGATION_STATES] = {false};
    assert_int_equal(search(1), 0);
    for (size_t i = 0; i < place_count; i++) {
        reached[model_state(&places[i].model)] = true;
    }
    for (int i = OBLIGATION(DUE); i < (int)OBLIGATION_STATES; i++) {
        assert_true(reached[i]);
    }
    read_page();
    assert_int_equal(check_certificate_steps() + check_suspension_steps(), published_count());
    (void)fprintf(stderr, "walk: %zu states, %zu events tried in them\n", place_count, trials);
}

static void a_planted_bug_is_found(void **state)
{
    (void)state;
    world.planted = true;
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
