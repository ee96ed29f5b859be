/* Promise: a member finds every claim, newest first, and understands each amount, refusal and delay; nobody else's. */
#include "tests/support/cm.h"

#include <string.h>

#include "service/message.h"
#include "tests/support/health.h"

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    health_put_reference(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_member member(const char *number)
{
    struct harness_member m = harness_member(&h, number);
    fund_put_family(&h, m.owner, 2);
    return m;
}

static const Hayat__V1__ListClaimsResponse *list(const char *token,
                                                 const Hayat__V1__ListClaimsRequest *request)
{
    return (const Hayat__V1__ListClaimsResponse *)fund_call(&h, CLAIM_METHOD("ListClaims"), token,
                                                            &request->base);
}

static char *numbered(const char *prefix, int number)
{
    return arena_printf(&h.arena, "%s-%05d", prefix, number);
}

/* COUNT files of the numbers FIRST and on, received on a day that DAY_OF tells; no memory is kept. */
static void put_many(struct owner owner, const char *prefix, int first, int count,
                     int64_t (*day_of)(int number))
{
    Hayat__Store__V1__StoredClaim *claims[HEALTH_BATCH];
    for (int done = 0; done < count;) {
        struct arena_mark mark = arena_mark(&h.arena);
        int some = count - done < HEALTH_BATCH ? count - done : HEALTH_BATCH;
        for (int i = 0; i < some; i++) {
            int number = first + done + i;
            claims[i] = health_claim(&h, numbered(prefix, number), day_of(number));
        }
        health_put_claims(&h, owner, claims, (size_t)some);
        arena_rewind(&h.arena, mark);
        done += some;
    }
}

/* --- lists --- */

static int64_t in_order(int number)
{
    return 20000 + number;
}

static void test_newest_first_in_pages(void **state)
{
    (void)state;
    struct harness_member m = member("999100001");
    for (int i = 0; i < 70; i++) { /* three stored pages; put in no order */
        put_many(m.owner, "F", (i * 37) % 70, 1, in_order);
    }
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    int expected = 69;
    do {
        const Hayat__V1__ListClaimsResponse *page = list(m.token, &request);
        assert_true(page->n_claims == 20 || page->n_claims == 10);
        for (size_t i = 0; i < page->n_claims; i++) {
            assert_string_equal(page->claims[i]->file_number, numbered("F", expected--));
        }
        request.page_token = page->next_page_token;
    } while (request.page_token[0] != '\0');
    assert_int_equal(expected, -1);
    request.page_size = 100;
    assert_int_equal(list(m.token, &request)->n_claims, 70);
}

static void test_filters(void **state)
{
    (void)state;
    struct harness_member m = member("999100002");
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, "A", 20100);
    health_put_claim(&h, m.owner, claim);
    claim = health_claim(&h, "B", 20200);
    claim->state = CLAIM_STATE(REJECTED);
    claim->payment_days = 0;
    claim->update_ms = 1800000000000;
    health_put_claim(&h, m.owner, claim);
    claim = health_claim(&h, "C", 20300);
    claim->beneficiary_seq = 1;
    health_put_claim(&h, m.owner, claim);

    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    const Hayat__V1__ListClaimsResponse *all = list(m.token, &request);
    assert_int_equal(all->n_claims, 3);
    char *of_spouse = all->claims[0]->beneficiary_id;

    Hayat__V1__ClaimState rejected[] = {CLAIM_STATE(REJECTED), CLAIM_STATE(REVERSED)};
    request.states = rejected;
    request.n_states = 2;
    assert_string_equal(list(m.token, &request)->claims[0]->file_number, "B");
    assert_int_equal(list(m.token, &request)->n_claims, 1);
    request.n_states = 0;

    request.beneficiary_id = of_spouse;
    assert_int_equal(list(m.token, &request)->n_claims, 1);
    assert_string_equal(list(m.token, &request)->claims[0]->file_number, "C");
    request.beneficiary_id = (char *)(uintptr_t) "";

    request.care_date_from = message_date(&h.arena, 20150);
    request.care_date_to = message_date(&h.arena, 20195); /* B's own day: both counted in */
    assert_int_equal(list(m.token, &request)->n_claims, 1);
    assert_string_equal(list(m.token, &request)->claims[0]->file_number, "B");
    request.care_date_to = message_date(&h.arena, 20194);
    assert_int_equal(list(m.token, &request)->n_claims, 0);
    request.care_date_from = request.care_date_to = NULL;

    request.payment_date_to = message_date(&h.arena, 20400); /* B was not paid at all */
    assert_int_equal(list(m.token, &request)->n_claims, 2);
    request.payment_date_from = message_date(&h.arena, 20111);
    assert_int_equal(list(m.token, &request)->n_claims, 1);
    request.payment_date_from = request.payment_date_to = NULL;

    request.updated_since = message_time(&h.arena, 1800000000000);
    assert_int_equal(list(m.token, &request)->n_claims, 1);
    request.updated_since = message_time(&h.arena, 1800000000001);
    assert_int_equal(list(m.token, &request)->n_claims, 0);
}

