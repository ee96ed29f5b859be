#include "service/home_texts.h"

#include <assert.h>

#include "service/text_fill.h"

static const char *const months_en[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
static const char *const months_fr[] = {"janvier",   "février", "mars",     "avril",
                                        "mai",       "juin",    "juillet",  "août",
                                        "septembre", "octobre", "novembre", "décembre"};
/* The names used in Morocco. */
static const char *const months_ar[] = {"يناير",  "فبراير", "مارس",  "أبريل",  "ماي",   "يونيو",
                                        "يوليوز", "غشت",    "شتنبر", "أكتوبر", "نونبر", "دجنبر"};

static const char *month_name(enum language language, int32_t month)
{
    assert(month >= 1 && month <= 12);
    switch (language) {
    case LANGUAGE_FR:
        return months_fr[month - 1];
    case LANGUAGE_AR:
        return months_ar[month - 1];
    case LANGUAGE_EN:
        break;
    }
    return months_en[month - 1];
}

char *home_text_date(struct arena *arena, enum language language, struct date date)
{
    const char *first = language == LANGUAGE_FR && date.day == 1 ? "er" : "";
    return arena_printf(arena, "%d%s %s %d", date.day, first, month_name(language, date.month),
                        date.year);
}

static char *overdue_text(struct arena *arena, enum language language, int32_t year,
                          const char *day)
{
    switch (language) {
    case LANGUAGE_FR:
        return arena_printf(arena,
                            "Votre certificat de vie %d était attendu au plus tard le %s. "
                            "Déposez-le dès maintenant : un dépôt tardif rétablit les paiements.",
                            year, day);
    case LANGUAGE_AR:
        return arena_printf(arena,
                            "كان آخر أجل لإيداع شهادة الحياة لسنة %d هو %s. "
                            "المرجو إيداعها الآن: الإيداع المتأخر يعيد صرف المعاش.",
                            year, day);
    case LANGUAGE_EN:
        break;
    }
    return arena_printf(arena,
                        "Your life certificate for %d was due by %s. "
                        "File it now: filing late restores payments.",
                        year, day);
}

static char *due_text(struct arena *arena, enum language language, int32_t year, const char *day)
{
    switch (language) {
    case LANGUAGE_FR:
        return arena_printf(arena, "Déposez votre certificat de vie %d au plus tard le %s.", year,
                            day);
    case LANGUAGE_AR:
        return arena_printf(arena, "المرجو إيداع شهادة الحياة لسنة %d في أجل أقصاه %s.", year, day);
    case LANGUAGE_EN:
        break;
    }
    return arena_printf(arena, "File your life certificate for %d by %s.", year, day);
}

char *home_text_life_certificate(struct arena *arena, enum language language, int32_t year,
                                 struct date due, bool overdue)
{
    char *day = home_text_date(arena, language, due);
    if (day == NULL) {
        return NULL;
    }
    return overdue ? overdue_text(arena, language, year, day)
                   : due_text(arena, language, year, day);
}

/* {1} the file's number, {2} the day. */
char *home_text_waiting(struct arena *arena, enum language language, bool is_claim,
                        const char *number, int64_t day)
{
    static const char *const dated[2][3] = {
        {"The fund waits for papers of the prior authorisation {1}: send them by {2}.",
         "La caisse attend des pièces pour la prise en charge {1} : envoyez-les au plus tard le "
         "{2}.",
         "ينتظر الصندوق وثائق تخص طلب التحمل {1}: المرجو إرسالها في أجل أقصاه {2}."},
        {"The fund waits for papers of the file {1}: send them by {2}.",
         "La caisse attend des pièces pour le dossier {1} : envoyez-les au plus tard le {2}.",
         "ينتظر الصندوق وثائق تخص الملف {1}: المرجو إرسالها في أجل أقصاه {2}."},
    };
    static const char *const undated[2][3] = {
        {"The fund waits for papers of the prior authorisation {1}.",
         "La caisse attend des pièces pour la prise en charge {1}.",
         "ينتظر الصندوق وثائق تخص طلب التحمل {1}."},
        {"The fund waits for papers of the file {1}.",
         "La caisse attend des pièces pour le dossier {1}.", "ينتظر الصندوق وثائق تخص الملف {1}."},
    };
    bool has_day = day != INT64_MAX;
    const char *const values[2] = {
        number, has_day ? home_text_date(arena, language, date_from_days(day)) : ""};
    return text_fill(arena, (has_day ? dated : undated)[is_claim][language], values, 2);
}
