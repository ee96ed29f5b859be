#include "service/coverage_message.h"

#include "service/claim_texts.h"
#include "service/home_texts.h"
#include "service/message.h"
#include "service/text_fill.h"

Google__Type__Date *coverage_date(struct arena *arena, int64_t day)
{
    return day == DAY_NONE || day == DAY_FOREVER ? NULL : message_date(arena, day);
}

Hayat__V1__CoverageState coverage_state(const struct coverage *coverage)
{
    if (!coverage->open) {
        return HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_CLOSED;
    }
    return coverage->last == DAY_FOREVER ? HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_OPEN
                                         : HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_OPEN_UNTIL;
}

status coverage_summary(struct arena *arena, const struct family_coverage *family, size_t index,
                        int64_t day, Hayat__V1__CoverageSummary **ret_summary)
{
    Hayat__V1__CoverageSummary *summary = message_new(arena,
                                                      &hayat__v1__coverage_summary__descriptor);
    if (summary == NULL) {
        return FAIL(ARENA_FULL);
    }
    struct coverage coverage = family_coverage_on(family, index, day);
    summary->beneficiary_id = message_id(arena, "ben",
                                         family->people.rows[index].record->beneficiary_id);
    summary->state = coverage_state(&coverage);
    summary->last_covered_date = coverage_date(arena, coverage.last);
    summary->opens_date = coverage_date(arena, coverage.opens);
    summary->reason_code = (char *)(uintptr_t)coverage_reason_code(coverage.reason);
    *ret_summary = summary;
    return arena_check(arena);
}

status coverage_message(struct rpc *rpc, const struct coverage *coverage,
                        Hayat__V1__Coverage **ret_message)
{
    struct arena *arena = rpc->arena;
    Hayat__V1__Coverage *message = message_new(arena, &hayat__v1__coverage__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->state = coverage_state(coverage);
    message->open_since_date = coverage_date(arena, coverage->since);
    message->last_covered_date = coverage_date(arena, coverage->last);
    message->opens_date = coverage_date(arena, coverage->opens);
    message->reason_code = message_text(arena, coverage_reason_code(coverage->reason));
    message->reason = message_text(arena, coverage_reason_text(coverage->reason, rpc->language));
    message->next_step = message_text(arena,
                                      coverage_reason_next_step(coverage->reason, rpc->language));
    *ret_message = message;
    return arena_check(arena);
}

/* --- exemptions: {1} the rate, {2} the last day --- */

enum exemption_case { FOR_GOOD, RENEWS, RUNS_OUT, AHEAD, ENDED };

static const char *const exemption_texts[][3] = {
    [FOR_GOOD] = {"Care for it is reimbursed at {1}.", "Les soins liés sont remboursés à {1}.",
                  "تعوض العلاجات المرتبطة به بنسبة {1}."},
    [RENEWS] = {"Reimbursed at {1} until {2}; it renews by itself, you have nothing to do.",
                "Remboursement à {1} jusqu'au {2} ; le renouvellement est automatique, vous n'avez "
                "rien à faire.",
                "تعويض بنسبة {1} إلى غاية {2}؛ يتجدد تلقائيا ولا يلزمكم أي إجراء."},
    [RUNS_OUT] =
        {"Reimbursed at {1} until {2}; ask your doctor for the renewal file before that day.",
         "Remboursement à {1} jusqu'au {2} ; demandez à votre médecin le dossier de renouvellement "
         "avant "
         "cette date.",
         "تعويض بنسبة {1} إلى غاية {2}؛ اطلبوا من طبيبكم ملف التجديد قبل هذا التاريخ."},
    [AHEAD] = {"It has not begun yet.", "Elle n'a pas encore commencé.", "لم يبدأ بعد."},
    [ENDED] = {"It ended on {2}; ask your doctor for the renewal file.",
               "Elle a pris fin le {2} ; demandez à votre médecin le dossier de renouvellement.",
               "انتهى يوم {2}؛ اطلبوا من طبيبكم ملف التجديد."},
};

static enum exemption_case case_of(const struct exemption_view *view, bool renews)
{
    switch (view->state) {
    case EXEMPTION_AHEAD:
        return AHEAD;
    case EXEMPTION_ENDED:
        return ENDED;
    case EXEMPTION_IN_FORCE:
        break;
    }
    if (view->to == DAY_NONE) {
        return FOR_GOOD;
    }
    return renews ? RENEWS : RUNS_OUT;
}

static char *exemption_text(struct rpc *rpc, const struct exemption_view *view, bool renews,
                            uint32_t rate)
{
    const char *values[2] = {
        claim_text_rate(rpc->arena, rpc->language, (int32_t)rate),
        view->to == DAY_NONE ? ""
                             : home_text_date(rpc->arena, rpc->language, date_from_days(view->to)),
    };
    return text_fill(rpc->arena, exemption_texts[case_of(view, renews)][rpc->language], values, 2);
}

status exemption_message(struct rpc *rpc, const Hayat__Store__V1__StoredExemption *stored,
                         int64_t day, Hayat__V1__Exemption **ret_message)
{
    Hayat__V1__Exemption *message = message_new(rpc->arena, &hayat__v1__exemption__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    struct exemption_facts facts = {.from = stored->from_days,
                                    .to = stored->to_days == 0 ? DAY_NONE : stored->to_days,
                                    .renews = stored->renews};
    struct exemption_view view = exemption_on(&facts, day);
    message->exemption_code = stored->exemption_code;
    message->condition_code = stored->condition_code;
    message->from_date = message_optional_date(rpc->arena, stored->from_days);
    message->to_date = coverage_date(rpc->arena, view.to);
    message->renews = stored->renews;
    message->state = (Hayat__V1__ExemptionState)(view.state + 1);
    message->rate_basis_points = (int32_t)stored->rate_basis_points;
    message->text = exemption_text(rpc, &view, stored->renews, stored->rate_basis_points);
    *ret_message = message;
    return arena_check(rpc->arena);
}