static void test_what_is_no_filter(void **state)
{
    (void)state;
    struct harness_member m = member("999100003"), other = member("999100004");
    health_put_claim(&h, m.owner, health_claim(&h, "A", 20100));
    health_put_claim(&h, m.owner, health_claim(&h, "B", 20101));
    health_put_claim(&h, other.owner, health_claim(&h, "O", 20100));
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    request.care_date_from = message_date(&h.arena, 20100);
    request.care_date_from->month = 13;
    struct harness_reply refused = harness_call(&h, CLAIM_METHOD("ListClaims"), m.token,
                                                &request.base);
    assert_int_equal(refused.result.why, REASON_INVALID_FIELD);
    assert_string_equal(refused.bad_request->field_violations[0]->field, "care_date_from");
    request.care_date_from = NULL;

    /* another member's person and nobody's are the same (SEC-A3) */
    request.beneficiary_id = list(other.token, &request)->claims[0]->beneficiary_id;
    struct harness_reply theirs = harness_call(&h, CLAIM_METHOD("ListClaims"), m.token,
                                               &request.base);
    request.beneficiary_id = message_id_of(&h.arena, "ben", (struct id){{7}});
    struct harness_reply nobodys = harness_call(&h, CLAIM_METHOD("ListClaims"), m.token,
                                                &request.base);
    assert_int_equal(theirs.result.why, REASON_NOT_FOUND);
    fund_assert_same_failure(&theirs, &nobodys);
    request.beneficiary_id = (char *)(uintptr_t) "";

    /* a page token belongs to its member and its filter */
    request.page_size = 1;
    request.page_token = list(m.token, &request)->next_page_token;
    assert_int_equal(
        harness_call(&h, CLAIM_METHOD("ListClaims"), other.token, &request.base).result.why,
        REASON_PAGE_TOKEN_INVALID);
    request.updated_since = message_time(&h.arena, 1);
    assert_int_equal(
        harness_call(&h, CLAIM_METHOD("ListClaims"), m.token, &request.base).result.why,
        REASON_PAGE_TOKEN_INVALID);
}

static int64_t three_a_day(int number)
{
    return 20000 + number / 3;
}

/* Before, at and behind the place of the walk. */
static int64_t anywhere(int number)
{
    return 19990 + (int64_t)number * 7919 % 100;
}

/* A walk while the feed inserts: what existed at its start comes exactly once. */
static void test_a_thousand_inserts_during_a_walk(void **state)
{
    (void)state;
    enum { BEFORE = 200, INSERTS = 1000, PAGE = 5, EACH_TIME = INSERTS / (BEFORE / PAGE) };
    struct harness_member m = member("999100005");
    uint8_t seen[BEFORE] = {0};
    put_many(m.owner, "OLD", 0, BEFORE, three_a_day);
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    request.page_size = PAGE;
    int inserted = 0, pages = 0;
    do {
        const Hayat__V1__ListClaimsResponse *page = list(m.token, &request);
        for (size_t i = 0; i < page->n_claims; i++) {
            if (strncmp(page->claims[i]->file_number, "OLD-", 4) == 0) {
                seen[strtol(page->claims[i]->file_number + 4, NULL, 10)]++;
            }
        }
        request.page_token = page->next_page_token;
        pages++;
        int more = INSERTS - inserted < EACH_TIME ? INSERTS - inserted : EACH_TIME;
        put_many(m.owner, "NEW", inserted, more, anywhere);
        inserted += more;
    } while (request.page_token[0] != '\0');
    assert_int_equal(inserted, INSERTS);
    assert_true(pages > BEFORE / PAGE);
    for (int i = 0; i < BEFORE; i++) {
        assert_int_equal(seen[i], 1);
    }
}

