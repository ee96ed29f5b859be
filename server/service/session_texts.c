#include "service/session_texts.h"

#include "service/home_texts.h"

const char *session_text_revoke(struct arena *arena, enum language language, const char *device_id,
                                struct date enrolled)
{
    const char *day = home_text_date(arena, language, enrolled);
    if (day == NULL) {
        return NULL;
    }
    switch (language) {
    case LANGUAGE_FR:
        return arena_printf(arena,
                            "Retirer l'appareil %s, enregistré le %s : ses sessions prennent fin "
                            "et il ne pourra plus se connecter.",
                            device_id, day);
    case LANGUAGE_AR:
        return arena_printf(arena,
                            "إزالة الجهاز %s المسجل بتاريخ %s: تنتهي جلساته ولن يتمكن من تسجيل "
                            "الدخول بعد الآن.",
                            device_id, day);
    case LANGUAGE_EN:
        break;
    }
    return arena_printf(arena,
                        "Remove the device %s, enrolled on %s: its sessions end and it can no "
                        "longer sign in.",
                        device_id, day);
}

const char *session_text_passphrase(enum language language, bool new_code_key)
{
    switch (language) {
    case LANGUAGE_FR:
        return new_code_key
                   ? "Définir une nouvelle phrase secrète et une nouvelle clé du générateur de "
                     "codes pour votre compte."
                   : "Définir une nouvelle phrase secrète pour votre compte.";
    case LANGUAGE_AR:
        return new_code_key ? "تحديد عبارة سر جديدة ومفتاح جديد لمولد الرموز لحسابكم."
                            : "تحديد عبارة سر جديدة لحسابكم.";
    case LANGUAGE_EN:
        break;
    }
    return new_code_key
               ? "Set a new passphrase and a new key of the code generator for your account."
               : "Set a new passphrase for your account.";
}
