#include "service/rejection_rules.h"

#include <string.h>

static const struct {
    const char *code, *text[3], *next_step[3];
} rejections[] = {
#define REJECTION(name, code, en, fr, ar, next_en, next_fr, next_ar)                               \
    [REJECTION_##                                                                                  \
        name] = {code,                                                                             \
                 {[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar},                     \
                 {[LANGUAGE_EN] = next_en, [LANGUAGE_FR] = next_fr, [LANGUAGE_AR] = next_ar}},
#include "service/rejections.def"
#undef REJECTION
    [REJECTION_UNKNOWN] = {"",
                           {[LANGUAGE_EN] = "The fund gave another reason.",
                            [LANGUAGE_FR] = "La caisse a indiqué un autre motif.",
                            [LANGUAGE_AR] = "ذكر الصندوق سببا آخر."},
                           {[LANGUAGE_EN] = "Ask your agency, with the code shown.",
                            [LANGUAGE_FR] =
                                "Renseignez-vous auprès de votre agence avec le code affiché.",
                            [LANGUAGE_AR] = "استفسروا وكالتكم مع ذكر الرمز المبين."}},
};

enum rejection rejection_of(const char *code)
{
    for (int i = 0; i < REJECTIONS; i++) {
        if (strcmp(rejections[i].code, code) == 0) {
            return (enum rejection)i;
        }
    }
    return REJECTION_UNKNOWN;
}

const char *rejection_code(enum rejection rejection)
{
    return rejections[rejection].code;
}

const char *rejection_text(enum rejection rejection, enum language language)
{
    return rejections[rejection].text[language];
}

const char *rejection_next_step(enum rejection rejection, enum language language)
{
    return rejections[rejection].next_step[language];
}

bool rejection_is_mended_by_filing(enum rejection rejection)
{
    static const bool mended[REJECTIONS + 1] = {
        [REJECTION_MISSING_PRESCRIPTION] = true,
        [REJECTION_MISSING_INPE] = true,
        [REJECTION_MISSING_STAMP_OR_SIGNATURE] = true,
        [REJECTION_INVOICE_NOT_ORIGINAL] = true,
        [REJECTION_INVOICE_NOT_NUMBERED] = true,
        [REJECTION_MISSING_BARCODE] = true,
        [REJECTION_DENTAL_CHART_MISSING] = true,
        [REJECTION_XRAY_MISSING] = true,
        [REJECTION_ILLEGIBLE] = true,
    };
    return mended[rejection];
}

/* RULE AMO-RESPOND-BY: the claim's own day counts; else the reference set's days from the decision; else the time to file,
   where filing again helps.  domain 4 */
int64_t rejection_respond_by(const struct respond_facts *facts)
{
    if (facts->told_day != 0) {
        return facts->told_day;
    }
    if (facts->respond_days > 0 && facts->decision_day != 0) {
        return facts->decision_day + facts->respond_days;
    }
    return facts->filing_day;
}