/* A filter that matches little ends its page early, and the walk still comes to the end. */
static void test_a_filter_that_matches_little(void **state)
{
    (void)state;
    struct harness_member m = member("999100006");
    Hayat__Store__V1__StoredClaim *oldest = health_claim(&h, "REVERSED", 19999);
    oldest->state = CLAIM_STATE(REVERSED);
    health_put_claim(&h, m.owner, oldest);
    put_many(m.owner, "F", 0, LIMIT_SUMMARIES_LOOKED_AT, in_order);
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    Hayat__V1__ClaimState reversed = CLAIM_STATE(REVERSED);
    request.states = &reversed;
    request.n_states = 1;
    const Hayat__V1__ListClaimsResponse *first = list(m.token, &request);
    assert_int_equal(first->n_claims, 0);
    assert_string_not_equal(first->next_page_token, "");
    request.page_token = first->next_page_token;
    const Hayat__V1__ListClaimsResponse *second = list(m.token, &request);
    assert_int_equal(second->n_claims, 1);
    assert_string_equal(second->next_page_token, "");
}

/* --- one claim --- */

static struct harness_reply get(const char *token, const char *claim_id, const char *language)
{
    Hayat__V1__GetClaimRequest request = HAYAT__V1__GET_CLAIM_REQUEST__INIT;
    request.claim_id = (char *)(uintptr_t)claim_id;
    size_t size = hayat__v1__get_claim_request__get_packed_size(&request);
    uint8_t *packed = arena_alloc(&h.arena, size + 1);
    (void)hayat__v1__get_claim_request__pack(&request, packed);
    struct call_headers headers = {
        .path = bytes_str(CLAIM_METHOD("GetClaim")),
        .authorization = bytes_str(arena_printf(&h.arena, "Bearer %s", token)),
        .accept_language = bytes_str(language),
        .peer = bytes_str("ipv4:192.0.2.7:40000"),
        .deadline_us = INT64_MAX};
    return harness_call_wire(&h, &headers, bytes_of(packed, size));
}

static const Hayat__V1__Claim *claim_of(const char *token, const char *claim_id,
                                        const char *language)
{
    struct harness_reply reply = get(token, claim_id, language);
    assert_ok(reply.result);
    return ((const Hayat__V1__GetClaimResponse *)reply.response)->claim;
}

static void expect_steps(const Hayat__V1__ClaimLine *line, const char *const *texts, size_t count)
{
    assert_int_equal(line->n_explanation, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(line->explanation[i]->text, texts[i]);
    }
}

