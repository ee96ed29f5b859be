/*
 * Every path of a pending enrolment against a model of it: what each step answers follows from SEC-B1 alone, whatever came before, for
 * each channel.  Steps are letters:
 *
 *   R right code   W wrong code   O the code before the last one sent   D right code, another device's signature
 *   S another code is asked for   G the agent gives another code        A the address on file changes
 *   T a third of the code's life passes, at the agency of the enrolment's   X the server restarts
 *
 * The paths named here, then HAYAT_ENROL_WALKS (default 2) random ones by each channel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "auth/enrolment_code.h"
#include "base/array.h"
#include "tests/support/applicant.h"
#include "tests/support/cm.h"

enum { WALK_STEPS = 12, WALKS = 2 };
static const char STEPS[] = "RWODSGATX";

static struct harness h;

/* What the fund should think. */
struct model {
    Hayat__V1__EnrolmentChannel channel;
    int64_t life_ms, code_life_ms;
    int64_t end_ms, code_end_ms;
    int tries, sent;
    uint32_t address_version, code_address_version;
    bool has_code, confirmed;
    char code[CODE_TEXT_LEN + 1], before[CODE_TEXT_LEN + 1], device[ID_TEXT_MAX];
};

static int64_t now_ms(void)
{
    return h.clock.mono_us / 1000;
}

static uint32_t version_on_file;

static void set_version(Hayat__Store__V1__StoredMember *member)
{
    member->address_version = version_on_file;
}

static void take_code(struct model *m, const char *text)
{
    memcpy(m->before, m->code, sizeof m->before);
    (void)snprintf(m->code, sizeof m->code, "%s", text);
    m->has_code = true;
    m->code_address_version = m->address_version;
    m->code_end_ms = now_ms() + m->code_life_ms;
}

static status file_code(void *ctx, struct txn *txn)
{
    int64_t expire_ms;
    return agency_code_file(txn, ctx, &expire_ms);
}

static void give_code(struct model *m, const struct applicant *a)
{
    struct agency_code code;
    if (m->channel != BY(AGENCY)) {
        return;
    }
    assert_ok(agency_code_make(h.keys, &random_system, a->owner, &code));
    assert_ok(harness_write(&h, file_code, &code));
    if (!m->confirmed) { /* a later code is for a later enrolment */
        take_code(m, code.code.text);
    }
}

static bool is_over(const struct model *m)
{
    return now_ms() >= m->end_ms || m->tries >= LIMIT_CODE_TRIES;
}

/* --- what a step should answer --- */

static enum reason wrong(struct model *m)
{
    m->tries++;
    return REASON_ENROLMENT_CODE_INVALID;
}

static enum reason expect_right(struct model *m)
{
    if (is_over(m)) {
        return REASON_ENROLMENT_ENDED;
    }
    if (!m->has_code || (!m->confirmed && now_ms() >= m->code_end_ms)) {
        return wrong(m);
    }
    if (!m->confirmed && m->address_version != m->code_address_version) {
        return REASON_ENROLMENT_ENDED;
    }
    m->confirmed = true;
    return REASON_OK;
}

static enum reason expect_wrong(struct model *m)
{
    return is_over(m) ? REASON_ENROLMENT_ENDED : wrong(m);
}

/* --- steps --- */

static void confirm(struct model *m, const struct applicant *a, const char *code,
                    enum reason expected)
{
    struct harness_reply reply = applicant_confirm(&h, a, code);
    assert_string_equal(reason_name(reply.result.why), reason_name(expected));
    if (expected == REASON_ENROLMENT_CODE_INVALID) {
        assert_int_equal(strtol(harness_error_value(&reply, "tries_left"), NULL, 10),
                         LIMIT_CODE_TRIES - m->tries);
    }
    if (expected != REASON_OK) {
        return;
    }
    if (m->device[0] == '\0') {
        (void)snprintf(m->device, sizeof m->device, "%s", applicant_device(&reply));
    }
    assert_string_equal(applicant_device(&reply), m->device); /* one device, however often asked */
}

static void resend(struct model *m, const struct applicant *a)
{
    int budget =
        3; /* letters in 30 days, or messages in a day: none comes back while an enrolment lives */
    status s = applicant_resend(&h, a).result;
    if (is_over(m) || m->confirmed) {
        assert_reason(s, ENROLMENT_ENDED);
        return;
    }
    assert_ok(s);
    if (m->channel != BY(AGENCY) && m->sent < budget) {
        m->sent++;
        take_code(m, applicant_code(&h, a));
    }
}

