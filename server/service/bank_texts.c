#include "service/bank_texts.h"

struct words {
    const char *en, *fr, *ar;
};

static const char *in(enum language language, const struct words *words)
{
    switch (language) {
    case LANGUAGE_FR:
        return words->fr;
    case LANGUAGE_AR:
        return words->ar;
    case LANGUAGE_EN:
        break;
    }
    return words->en;
}

static void mask(const char *digits, char out[RIB_MASK_MAX + 1])
{
    struct rib rib;
    out[0] = '\0';
    if (rib_parse(bytes_str(digits), &rib) == RIB_FINE) {
        rib_mask(&rib, out);
    }
}

static char *first_account(struct arena *arena, enum language language, const char *rib,
                           const char *holder)
{
    switch (language) {
    case LANGUAGE_FR:
        return arena_printf(arena, "Être payé sur le compte RIB %s, au nom de %s.", rib, holder);
    case LANGUAGE_AR:
        return arena_printf(arena, "التوصل بمستحقاتي على الحساب البنكي %s باسم %s.", rib, holder);
    case LANGUAGE_EN:
        break;
    }
    return arena_printf(arena, "Be paid on the account RIB %s, in the name of %s.", rib, holder);
}

char *bank_text_change(struct arena *arena, const struct bank_sentence *sentence)
{
    char rib[RIB_SHOWN_MAX + 1], old[RIB_MASK_MAX + 1];
    rib_show(sentence->rib, rib);
    mask(sentence->old_rib, old);
    if (old[0] == '\0') {
        return first_account(arena, sentence->language, rib, sentence->holder_name);
    }
    switch (sentence->language) {
    case LANGUAGE_FR:
        return arena_printf(arena,
                            "Être payé sur le compte RIB %s, au nom de %s, au lieu du compte %s.",
                            rib, sentence->holder_name, old);
    case LANGUAGE_AR:
        return arena_printf(arena, "التوصل بمستحقاتي على الحساب البنكي %s باسم %s، بدل الحساب %s.",
                            rib, sentence->holder_name, old);
    case LANGUAGE_EN:
        break;
    }
    return arena_printf(
        arena, "Be paid on the account RIB %s, in the name of %s, instead of the account %s.", rib,
        sentence->holder_name, old);
}

static const struct words next_steps[] = {
    [BANK_CHANGE(UNSPECIFIED)] = {"", "", ""},
    [BANK_CHANGE(PROPOSED)] = {"Confirm within 15 minutes.", "Confirmez dans les 15 minutes.",
                               "أكدوا خلال 15 دقيقة."},
    [BANK_CHANGE(COOLING)] =
        {"You are paid as before until the waiting period ends; until then you can "
         "refuse the change.",
         "Vous êtes payé comme avant jusqu'à la fin du délai ; d'ici là vous pouvez "
         "refuser le changement.",
         "تتوصلون بمستحقاتكم كما في السابق إلى نهاية المهلة، ويمكنكم رفض التغيير قبل ذلك."},
    [BANK_CHANGE(
        CHECKING)] = {"The bank is asked whether the account is yours. You are paid as before.",
                      "La banque vérifie que le compte est le vôtre. Vous êtes payé comme avant.",
                      "يتحقق البنك من أن الحساب لكم. تتوصلون بمستحقاتكم كما في السابق."},
    [BANK_CHANGE(IN_REVIEW)] = {"A person of the fund looks at it. You are paid as before.",
                                "Une personne de la caisse l'examine. Vous êtes payé comme avant.",
                                "يدرسه مستخدم بالصندوق. تتوصلون بمستحقاتكم كما في السابق."},
    [BANK_CHANGE(ACTIVE)] = {"You are paid on this account.", "Vous êtes payé sur ce compte.",
                             "تتوصلون على هذا الحساب."},
    [BANK_CHANGE(REFUSED)] = {"The change was refused. If it was yours, go to an agency.",
                              "Le changement a été refusé. S'il venait de vous, allez en agence.",
                              "تم رفض التغيير. إن كان منكم فتوجهوا إلى وكالة."},
    [BANK_CHANGE(CANCELLED)] = {"You took it back. You are paid as before.",
                                "Vous l'avez annulé. Vous êtes payé comme avant.",
                                "ألغيتموه. تتوصلون بمستحقاتكم كما في السابق."},
    [BANK_CHANGE(REJECTED)] =
        {"The account could not be confirmed as yours. Check the number, or bring a certificate "
         "from the bank to an agency.",
         "Il n'a pas été confirmé que ce compte est le vôtre. Vérifiez le numéro ou apportez une "
         "attestation de la banque en agence.",
         "لم يتأكد أن الحساب لكم. تحققوا من الرقم أو أدلوا بشهادة من البنك لدى وكالة."},
    [BANK_CHANGE(
        EXPIRED)] = {"It was never confirmed and is over. Propose it again if you still want it.",
                     "Il n'a jamais été confirmé et a pris fin. Proposez-le de nouveau si vous "
                     "le voulez toujours.",
                     "لم يؤكد قط وانتهى. اقترحوه من جديد إن كنتم ما زلتم تريدونه."},
};

const char *bank_text_next(enum language language, bank_change_state state)
{
    return in(language,
              &next_steps[state <= BANK_CHANGE(EXPIRED) ? state : BANK_CHANGE(UNSPECIFIED)]);
}

const char *bank_text_refused(enum language language)
{
    static const struct words words = {
        "The change was refused: you are paid as before. Every device was signed out, but "
        "stays enrolled and can sign in again: look at the list of your devices and revoke the one "
        "that is not yours, or go to an agency.",
        "Le changement est refusé : vous êtes payé comme avant. Chaque appareil a été déconnecté, "
        "mais reste enregistré et peut se reconnecter : regardez la liste de vos appareils et "
        "révoquez celui qui n'est pas le vôtre, ou adressez-vous à une agence.",
        "تم رفض التغيير: تتوصلون بمستحقاتكم كما في السابق. تم تسجيل خروج كل جهاز، لكنه "
        "يبقى مسجلا ويمكنه الدخول من جديد: راجعوا لائحة أجهزتكم وألغوا الجهاز الذي ليس لكم، أو "
        "توجهوا إلى وكالة."};
    return in(language, &words);
}