/* domain.md, section 4. */
static void test_the_worked_example(void **state)
{
    (void)state;
    struct harness_member m = member("999100010");
    char *id = health_put_claim(&h, m.owner, health_claim(&h, "W-1", 20400));
    static const char *const english[] = {
        "Billed: 150.00 MAD.",
        "Reference tariff C (TNR-2006): 80.00 MAD.",
        "Rate of reimbursement: 70%.",
        "The fund pays 70% of 80.00 MAD: 56.00 MAD.",
        "Your share of the tariff (ticket modérateur): 24.00 MAD.",
        "Billed above the tariff, paid by you: 70.00 MAD.",
    };
    static const char *const french[] = {
        "Montant facturé : 150,00\u00a0DH.",
        "Tarif de référence C (TNR-2006) : 80,00\u00a0DH.",
        "Taux de remboursement : 70\u00a0%.",
        "La caisse rembourse 70\u00a0% de 80,00\u00a0DH : 56,00\u00a0DH.",
        "Votre part du tarif (ticket modérateur) : 24,00\u00a0DH.",
        "Dépassement du tarif, à votre charge : 70,00\u00a0DH.",
    };
    const Hayat__V1__Claim *claim = claim_of(m.token, id, "en");
    assert_int_equal(claim->n_timeline, 2); /* by its days: received, paid */
    assert_string_equal(claim->timeline[0]->code, "received");
    assert_string_equal(claim->timeline[1]->code, "paid");
    assert_int_equal(claim->n_lines, 1);
    const Hayat__V1__ClaimLine *line = claim->lines[0];
    assert_int_equal(line->amounts->reimbursed_centimes, 5600);
    assert_int_equal(line->amounts->ticket_moderateur_centimes, 2400);
    assert_int_equal(line->amounts->overrun_centimes, 7000);
    assert_int_equal(line->amounts->non_covered_centimes, 0);
    expect_steps(line, english, 6);
    expect_steps(claim_of(m.token, id, "fr")->lines[0], french, 6);
    assert_string_equal(claim_of(m.token, id, "ar")->lines[0]->explanation[3]->text,
                        "يعوض الصندوق 70% من 80.00 درهم: 56.00 درهم.");
}

static void test_adjusted_and_exempted(void **state)
{
    (void)state;
    struct harness_member m = member("999100011");
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, "W-2", 20400);
    Hayat__Store__V1__StoredClaimLine *line = claim->lines[0];
    Hayat__Store__V1__StoredAdjustment adjustment = HAYAT__STORE__V1__STORED_ADJUSTMENT__INIT;
    Hayat__Store__V1__StoredAdjustment *adjustments[] = {&adjustment};
    adjustment.reason_code = message_text(&h.arena, "unjustified_caesarean");
    adjustment.base_change_centimes = -500000;
    line->adjustments = adjustments;
    line->n_adjustments = 1;
    line->letter_key = message_text(&h.arena, "K");
    line->coefficient_thousandths = 20500;
    line->exemption_code = message_text(&h.arena, "ALD");
    line->base_centimes = 300000;
    line->rate_basis_points = 10000;
    *line->split = (Hayat__Store__V1__StoredSplit){.base = line->split->base,
                                                   .billed_centimes = 1000000,
                                                   .reimbursed_centimes = 300000,
                                                   .overrun_centimes = 700000};
    char *id = health_put_claim(&h, m.owner, claim);
    const char *adjusted = "A caesarean without a medical reason is paid at the tariff of a normal "
                           "delivery. Change of the base: -5,000.00 MAD.";
    const char *const steps[] = {
        "Billed: 10,000.00 MAD.",
        "Reference tariff K\u00a0×\u00a020.5 (TNR-2006): 8,000.00 MAD.",
        adjusted,
        "Exemption ALD: the rate is 100%.",
        "The fund pays 100% of 3,000.00 MAD: 3,000.00 MAD.",
        "Billed above the tariff, paid by you: 7,000.00 MAD.",
    };
    const Hayat__V1__Claim *told = claim_of(m.token, id, "en");
    expect_steps(told->lines[0], steps, 6);
    assert_int_equal(told->lines[0]->adjustments[0]->base_change_centimes, -500000);
    /* the fund's own amounts stand, and no formula is claimed that does not give them */
    line->split->reimbursed_centimes = 299900;
    line->split->overrun_centimes = 700100;
    id = health_put_claim(&h, m.owner, claim);
    assert_string_equal(claim_of(m.token, id, "en")->lines[0]->explanation[4]->text,
                        "The fund pays 2,999.00 MAD.");
}