static void by_another_device(struct model *m, const struct applicant *a)
{
    struct applicant other = *a;
    applicant_new_key(&other);
    confirm(m, &other, m->has_code ? m->code : "some code",
            is_over(m) ? REASON_ENROLMENT_ENDED : REASON_SIGNATURE_INVALID);
}

static void change_address(struct model *m, const struct applicant *a)
{
    version_on_file = ++m->address_version;
    applicant_file_changed(&h, a, set_version);
}

static void step(struct model *m, const struct applicant *a, char c)
{
    const char *none = m->channel == BY(SMS) ? "00000000" : "0000-0000-0000";
    switch (c) {
    case 'R':
        confirm(m, a, m->has_code ? m->code : none, expect_right(m));
        return;
    case 'W':
        confirm(m, a, none, expect_wrong(m));
        return;
    case 'O':
        confirm(m, a, m->before[0] == '\0' ? none : m->before, expect_wrong(m));
        return;
    case 'D':
        by_another_device(m, a);
        return;
    case 'S':
        resend(m, a);
        return;
    case 'G':
        give_code(m, a);
        return;
    case 'A':
        change_address(m, a);
        return;
    case 'T':
        fake_clock_advance(&h.clock, (m->channel == BY(AGENCY) ? m->life_ms : m->code_life_ms) / 3);
        return;
    case 'X':
        harness_restart(&h);
        return;
    default:
        fail_msg("no such step: %c", c);
    }
}

static void walk(Hayat__V1__EnrolmentChannel channel, const char *steps)
{
    static int walks;
    bool sms = channel == BY(SMS);
    char registration[16];
    struct model m = {.channel = channel, .address_version = 1};
    (void)snprintf(registration, sizeof registration, "99%07d", ++walks);
    struct applicant a = applicant(&h, registration);
    m.life_ms = sms                     ? LIMIT_ENROLMENT_SMS_MS
                : channel == BY(AGENCY) ? LIMIT_ENROLMENT_AGENCY_MS
                                        : LIMIT_ENROLMENT_MS;
    m.code_life_ms = sms ? LIMIT_CODE_SMS_MS : LIMIT_CODE_MS;
    print_message("    %s %s\n", sms ? "sms   " : channel == BY(POST) ? "post  " : "agency", steps);
    applicant_file(&h, &a);
    assert_ok(applicant_start(&h, &a, channel).result);
    m.end_ms = now_ms() + m.life_ms;
    if (channel != BY(AGENCY)) {
        m.sent = 1;
        take_code(&m, applicant_code(&h, &a));
    }
    for (const char *c = steps; *c != '\0'; c++) {
        step(&m, &a, *c);
        fake_clock_advance(&h.clock, 200); /* so that the rate of one network is no part of this */
    }
}

/* --- paths --- */

static void paths_by(Hayat__V1__EnrolmentChannel channel)
{
    static const char *const paths[] = {
        "GR",       "GRR",    "GWR",    "GWWWWR", "GWWWWWR",  "GAR",     "GDR",
        "GDDDDDDR", "GTTR",   "GTTTR",  "GSR",    "GSOR",     "GSSSSR",  "GASR",
        "GAGR",     "GRAR",   "GRS",    "GRWR",   "GRTTTR",   "GRTTTTR", "GWXWXWXWXWXR",
        "GGOR",     "TTTTTR", "XGXRXR", "TTTSR",  "TTTTTTTS",
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        walk(channel, paths[i]);
    }
}

static void random_walks(Hayat__V1__EnrolmentChannel channel, uint64_t seed)
{
    const char *asked = getenv("HAYAT_ENROL_WALKS");
    long count = asked == NULL ? WALKS : strtol(asked, NULL, 10);
    struct fake_random random;
    fake_random_init(&random, seed);
    for (long i = 0; i < count; i++) {
        uint8_t drawn[WALK_STEPS];
        char steps[WALK_STEPS + 1] = "";
        random_fill(&random.source, drawn, sizeof drawn);
        for (int s = 0; s < WALK_STEPS; s++) {
            steps[s] = STEPS[drawn[s] % (sizeof STEPS - 1)];
        }
        walk(channel, steps);
    }
}

static void by_post(void **state)
{
    (void)state;
    paths_by(BY(POST));
    random_walks(BY(POST), 1);
}

static void by_sms(void **state)
{
    (void)state;
    paths_by(BY(SMS));
    random_walks(BY(SMS), 2);
}

static void at_the_agency(void **state)
{
    (void)state;
    paths_by(BY(AGENCY));
    random_walks(BY(AGENCY), 3);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_post, setup, teardown),
        cmocka_unit_test_setup_teardown(by_sms, setup, teardown),
        cmocka_unit_test_setup_teardown(at_the_agency, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
