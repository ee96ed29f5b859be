#include "service/review_texts.h"

enum situation { BEFORE_DUE, IN_TIME_AFTER_DUE, LATE_IN_GRACE, LATE_AFTER_GRACE, SITUATIONS };

static const char *const texts[SITUATIONS][3] = {
    [BEFORE_DUE] =
        {[LANGUAGE_EN] = "Filed in time. The due day is ahead: what is refused now can still be "
                         "filed again in time.",
         [LANGUAGE_FR] = "Déposé dans les délais. L'échéance n'est pas passée : ce qui est refusé "
                         "maintenant peut encore être déposé à temps.",
         [LANGUAGE_AR] =
             "أودعت داخل الأجل. لم ينقض الأجل بعد: ما يرفض الآن يمكن إيداعه من جديد داخل "
             "الأجل."},
    [IN_TIME_AFTER_DUE] =
        {[LANGUAGE_EN] = "Filed in time, and the due day is over: another filing will be late. "
                         "Nobody is suspended while this one is open.",
         [LANGUAGE_FR] =
             "Déposé dans les délais, et l'échéance est passée : un autre dépôt sera en "
             "retard. Aucune suspension tant que celui-ci est ouvert.",
         [LANGUAGE_AR] = "أودعت داخل الأجل وقد انقضى الأجل: أي إيداع آخر سيكون متأخرا. لا توقيف ما "
                         "دامت هذه الشهادة قيد الدراسة."},
    [LATE_IN_GRACE] =
        {[LANGUAGE_EN] = "Filed late, within the days of grace. Nobody is suspended while this is "
                         "open.",
         [LANGUAGE_FR] = "Déposé en retard, pendant le délai de grâce. Aucune suspension tant que "
                         "le dossier est ouvert.",
         [LANGUAGE_AR] = "أودعت متأخرة خلال مهلة السماح. لا توقيف ما دام الملف مفتوحا."},
    [LATE_AFTER_GRACE] =
        {[LANGUAGE_EN] = "Filed late, and grace is over: transfers may be suspended already. "
                         "Accepting reinstates them.",
         [LANGUAGE_FR] = "Déposé en retard, après le délai de grâce : les virements sont peut-être "
                         "déjà suspendus. L'acceptation les rétablit.",
         [LANGUAGE_AR] = "أودعت متأخرة بعد مهلة السماح: قد تكون التحويلات موقوفة. القبول يعيدها."},
};

static enum situation situation_of(const struct campaign *campaign, int64_t today, bool in_time)
{
    if (in_time) {
        return today <= campaign->due_days ? BEFORE_DUE : IN_TIME_AFTER_DUE;
    }
    return today <= campaign->grace_end_days ? LATE_IN_GRACE : LATE_AFTER_GRACE;
}

const char *review_deadline_text(const struct campaign *campaign, int64_t today, bool in_time,
                                 enum language language)
{
    return texts[situation_of(campaign, today, in_time)][language];
}