static void test_everything_missing_at_once(void **state)
{
    (void)state;
    struct harness_member m = member("999100012");
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, "M-1", 20468);
    claim->state = CLAIM_STATE(MORE_INFORMATION_NEEDED);
    claim->decision_days = claim->payment_days = 0;
    health_add_missing(&h, claim, "missing_prescription", 0);
    health_add_missing(&h, claim, "xray_missing", 20500);
    health_add_missing(&h, claim, "illegible", 0);
    health_add_rejection(&h, claim, "of_next_year");
    char *id = health_put_claim(&h, m.owner, claim);
    const Hayat__V1__Claim *told = claim_of(m.token, id, "fr");
    assert_int_equal(told->n_missing_items, 3);
    assert_string_equal(told->missing_items[0]->code, "missing_prescription");
    assert_string_equal(told->missing_items[0]->text, "L'ordonnance est manquante.");
    assert_non_null(strstr(told->missing_items[0]->next_step, "Envoyez l'original"));
    assert_int_equal(told->missing_items[0]->respond_by_date->day, 16); /* 60 days: 16 March 2026 */
    assert_int_equal(told->missing_items[0]->respond_by_date->month, 3);
    assert_int_equal(told->missing_items[1]->respond_by_date->day, 16); /* told: 16 February 2026 */
    /* nothing told, no days of its own: two months from the care of 10 January to file again */
    assert_int_equal(told->missing_items[2]->respond_by_date->day, 10);
    assert_int_equal(told->missing_items[2]->respond_by_date->month, 3);
    assert_null(told->rejections[0]->respond_by_date); /* unknown: no promise */
    assert_int_equal(told->summary->missing_item_count, 3);
    assert_string_equal(told->rejections[0]->code, "of_next_year");
    assert_string_equal(told->rejections[0]->text, "La caisse a indiqué un autre motif.");
}

static void test_timeline_and_legal_clock(void **state)
{
    (void)state;
    struct harness_member m = member("999100013");
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, "T-1", health_day(2026, 1, 2));
    claim->state = CLAIM_STATE(MORE_INFORMATION_NEEDED);
    claim->decision_days = claim->payment_days = 0;
    health_add_change(&h, claim, CLAIM_STATE(MORE_INFORMATION_NEEDED), health_time(2026, 1, 10, 9));
    health_add_change(&h, claim, CLAIM_STATE(RECEIVED), health_time(2026, 1, 2, 9));
    health_add_change(&h, claim, 77, health_time(2026, 1, 5, 9)); /* of a newer feed */
    Hayat__Store__V1__StoredPause pause = HAYAT__STORE__V1__STORED_PAUSE__INIT;
    Hayat__Store__V1__StoredPause *pauses[] = {&pause};
    pause.start_ms = health_time(2026, 1, 10, 9);
    claim->pauses = pauses;
    claim->n_pauses = 1;
    char *id = health_put_claim(&h, m.owner, claim);
    const Hayat__V1__Claim *told = claim_of(m.token, id, "en");
    assert_int_equal(told->n_timeline, 3);
    assert_string_equal(told->timeline[0]->code, "received");
    assert_string_equal(told->timeline[1]->code, "");
    assert_string_equal(told->timeline[2]->text, "The fund waits for something from you.");
    const Hayat__V1__LegalClock *clock = told->legal_clock;
    assert_string_equal(clock->rule_version, "reimbursement/2026");
    assert_int_equal(clock->limit, 20);
    assert_int_equal(clock->unit, HAYAT__V1__DELAY_UNIT__DELAY_UNIT_DAYS);
    assert_true(clock->paused);
    assert_null(clock->due_time);
    assert_string_equal(clock->text, "The time stands while the fund waits for you.");
    /* the member answers a day later: 20 days from the midnight after, and that day */
    pause.end_ms = health_time(2026, 1, 11, 9);
    claim->state = CLAIM_STATE(IN_REVIEW);
    id = health_put_claim(&h, m.owner, claim);
    clock = claim_of(m.token, id, "en")->legal_clock;
    assert_false(clock->paused);
    assert_int_equal(clock->due_time->seconds, health_time(2026, 1, 24, 0) / 1000);
    assert_string_equal(clock->text, "The fund has until 23 January 2026.");
    /* a provider has another delay; a paid claim's clock has stopped */
    claim->payee = HAYAT__V1__PAYEE__PAYEE_PROVIDER;
    claim->state = CLAIM_STATE(PAID);
    claim->payment_days = health_day(2026, 1, 20);
    id = health_put_claim(&h, m.owner, claim);
    clock = claim_of(m.token, id, "en")->legal_clock;
    assert_string_equal(clock->rule_version, "provider_payment/2026");
    assert_non_null(clock->stop_time);
    assert_false(clock->overdue);
}

