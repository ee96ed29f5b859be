#include "service/claim_texts.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "service/claim_rules.h"
#include "service/home_texts.h"
#include "service/text_fill.h"

#define KIND(name) HAYAT__V1__EXPLANATION_KIND__EXPLANATION_KIND_##name

/* --- numbers --- */

enum { GROUPED_MAX = 40 };

/* Digits in groups of three. */
static void group(uint64_t value, const char *separator, char out[GROUPED_MAX])
{
    char digits[24];
    size_t len = 0, at = 0;
    do {
        digits[len++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (len > 0) {
        out[at++] = digits[--len];
        if (len > 0 && len % 3 == 0) {
            size_t n = strlen(separator);
            memcpy(out + at, separator, n);
            at += n;
        }
    }
    out[at] = '\0';
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

char *claim_text_amount(struct arena *arena, enum language language, int64_t centimes)
{
    char dirhams[GROUPED_MAX];
    uint64_t size = magnitude(centimes);
    const char *sign = centimes < 0 ? "-" : "";
    unsigned cents = (unsigned)(size % 100);
    switch (language) {
    case LANGUAGE_FR:
        group(size / 100, "\u00a0", dirhams);
        return arena_printf(arena, "%s%s,%02u\u00a0DH", sign, dirhams, cents);
    case LANGUAGE_AR:
        group(size / 100, "", dirhams);
        return arena_printf(arena, "%s%s.%02u درهم", sign, dirhams, cents);
    case LANGUAGE_EN:
        break;
    }
    group(size / 100, ",", dirhams);
    return arena_printf(arena, "%s%s.%02u MAD", sign, dirhams, cents);
}

/* THOUSANDTHS without the zeroes at its end. */
static char *decimal(struct arena *arena, enum language language, int64_t thousandths)
{
    char part[8];
    unsigned rest = (unsigned)(thousandths % 1000);
    part[0] = language == LANGUAGE_FR ? ',' : '.';
    part[1] = (char)('0' + rest / 100);
    part[2] = (char)('0' + rest / 10 % 10);
    part[3] = (char)('0' + rest % 10);
    size_t len = 4;
    while (len > 1 && part[len - 1] == '0') {
        len--;
    }
    part[len == 1 ? 0 : len] = '\0';
    return arena_printf(arena, "%" PRId64 "%s", thousandths / 1000, part);
}

char *claim_text_rate(struct arena *arena, enum language language, int32_t basis_points)
{
    char *number = decimal(arena, language, (int64_t)basis_points * 10);
    if (number == NULL) {
        return NULL;
    }
    return arena_printf(arena, language == LANGUAGE_FR ? "%s\u00a0%%" : "%s%%", number);
}

/* --- the arithmetic: {1} the amount, {2} and {3} as each says --- */

enum { STEP_KINDS = KIND(NON_COVERED) + 1 };

static const char *const steps[STEP_KINDS][3] = {
    [KIND(BILLED)] = {"Billed: {1}.", "Montant facturé : {1}.", "المبلغ المفوتر: {1}."},
    [KIND(BASE)] = {"Reference tariff {2} ({3}): {1}.", "Tarif de référence {2} ({3}) : {1}.",
                    "التعريفة المرجعية {2} ({3}): {1}."},
    [KIND(ADJUSTMENT)] = {"{2} Change of the base: {1}.", "{2} Variation de la base : {1}.",
                          "{2} تغيير الأساس: {1}."},
    [KIND(RATE)] = {"Rate of reimbursement: {2}.", "Taux de remboursement : {2}.",
                    "نسبة التعويض: {2}."},
    [KIND(EXEMPTION)] = {"Exemption {3}: the rate is {2}.", "Exonération {3} : le taux est de {2}.",
                         "إعفاء {3}: النسبة هي {2}."},
    [KIND(REIMBURSED)] = {"The fund pays {2} of {3}: {1}.", "La caisse rembourse {2} de {3} : {1}.",
                          "يعوض الصندوق {2} من {3}: {1}."},
    [KIND(TICKET_MODERATEUR)] = {"Your share of the tariff (ticket modérateur): {1}.",
                                 "Votre part du tarif (ticket modérateur) : {1}.",
                                 "حصتكم من التعريفة: {1}."},
    [KIND(OVERRUN)] = {"Billed above the tariff, paid by you: {1}.",
                       "Dépassement du tarif, à votre charge : {1}.",
                       "ما يتجاوز التعريفة وتتحملونه: {1}."},
    [KIND(NON_COVERED)] = {"Not covered: {1}.", "Non pris en charge : {1}.",
                           "غير مشمول بالتغطية: {1}."},
};

/* When the fund's own amounts do not follow from its base and rate, no formula is claimed. */
static const char *const plain_reimbursed[3] = {"The fund pays {1}.", "La caisse rembourse {1}.",
                                                "يعوض الصندوق {1}."};

/* "Z × 20,5"; the version alone must do when the act has no letter. */
static char *act_text(struct arena *arena, enum language language, const struct step_text *step)
{
    if (step->letter_key[0] == '\0' || step->coefficient_thousandths == COEFFICIENT_ONE ||
        step->coefficient_thousandths <= 0) {
        return arena_printf(arena, "%s", step->letter_key);
    }
    char *coefficient = decimal(arena, language, step->coefficient_thousandths);
    return coefficient == NULL
               ? NULL
               : arena_printf(arena, "%s\u00a0×\u00a0%s", step->letter_key, coefficient);
}

char *claim_text_step(struct arena *arena, enum language language, const struct step_text *step)
{
    const char *pattern = steps[step->kind][language];
    const char *values[3] = {claim_text_amount(arena, language, step->amount), "", ""};
    switch (step->kind) {
    case KIND(BASE):
        values[1] = act_text(arena, language, step);
        values[2] = step->tariff_version;
        break;
    case KIND(ADJUSTMENT):
        values[1] = adjustment_text(step->adjustment_code, language);
        break;
    case KIND(RATE):
    case KIND(EXEMPTION):
        values[1] = claim_text_rate(arena, language, step->rate);
        values[2] = step->exemption_code;
        break;
    case KIND(REIMBURSED):
        pattern = step->base < 0 ? plain_reimbursed[language] : pattern;
        values[1] = claim_text_rate(arena, language, step->rate);
        values[2] = claim_text_amount(arena, language, step->base < 0 ? 0 : step->base);
        break;
    case KIND(BILLED):
    case KIND(TICKET_MODERATEUR):
    case KIND(OVERRUN):
    case KIND(NON_COVERED):
    case KIND(UNSPECIFIED):
    case _HAYAT__V1__EXPLANATION_KIND_IS_INT_SIZE:
        break;
    }
    return text_fill(arena, pattern, values, ARRAY_LEN(values));
}

/* --- events --- */

static const struct {
    const char *code, *text[3];
} claim_events[] =
    {
#define CLAIM_EVENT(state, code, en, fr, ar)                                                       \
    [HAYAT__V1__CLAIM_STATE__CLAIM_STATE_##state] = {code, {en, fr, ar}},
#include "service/timeline.def"
},
  authorization_events[] = {
#define AUTHORIZATION_EVENT(state, code, en, fr, ar)                                               \
    [HAYAT__V1__PRIOR_AUTHORIZATION_STATE__PRIOR_AUTHORIZATION_STATE_##                            \
        state] = {code, {en, fr, ar}},
#include "service/timeline.def"
};

struct event_text claim_event_text(Hayat__V1__ClaimState state, enum language language)
{
    if (state <= 0 || (size_t)state >= ARRAY_LEN(claim_events)) {
        return (struct event_text){"", ""};
    }
    return (struct event_text){claim_events[state].code, claim_events[state].text[language]};
}

struct event_text authorization_event_text(Hayat__V1__PriorAuthorizationState state,
                                           enum language language)
{
    if (state <= 0 || (size_t)state >= ARRAY_LEN(authorization_events)) {
        return (struct event_text){"", ""};
    }
    return (struct event_text){authorization_events[state].code,
                               authorization_events[state].text[language]};
}

/* --- adjustments --- */

static const struct {
    const char *code, *text[3];
} adjustments[] = {
#define ADJUSTMENT(name, code, en, fr, ar) {code, {en, fr, ar}},
#include "service/adjustments.def"
#undef ADJUSTMENT
};

const char *adjustment_text(const char *code, enum language language)
{
    static const char *const other[3] = {
        "The fund adjusted the base.", "La caisse a ajusté la base.", "عدل الصندوق أساس الاحتساب."};
    for (size_t i = 0; i < ARRAY_LEN(adjustments); i++) {
        if (strcmp(adjustments[i].code, code) == 0) {
            return adjustments[i].text[language];
        }
    }
    return other[language];
}

/* --- the legal clock --- */

enum clock_case { CLOCK_RUNS, CLOCK_STANDS, CLOCK_LATE, CLOCK_DONE_IN_TIME, CLOCK_DONE_LATE };

static const char *const clocks[][3] = {
    [CLOCK_RUNS] = {"The fund has until {1}.", "La caisse a jusqu'au {1}.",
                    "أمام الصندوق إلى غاية {1}."},
    [CLOCK_STANDS] = {"The time stands while the fund waits for you.",
                      "Le délai est suspendu tant que la caisse attend votre réponse.",
                      "الأجل متوقف ما دام الصندوق ينتظر جوابكم."},
    [CLOCK_LATE] = {"The fund is late: it had until {1}.",
                    "La caisse est en retard : elle avait jusqu'au {1}.",
                    "تأخر الصندوق: كان الأجل إلى غاية {1}."},
    [CLOCK_DONE_IN_TIME] = {"Done in time: the fund had until {1}.",
                            "Fait dans le délai : la caisse avait jusqu'au {1}.",
                            "تم داخل الأجل: كان الأجل إلى غاية {1}."},
    [CLOCK_DONE_LATE] = {"Done late: the fund had until {1}.",
                         "Fait en retard : la caisse avait jusqu'au {1}.",
                         "تم خارج الأجل: كان الأجل إلى غاية {1}."},
};

char *legal_clock_text(struct arena *arena, enum language language, const struct clock_state *state,
                       bool done, int64_t due_day)
{
    bool ends = state->due_ms != 0;
    enum clock_case is = done             ? (state->overdue ? CLOCK_DONE_LATE : CLOCK_DONE_IN_TIME)
                         : state->overdue ? CLOCK_LATE
                         : state->paused  ? CLOCK_STANDS
                                          : CLOCK_RUNS;
    if (!ends && is != CLOCK_STANDS) {
        return arena_printf(arena, "%s", ""); /* it never ends: there is nothing to say */
    }
    const char *day = ends ? home_text_date(arena, language, date_from_days(due_day)) : "";
    return text_fill(arena, clocks[is][language], &day, 1);
}