static void test_without_reference_sets_nothing_is_guessed(void **state)
{
    (void)state;
    struct harness_member m = member("999100014");
    /* received before any set is valid */
    char *id = health_put_claim(&h, m.owner, health_claim(&h, "O-1", health_day(2003, 1, 1)));
    assert_null(claim_of(m.token, id, "en")->legal_clock);
}

/* As much of everything as the feed takes, in the longest language. */
static void test_the_largest_claim(void **state)
{
    (void)state;
    enum { ITEMS = 8 };
    struct harness_member m = member("999100015");
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, "L-1", 20400);
    Hayat__Store__V1__StoredClaimLine *lines[LIMIT_CLAIM_LINES], *line = claim->lines[0];
    Hayat__Store__V1__StoredAdjustment adjustment = HAYAT__STORE__V1__STORED_ADJUSTMENT__INIT;
    Hayat__Store__V1__StoredAdjustment *adjustments[ITEMS];
    Hayat__Store__V1__StoredRejection rejection = HAYAT__STORE__V1__STORED_REJECTION__INIT;
    Hayat__Store__V1__StoredRejection *rejections[ITEMS];
    char note[512 + 1];
    memset(note, 'x', 512);
    note[512] = '\0';
    adjustment.reason_code = message_text(&h.arena, "unjustified_caesarean");
    rejection.reason_code = message_text(&h.arena, "rights_closed");
    rejection.note = note;
    for (size_t i = 0; i < ITEMS; i++) {
        adjustments[i] = &adjustment;
        rejections[i] = &rejection;
    }
    line->adjustments = adjustments;
    line->rejections = rejections;
    line->n_adjustments = line->n_rejections = ITEMS;
    line->split->non_covered_centimes = 1;
    for (size_t i = 0; i < LIMIT_CLAIM_LINES; i++) {
        lines[i] = line;
    }
    claim->lines = lines;
    claim->n_lines = LIMIT_CLAIM_LINES;
    char *id = health_put_claim(&h, m.owner, claim);
    const Hayat__V1__Claim *told = claim_of(m.token, id, "ar");
    assert_int_equal(told->n_lines, LIMIT_CLAIM_LINES);
    assert_int_equal(told->lines[99]->n_rejections, ITEMS);
    assert_true(told->lines[99]->n_explanation <= 16);
}

static void test_anothers_and_an_unknown_claim_are_the_same(void **state)
{
    (void)state;
    struct harness_member m = member("999100016"), other = member("999100017");
    char *id = health_put_claim(&h, m.owner, health_claim(&h, "P-1", 20400));
    struct harness_reply theirs = get(other.token, id, "en");
    struct harness_reply nobodys = get(other.token,
                                       message_id_of(&h.arena, "clm", (struct id){{7}}), "en");
    assert_int_equal(theirs.result.why, REASON_NOT_FOUND);
    fund_assert_same_failure(&theirs, &nobodys);
    assert_int_equal(get(m.token, "clm_nonsense", "en").result.why, REASON_INVALID_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newest_first_in_pages),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_what_is_no_filter),
        cmocka_unit_test(test_a_thousand_inserts_during_a_walk),
        cmocka_unit_test(test_a_filter_that_matches_little),
        cmocka_unit_test(test_the_worked_example),
        cmocka_unit_test(test_adjusted_and_exempted),
        cmocka_unit_test(test_everything_missing_at_once),
        cmocka_unit_test(test_timeline_and_legal_clock),
        cmocka_unit_test(test_without_reference_sets_nothing_is_guessed),
        cmocka_unit_test(test_the_largest_claim),
        cmocka_unit_test(test_anothers_and_an_unknown_claim_are_the_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
